import { yieldToEventLoop } from '../../concurrency.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { LogPosition } from '../port.ts'
import type { LogEntry } from './feed-log.ts'

/** The log of a site after a position. */
export interface LogTail {
  readonly site: SiteCode
  readonly position: LogPosition
  readonly entries: readonly LogEntry[]
}

/** An entry, with the positions after it in the logs that have it. */
export interface MergedEntry extends Pick<LogEntry, 'id' | 'revision'> {
  readonly positions: readonly (readonly [SiteCode, LogPosition])[]
}

/** Entries that are merged in one turn of the event loop, of many logs. */
const ENTRIES_PER_TURN = 50

/**
 * Merges logs, each in its order and between logs by time, up to `max` entries. A move from one site to another is in two logs
 * and comes once, after all that is before it in either. The result ends before a move that is visible in one only.
 * @param isAsked whether the log of a site is among them, or has been begun since
 * @param settled sites whose logs show all that is committed: a move that is not in one of these was read there before
 */
export async function mergeLogs(
  tails: readonly LogTail[],
  max: number,
  isAsked: (site: SiteCode) => boolean,
  settled: ReadonlySet<SiteCode>,
): Promise<MergedEntry[]> {
  const bySite = new Map(tails.map((tail) => [tail.site, tail]))
  const merged: MergedEntry[] = []
  while (merged.length < max) {
    const next = nextOf(bySite, isAsked, settled)
    if (!next) break
    const { id, revision } = frontOf(next)!
    const partner = partnerOf(next, bySite)
    const after = (partner && isAtSame(next, partner) ? [next, partner] : [next]).map(withoutFront)
    for (const tail of after) bySite.set(tail.site, tail)
    merged.push({ id, revision, positions: after.map(({ site, position }) => [site, position]) })
    if (merged.length % ENTRIES_PER_TURN === 0) await yieldToEventLoop()
  }
  return merged
}

/** The log whose entry comes next: the earliest of those that do not wait for another log. */
function nextOf(
  bySite: ReadonlyMap<SiteCode, LogTail>,
  isAsked: (site: SiteCode) => boolean,
  settled: ReadonlySet<SiteCode>,
): LogTail | undefined {
  const rest = [...bySite.values()].filter(frontOf)
  const free = rest.filter((tail) => {
    const { other } = frontOf(tail)!
    return other === undefined || !isAsked(other) || isAtSame(tail, bySite.get(other))
  })
  if (free.length > 0) return earliest(free)
  // None is here only if logs are damaged: two moves are in the same order in both of their logs.
  const waiting = rest.filter((tail) => !frontOf(partnerOf(tail, bySite)))
  return earliest(waiting.length > 0 ? waiting.filter((tail) => settled.has(frontOf(tail)!.other!)) : rest)
}

const frontOf = (tail: LogTail | undefined) => tail?.entries[0]

/** The log of the other site of a move. */
const partnerOf = (tail: LogTail, bySite: ReadonlyMap<SiteCode, LogTail>) => bySite.get(frontOf(tail)?.other ?? '')

const isAtSame = (a: LogTail, b: LogTail | undefined) =>
  frontOf(a)?.id === frontOf(b)?.id && frontOf(a)?.revision === frontOf(b)?.revision

function withoutFront({ site, position: { number }, entries: [front, ...entries] }: LogTail): LogTail {
  return { site, position: { number: number + 1, nonce: front!.nonce }, entries }
}

function earliest(tails: readonly LogTail[]): LogTail | undefined {
  let first = tails[0]
  for (const tail of tails) if (frontOf(tail)!.at < frontOf(first)!.at) first = tail
  return first
}
