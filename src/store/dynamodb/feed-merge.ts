import { yieldToEventLoop } from '../../concurrency.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { LogPosition } from '../port.ts'
import { retry } from './errors.ts'
import type { LogEntry } from './feed-log.ts'
import type { LogReader } from './log-reader.ts'

/** An entry, with the positions after it in the logs that have it. */
export interface MergedEntry extends Pick<LogEntry, 'id' | 'revision'> {
  readonly positions: readonly (readonly [SiteCode, LogPosition])[]
}

/** Entries that are merged in one turn of the event loop, of many logs. */
const ENTRIES_PER_TURN = 50
/** How often a log is read again for a move that is visible in another log already; and the first pause. */
const MAX_REFRESHES = 3
const FIRST_PAUSE_MS = 20

type OpenLog = (site: SiteCode) => Promise<LogReader>

/**
 * The next entries of several logs, in the order of each, at most `max`; between logs by time. A move from one site to another
 * is in two logs and comes once, after all that is before it in either. While it is visible in one only, the entries end
 * before it.
 * @param openMore opens the log of another site to which a reservation has moved, if all sites are asked for
 * @throws LogGap if entries are missing
 */
export async function mergeLogs(
  readers: readonly LogReader[],
  max: number,
  openMore: OpenLog | undefined,
): Promise<MergedEntry[]> {
  const bySite = new Map(readers.map((reader) => [reader.site, reader]))
  const merged: MergedEntry[] = []
  await Promise.all(readers.map((reader) => reader.load()))
  while (merged.length < max) {
    const next = await nextOf(bySite, openMore)
    if (!next) break
    const entry = next.front()!
    const partner = partnerOf(next, bySite)
    const both = partner && isAt(partner, entry) ? [next, partner] : [next]
    for (const reader of both) reader.next()
    await Promise.all(both.map((reader) => reader.load()))
    merged.push({ ...entry, positions: both.map(({ site, position }) => [site, position] as const) })
    if (merged.length % ENTRIES_PER_TURN === 0) await yieldToEventLoop()
  }
  return merged
}

/** Opens logs that have been begun since the sites were listed. */
async function openPartners(bySite: Map<SiteCode, LogReader>, open: OpenLog) {
  for (const reader of bySite.values()) {
    const { other } = reader.front() ?? {}
    if (other === undefined || bySite.has(other)) continue
    const partner = await open(other)
    await partner.load()
    bySite.set(other, partner)
  }
}

/** The reader of the other site of a move, if that is read too. */
const partnerOf = (reader: LogReader, bySite: ReadonlyMap<SiteCode, LogReader>) =>
  bySite.get(reader.front()?.other ?? '')

const isAt = (reader: LogReader, { id, revision }: LogEntry) =>
  reader.front()?.id === id && reader.front()?.revision === revision

/**
 * The reader whose entry comes next: the earliest of those that do not wait for another log. Undefined at the end, or if the
 * transaction of a move is still in progress.
 */
async function nextOf(bySite: Map<SiteCode, LogReader>, openMore: OpenLog | undefined): Promise<LogReader | undefined> {
  // A log that was read again may have a move to a site that is not read yet.
  if (openMore) await openPartners(bySite, openMore)
  const rest = [...bySite.values()].filter((reader) => reader.front())
  const free = rest.filter((reader) => {
    const partner = partnerOf(reader, bySite)
    return !partner || isAt(partner, reader.front()!)
  })
  if (free.length > 0) return earliest(free)
  // Either the other log does not show a move yet, or it was read beyond it before.
  const waiting = earliest(rest.filter((reader) => !partnerOf(reader, bySite)?.front()))
  const partner = waiting && partnerOf(waiting, bySite)
  if (!partner) return earliest(rest)
  const isSettled = await retry(MAX_REFRESHES, FIRST_PAUSE_MS, () => partner.refresh())
  if (!isSettled) return undefined
  return partner.front() ? nextOf(bySite, openMore) : waiting
}

function earliest(readers: readonly LogReader[]): LogReader | undefined {
  let first = readers[0]
  for (const reader of readers) if (reader.front()!.at < first!.front()!.at) first = reader
  return first
}
