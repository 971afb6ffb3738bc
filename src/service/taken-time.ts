import { type Interval, mergeIntervals } from '../domain/interval.ts'
import type { SiteCode } from '../domain/site.ts'
import { sortedInTurns, yieldToEventLoop } from '../concurrency.ts'
import type { Outline } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { outlineWindow } from './site-query.ts'

/** The time at a telescope that is taken, sorted and disjoint. */
export interface TakenTime {
  /** By maintenance, of its enclosure too. */
  readonly closed: readonly Interval[]
  /** By other reservations. */
  readonly reserved: readonly Interval[]
}

interface TakenTimeOptions {
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
  { counts, isLate = () => false }: TakenTimeOptions,
): Promise<TakenTime | undefined> {
  const closed: Interval[] = []
  const reserved: Interval[] = []
  for await (const chunk of context.store.outlines(outlineWindow(site, during, context))) {
    if (isLate()) return undefined
    for (const outline of chunk)
      if (counts(outline)) (outline.kind === 'maintenance' ? closed : reserved).push(intervalOf(outline))
  }
  return { closed: await merged(closed), reserved: await merged(reserved) }
}

/** Of an outline, whose texts need not be kept. */
const intervalOf = ({ start, end }: Interval): Interval => ({ start, end })

async function merged(intervals: readonly Interval[]): Promise<Interval[]> {
  const sorted = await sortedInTurns(intervals, (a, b) => a.start - b.start)
  if (sorted.length > 1000) await yieldToEventLoop()
  return mergeIntervals(sorted)
}
