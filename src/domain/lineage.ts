import type { Instant } from './interval.ts'
import type { Reservation, Revision } from './reservation.ts'

/** What one row went through. */
export interface Lineage {
  /** The numbers of its revisions. */
  readonly revisions: Set<number>
  /** Every start it has had. */
  readonly starts: Set<Instant>
  /** The start it has now; undefined while it is deleted. */
  currentStart: Instant | undefined
  /** What it was last. */
  last: Reservation
}

/**
 * Goes on with the lives of one id, by its next revision. There is one life, unless the id stands at two starts (rows of
 * the original). At any time those differ, so each can be followed from revision to revision; a deleted one comes back
 * at a start it has had.
 */
export function extendLineages(lineages: Lineage[], { number, before, after }: Revision): void {
  const last = after ?? before
  if (!last) return
  let lineage = lineages.find(({ currentStart, starts }) => (before ? currentStart === before.start : currentStart === undefined && starts.has(last.start)))
  if (!lineage) lineages.push((lineage = { revisions: new Set(), starts: new Set(before && [before.start]), currentStart: undefined, last }))
  lineage.revisions.add(number)
  lineage.starts.add(last.start)
  lineage.currentStart = after?.start
  lineage.last = last
}

/**
 * Whether an id was given here, by its first revision: then it has one life, and is not for another reservation. A row
 * without a history, or one that begins with what stood before, was taken over with its table.
 */
export const isCreatedHere = (first: Revision | undefined): boolean => first !== undefined && !first.before && first.via !== 'import'
