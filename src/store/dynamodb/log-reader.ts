import type { SiteCode } from '../../domain/site.ts'
import type { LogPosition } from '../port.ts'
import { retry } from './errors.ts'
import { endOf, type LogEntry, type LogHead, logHeadOf, segmentOf, segmentSortKey } from './feed-log.ts'
import { longItemKey, siteLogId } from './items.ts'
import { firstPage } from './requests.ts'
import type { TableContext } from './table.ts'

/** Entries of a log that may be missing. */
export class LogGap extends Error {}

/** Segments that are read together. */
const SEGMENTS_PER_READ = 10
/** Reads of a segment that is not visible yet, although the long item already says that it is there; and the first pause. */
const MAX_READS = 4
const FIRST_PAUSE_MS = 20

/** Reads the log of a site from a position on. */
export interface LogReader {
  readonly site: SiteCode
  /** The position before `front`. */
  position: LogPosition
  /** The next entry, once it is loaded; undefined at the end. */
  front(): LogEntry | undefined
  /** Loads the next entry, if there is one. @throws LogGap if entries are missing, or the position is not in this log */
  load(): Promise<void>
  /** Goes on to the next entry. */
  next(): void
  /**
   * Looks for entries that were added since, at the end of the log.
   * @returns false if there are none, but a transaction that may add some is in progress
   */
  refresh(): Promise<boolean>
}

/** @param head as the long item has it, read after the position was made */
// oxlint-disable-next-line max-lines-per-function -- short methods that share a queue
export function openLogReader(site: SiteCode, from: LogPosition, head: LogHead, { requests }: TableContext): LogReader {
  let queue: LogEntry[] = []
  let isKnown = false

  /** Whether the position is in the long item. */
  const isInHead = () => reader.position.number >= head.start.number

  function loadFromHead(): void {
    const { number, nonce } = reader.position
    const read = number - head.start.number
    const last = endOf({ start: head.start, entries: head.entries.slice(0, read) })
    if (last.number !== number || last.nonce !== nonce) throw new LogGap()
    queue = head.entries.slice(read)
  }

  async function loadFromSegments(): Promise<void> {
    const { number, nonce } = reader.position
    const range = [segmentSortKey(head.logId, number + 1), segmentSortKey(head.logId, head.start.number)] as const
    const isLoaded = await retry(MAX_READS, FIRST_PAUSE_MS, async () => {
      const pages = requests.pages({ partition: siteLogId(site), range, limit: SEGMENTS_PER_READ })
      const segments = (await firstPage(pages)).map(segmentOf)
      const [first] = segments
      if (!first) return false
      const entries = segments.flatMap((segment) => segment.entries)
      const read = number - first.start.number
      const last = endOf({ start: first.start, entries: entries.slice(0, read) })
      const isContiguous = segments.every(({ start }, n) => n === 0 || start.number === endOf(segments[n - 1]!).number)
      if (!isContiguous || last.number !== number || last.nonce !== nonce) throw new LogGap()
      queue = entries.slice(read)
      return true
    })
    if (!isLoaded) throw new LogGap()
  }

  const reader: LogReader = {
    site,
    position: from,
    front: () => queue[0],
    async load() {
      while (queue.length === 0 && !(isKnown && reader.position.number === endOf(head).number)) {
        if (isInHead()) loadFromHead()
        else await loadFromSegments()
        isKnown = true
      }
    },
    next() {
      const entry = queue.shift()
      if (entry) reader.position = { number: reader.position.number + 1, nonce: entry.nonce }
    },
    async refresh() {
      head = logHeadOf(await requests.get(longItemKey(site)))
      await reader.load()
      if (queue.length > 0) return true
      const settled = await requests.getSettled([longItemKey(site)])
      if (!settled) return false
      head = logHeadOf(settled[0])
      await reader.load()
      return true
    },
  }
  return reader
}
