import { Failure } from './failure.ts'
import { type Interval, overlaps, subtractIntervals } from './interval.ts'
import type { Reservation, Stored } from './reservation.ts'

/** Whether conflicts are rejected (`deny`), or allowed and listed in the response (`warn`). */
export type ConflictPolicy = 'deny' | 'warn'

/** The fields that decide whether two reservations conflict. */
type Occupancy = Interval & Pick<Reservation, 'site' | 'observer' | 'kind'>

/**
 * Whether two reservations conflict: they overlap at one site, and have different observers or one is maintenance. Back to back
 * is no overlap.
 */
export const conflicts = (a: Occupancy, b: Occupancy): boolean =>
  a.site === b.site &&
  overlaps(a, b) &&
  (a.observer !== b.observer || a.kind === 'maintenance' || b.kind === 'maintenance')

/**
 * The reservations that decide who may command a telescope, among all at one instant: only maintenance if there is any, since it
 * may overlap other reservations.
 */
export function inEffect<T extends { readonly reservation: Pick<Reservation, 'kind'> }>(
  reservations: readonly T[],
): readonly T[] {
  const closures = reservations.filter(({ reservation }) => reservation.kind === 'maintenance')
  return closures.length > 0 ? closures : reservations
}

/**
 * The time that `after` has and `before` had not: all of it if the site changes or it becomes maintenance. Overlaps that exist
 * already (from an import or an override) may stay; only new ones are rejected.
 */
export function addedTime(after: Reservation, before: Reservation | undefined): Interval[] {
  const isComparable =
    before && before.site === after.site && (before.kind === 'maintenance' || after.kind !== 'maintenance')
  return isComparable ? subtractIntervals(after, [before]) : [after]
}

/** The reservations that `proposed` conflicts with, sorted by start. @param before the reservation that it replaces */
export function conflictingWith(proposed: Reservation, existing: readonly Stored[], before?: Reservation): Stored[] {
  const intervals = addedTime(proposed, before)
  return existing
    .filter(({ reservation }) => !isSameRow(reservation, before) && conflicts(proposed, reservation))
    .filter(({ reservation }) => intervals.some((interval) => overlaps(interval, reservation)))
    .toSorted((a, b) => a.reservation.start - b.reservation.start)
}

const isSameRow = (a: Reservation, b: Reservation | undefined) => a.id === b?.id && a.start === b.start

/** Free dark time near a proposed reservation. */
export interface FreeTime {
  /** The nearest interval that starts earlier. */
  readonly before?: Interval
  /** The nearest interval that starts later. */
  readonly after?: Interval
}

/** A proposed reservation was rejected because its time is taken. `free` is undefined if it is unknown, as for sites without a location. */
export class Conflict extends Failure {
  readonly proposed: Reservation
  readonly conflicting: readonly Reservation[]
  /** Whether there may be more conflicts. */
  readonly hasMore: boolean
  readonly free: FreeTime | undefined

  constructor(
    proposed: Reservation,
    conflicting: readonly Reservation[],
    { hasMore = false, free }: { hasMore?: boolean; free?: FreeTime | undefined } = {},
  ) {
    super('conflict', 'The time is taken.')
    this.proposed = proposed
    this.conflicting = conflicting
    this.hasMore = hasMore
    this.free = free
  }
}
