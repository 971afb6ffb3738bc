import type { Instant } from './interval.ts'
import type { Reservation, Revision } from './reservation.ts'

/** What one row went through. */
export interface Life {
  /** The numbers of its revisions. */
  readonly revisions: ReadonlySet<number>
  /** Every start it has had. */
  readonly starts: ReadonlySet<Instant>
  /** The start it has now; undefined while it is deleted. */
  readonly now: Instant | undefined
  /** What it was last. */
  readonly last: Reservation
}

/**
 * The lives that one id's history tells, oldest revision first. There is one, unless the id stands at two starts (rows
 * of the original). At any time those differ, so each can be followed from revision to revision; a deleted one comes
 * back at a start it has had.
 */
export function livesIn(history: readonly Revision[]): readonly Life[] {
  const lives: { revisions: Set<number>; starts: Set<Instant>; now: Instant | undefined; last: Reservation }[] = []
  for (const { number, before, after } of history) {
    const last = after ?? before
    if (!last) continue
    let life = lives.find(({ now, starts }) => (before ? now === before.start : now === undefined && starts.has(last.start)))
    if (!life) lives.push((life = { revisions: new Set(), starts: new Set(before && [before.start]), now: undefined, last }))
    life.revisions.add(number)
    life.starts.add(last.start)
    life.now = after?.start
    life.last = last
  }
  return lives
}
