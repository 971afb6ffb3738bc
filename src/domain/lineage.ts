import type { Instant } from './interval.ts'
import type { Reservation, Revision } from './reservation.ts'

/** What one row went through. */
export interface Life {
  /** The numbers of its revisions. */
  readonly revisions: Set<number>
  /** Every start it has had. */
  readonly starts: Set<Instant>
  /** The start it has now; undefined while it is deleted. */
  now: Instant | undefined
  /** What it was last. */
  last: Reservation
}

/**
 * Goes on with the lives of one id, by its next revision. There is one life, unless the id stands at two starts (rows of
 * the original). At any time those differ, so each can be followed from revision to revision; a deleted one comes back
 * at a start it has had.
 */
export function liveOn(lives: Life[], { number, before, after }: Revision): void {
  const last = after ?? before
  if (!last) return
  let life = lives.find(({ now, starts }) => (before ? now === before.start : now === undefined && starts.has(last.start)))
  if (!life) lives.push((life = { revisions: new Set(), starts: new Set(before && [before.start]), now: undefined, last }))
  life.revisions.add(number)
  life.starts.add(last.start)
  life.now = after?.start
  life.last = last
}

/**
 * Whether an id was given here, by its first revision: then it has one life, and is not for another reservation. A row
 * without a history, or one that begins with what stood before, was taken over with its table.
 */
export const isMadeHere = (first: Revision | undefined): boolean => first !== undefined && !first.before && first.via !== 'import'
