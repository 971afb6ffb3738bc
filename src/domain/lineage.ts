import type { Instant } from './interval.ts'
import type { Reservation, Revision } from './reservation.ts'

/** The history of one row: the revisions of an id that concern it. */
export interface Lineage {
  /** Revision numbers. */
  readonly revisions: Set<number>
  /** Every start the row has had. */
  readonly starts: Set<Instant>
  /** The current start; undefined if the row is deleted. */
  currentStart: Instant | undefined
  /** The row as its newest revision left it, or as it was before that deleted it. */
  last: Reservation
}

/**
 * Adds the next revision of an id to its lineages. An id has one lineage, except for duplicate rows of the original
 * calendar. The current starts of lineages differ, so each revision belongs to exactly one; a deleted row is restored to a
 * start it has had.
 */
export function extendLineages(
  lineages: Lineage[],
  { number, before, after }: Pick<Revision, 'number' | 'before' | 'after'>,
): void {
  const last = after ?? before
  if (!last) return
  let lineage = before
    ? lineages.find(({ currentStart }) => currentStart === before.start)
    : deletedLineageAt(lineages, last.start)
  if (!lineage)
    lineages.push(
      (lineage = { revisions: new Set(), starts: new Set(before && [before.start]), currentStart: undefined, last }),
    )
  lineage.revisions.add(number)
  lineage.starts.add(last.start)
  lineage.currentStart = after?.start
  lineage.last = last
}

/** The lineage of the deleted row that was once at a start: a restoration there brings that back. */
export const deletedLineageAt = (lineages: readonly Lineage[], start: Instant): Lineage | undefined =>
  lineages.find(({ currentStart, starts }) => currentStart === undefined && starts.has(start))

/** The lineages of an id, by its whole history. */
export function lineagesOf(history: readonly Revision[]): Lineage[] {
  const lineages: Lineage[] = []
  for (const revision of history) extendLineages(lineages, revision)
  return lineages
}

/** Where the row was first, as far as its history knows. */
export const firstStartIn = ({ starts, last }: Pick<Lineage, 'starts' | 'last'>): Instant => {
  const [first = last.start] = starts
  return first
}

/** A row that was deleted and not restored, as it was, with the number and the time of the revision that deleted it. */
export interface DeletedRow {
  readonly reservation: Reservation
  readonly firstStart: Instant
  readonly revision: number
  readonly at: Instant
}

/** The rows of an id that are deleted, by its whole history and the lineages in it. */
export const deletedRowsIn = (history: readonly Revision[], lineages: readonly Lineage[]): DeletedRow[] =>
  lineages
    .filter(({ currentStart }) => currentStart === undefined)
    .flatMap((lineage) => {
      const deletion = history.findLast(({ number }) => lineage.revisions.has(number))
      if (!deletion) return []
      const { number: revision, at } = deletion
      return [{ reservation: lineage.last, firstStart: firstStartIn(lineage), revision, at }]
    })

/**
 * Whether this calendar created an id, judged by its first revision: such an id has exactly one lineage. Rows without a
 * history, or whose first revision changes an existing row, came with the original's table.
 */
export const isCreatedHere = (first: Revision | undefined): boolean =>
  first !== undefined && !first.before && first.via !== 'import'
