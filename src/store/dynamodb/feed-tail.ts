import type { SiteCode } from '../../domain/site.ts'
import type { LogPosition } from '../port.ts'
import { untilVisible } from './errors.ts'
import { endOf, type LogEntry, type LogPart, logPartOf, segmentKey } from './feed-log.ts'
import type { Requests } from './requests.ts'

/** Segments that are read together. */
const SEGMENTS_PER_READ = 10

/** What to read of the log of a site. */
export interface TailSearch {
  readonly site: SiteCode
  /** The position after which to read. */
  readonly position: LogPosition
  /** As the long item has it, read after the position was made. */
  readonly head: LogPart
  readonly max: number
}

/**
 * The entries of a log after a position: at least `max`, or all.
 * @returns undefined if some are missing, or the position is not in this log
 */
export async function entriesAfter(search: TailSearch, requests: Requests): Promise<readonly LogEntry[] | undefined> {
  const { position, head } = search
  if (position.number >= head.start.number) return entriesIn([head], position)
  let entries: readonly LogEntry[] | undefined
  // The long item may already begin after a segment that is not visible yet.
  await untilVisible(async () => {
    entries = entriesIn(await segmentsAfter(search, requests), position)
    return entries !== undefined
  })
  return entries
}

/** The segments after a position, and the head after the last of them. */
async function segmentsAfter({ site, position, head, max }: TailSearch, { pages }: Requests): Promise<LogPart[]> {
  const segments: LogPart[] = []
  const [first, last] = [segmentKey(site, position.number + 1), segmentKey(site, head.start.number)]
  const search = { partition: first.event_id, range: [first.start, last.start], limit: SEGMENTS_PER_READ } as const
  for await (const items of pages(search)) {
    segments.push(...items.map(logPartOf))
    const newest = segments.at(-1)
    if (newest && endOf(newest).number >= position.number + max) return segments
  }
  return [...segments, head]
}

/** The entries after a position in the first of some segments; undefined if it is not there, or one between them is missing. */
function entriesIn(segments: readonly LogPart[], position: LogPosition): readonly LogEntry[] | undefined {
  const [first, ...others] = segments
  if (!first) return undefined
  const read = position.number - first.start.number
  const before = { start: first.start, entries: first.entries.slice(0, read) }
  const isComplete =
    isSame(endOf(before), position) && others.every(({ start }, n) => isSame(start, endOf(segments[n]!)))
  return isComplete ? segments.flatMap(({ entries }) => entries).slice(read) : undefined
}

const isSame = (a: LogPosition, b: LogPosition) => a.number === b.number && a.nonce === b.nonce
