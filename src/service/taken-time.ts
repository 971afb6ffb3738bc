import { type Interval, mergeIntervals } from '../domain/interval.ts'
import type { SiteCode } from '../domain/site.ts'
import { chunksOf, sortInChunks, yieldToEventLoop } from '../concurrency.ts'
import type { Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { outlineWindow } from './site-query.ts'

/** Intervals that one turn of the event loop merges. */
const MERGED_PER_TURN = 4000

/** The time at a telescope that is taken, sorted and disjoint. Gaps that are too short count as taken. */
export interface TakenTime {
  /** By maintenance, of its enclosure too. */
  readonly closed: readonly Interval[]
  /** By other reservations. */
  readonly reserved: readonly Interval[]
}

interface TakenTimeOptions {
  /** The shortest gap that is of use, in seconds. */
  readonly shortest: number
  /** Whether a reservation counts. */
  readonly counts: (outline: Outline) => boolean
  /** Asked before each chunk; once it is true, nothing more is read. */
  readonly isLate?: () => boolean
}

/** The taken time at a telescope in an interval, as of one instant; undefined if it is late. */
export async function takenTime(
  site: SiteCode,
  during: Interval,
  context: Pick<ServiceContext, 'store' | 'sites'>,
  { shortest, counts, isLate = () => false }: TakenTimeOptions,
): Promise<TakenTime | undefined> {
  const closed: Interval[] = []
  const reserved: Interval[] = []
  for await (const chunk of context.store.outlines(outlineWindow(site, during, context))) {
    if (isLate()) return undefined
    const counted = chunk.filter(counts)
    // At once, since few intervals are left of many.
    for (const one of await mergeInChunks(counted.filter(isClosure), shortest)) closed.push(one)
    for (const one of await mergeInChunks(counted.filter(isNoClosure), shortest)) reserved.push(one)
  }
  return { closed: await mergeInChunks(closed, shortest), reserved: await mergeInChunks(reserved, shortest) }
}

const isClosure = ({ kind }: Outline) => kind === 'maintenance'
const isNoClosure = (outline: Outline) => !isClosure(outline)

/** `mergeIntervals` for long lists: yields to the event loop in between. */
export async function mergeInChunks(intervals: readonly Interval[], gap: number): Promise<Interval[]> {
  const merged: Interval[] = []
  for (const some of chunksOf(await sortInChunks(intervals, (a, b) => a.start - b.start), MERGED_PER_TURN)) {
    if (merged.length > 0) await yieldToEventLoop()
    const last = merged.pop()
    merged.push(...mergeIntervals(last ? [last, ...some] : some, gap))
  }
  return merged
}
