import { LRUCache } from 'lru-cache'
import { DAY, type Instant, type Interval } from '../../domain/interval.ts'
import { yieldToEventLoop } from '../../concurrency.ts'
import type { SiteCode } from '../../domain/site.ts'
import { codesOf, isListed } from '../closures.ts'
import type { SiteQuery } from '../port.ts'
import type { DurableChange } from './change.ts'
import type { GuardedRead } from './file-guard.ts'
import type { ListStatements } from './list-statements.ts'
import { siteParams } from './list-streams.ts'
import type { Scrubber } from './scrubber.ts'
import { byStart, type ImageRow, type JoinedTexts, type MeasuredRow, SiteImage } from './site-image.ts'

/** An image covers 2 days before now and 60 after, and some hours more, since it begins with a UTC day. It is loaded anew each day. */
const [DAYS_BEFORE, DAYS_AFTER] = [2, 61]
/** The memory of all images, and of one that has grown by changes. */
const MAX_BYTES = 32_000_000
const MAX_IMAGE_BYTES = 2_000_000
/** The unmasked texts of an image when it is loaded: that takes some milliseconds, in one turn of the event loop. */
const MAX_LOADED_BYTES = 600_000
/** Sites whose questions are counted. */
const MAX_COUNTED = 1000
/** Loading takes as long as some 30 lists of SQLite. So an image is loaded after as many, and at most doubles the work. */
const LISTS_BEFORE_LOADING = 30

/** What images are loaded with. */
export interface ImagesContext {
  readonly sql: ListStatements
  readonly read: GuardedRead
  readonly scrubber: Pick<Scrubber, 'version'>
  /** The scrubber's version, which requests that have arrived together may share. */
  readonly version: () => number | undefined
  readonly now: () => Instant
}

/**
 * Images of the sites that are asked for, for the coming weeks. They hold what is durable: `apply` is called with each durable
 * change of this store. They are dropped when another connection has written, and used only while all texts are intact.
 */
export class SiteImages {
  private readonly context: ImagesContext
  private readonly images = new LRUCache<SiteCode, SiteImage>({ maxSize: MAX_BYTES, maxEntrySize: MAX_IMAGE_BYTES })
  /** Number of questions since the last loading, by site. */
  private readonly questions = new LRUCache<SiteCode, number>({ max: MAX_COUNTED })
  private version: number | undefined

  constructor(context: ImagesContext) {
    this.context = context
  }

  /** Whether a window is within the coming weeks. */
  covers({ start, end }: Interval): boolean {
    const { start: from, end: to } = this.comingWeeks()
    return start >= from && end <= to
  }

  /**
   * The rows of a query that is covered, sorted.
   * @returns undefined if a site has no image, or the texts have more than `maxBytes` together
   */
  find(query: SiteQuery, maxBytes: number): readonly ImageRow[] | undefined {
    const weeks = this.comingWeeks()
    const found = codesOf(query).map((site) => this.listedAt(site, query, weeks))
    // The check comes last: what another connection has committed by now must not be missed.
    if (!found.every((rows) => rows !== undefined) || !this.assureCurrent(this.context.version())) return undefined
    const [first = [], second] = found.filter((rows) => rows.length > 0)
    const rows = second ? found.flat().toSorted(byStart) : first
    let bytes = 0
    for (const { doc } of rows) bytes += doc.to - doc.from
    return bytes <= maxBytes ? rows : undefined
  }

  /** Applies durable changes, in commit order. */
  apply(changes: readonly DurableChange[]): void {
    for (const { before, row } of changes) {
      if (before) this.patch(before.reservation.site, (image) => image.remove(before.reservation))
      if (row) this.patch(row.site, (image) => image.put(row))
    }
  }

  /** Drops all images. */
  clear(): void {
    this.images.clear()
  }

  /** Changes the image of a site, if there is one. Drops it if it has become too large. */
  private patch(site: SiteCode, change: (image: SiteImage) => void): void {
    const image = this.images.peek(site)
    if (!image) return
    change(image)
    this.images.set(site, image, { size: image.bytes })
  }

  /** The rows of a query at one of its codes, sorted; undefined if that has no image. */
  private listedAt(site: SiteCode, query: SiteQuery, weeks: Interval): readonly ImageRow[] | undefined {
    const rows = this.imageOf(site, weeks)?.overlapping(query.during)
    return query.wemas?.includes(site) ? rows?.filter((row) => isListed(query, row)) : rows
  }

  private comingWeeks(): Interval {
    const today = Math.floor(this.context.now() / DAY) * DAY
    return { start: today - DAYS_BEFORE * DAY, end: today + DAYS_AFTER * DAY }
  }

  /** The image of a site. Without one, counts the question, and may load one for the next. */
  private imageOf(site: SiteCode, weeks: Interval): SiteImage | undefined {
    const image = this.images.get(site)
    if (image?.during.start === weeks.start) return image
    const asked = (this.questions.get(site) ?? 0) + 1
    this.questions.set(site, asked % LISTS_BEFORE_LOADING)
    if (asked === LISTS_BEFORE_LOADING) void this.load(site, weeks)
    return undefined
  }

  /** Loads an image in its own turn of the event loop, if it is small enough. */
  private async load(site: SiteCode, during: Interval): Promise<void> {
    const { sql, read, scrubber } = this.context
    const params = siteParams({ sites: [site], during })
    await yieldToEventLoop()
    const loading = read(() => {
      // Not shared: what another process has written by now is not known to be intact.
      this.assureCurrent(scrubber.version())
      const [, bytes] = sql.sizeOfOverlapping.get(params) as [number, number]
      if (this.version === undefined || bytes > MAX_LOADED_BYTES) return
      const rows = sql.imageRows.all(params) as MeasuredRow[]
      const image = new SiteImage(during, rows, sql.imageTexts.get(params) as JoinedTexts)
      this.images.set(site, image, { size: image.bytes })
    })
    // Whoever asks next gets the error.
    await loading.catch(() => {})
  }

  /** Drops the images if another connection has written since they were loaded. @returns whether they are current */
  private assureCurrent(version: number | undefined): boolean {
    const areCurrent = version !== undefined && version === this.version
    if (!areCurrent) this.clear()
    this.version = version
    return areCurrent
  }
}
