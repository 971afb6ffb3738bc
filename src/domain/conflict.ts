import { Failure } from './failure.ts'
import { type Interval, overlaps, subtractIntervals } from './interval.ts'
import type { Reservation, Stored } from './reservation.ts'

/** Whether overlaps are refused, or let through and listed in the answer. */
export type ConflictPolicy = 'deny' | 'warn'

/** By what it is decided whether two reservations are in each other's way. */
type Occupancy = Interval & Pick<Reservation, 'site' | 'observer' | 'kind'>

/**
 * Two reservations of different observers at one site may not overlap; an observer's own may. Maintenance blocks
 * everybody, its maker included. Back to back is no overlap.
 */
export const conflicts = (a: Occupancy, b: Occupancy): boolean =>
  a.site === b.site && overlaps(a, b) && (a.observer !== b.observer || a.kind === 'maintenance' || b.kind === 'maintenance')

/**
 * Of what stands at one instant, what decides who may command: maintenance alone while it is on, since a closure may
 * lie across a reservation.
 */
export function inEffect<T extends { readonly reservation: Pick<Reservation, 'kind'> }>(existing: readonly T[]): readonly T[] {
  const closures = existing.filter(({ reservation }) => reservation.kind === 'maintenance')
  return closures.length > 0 ? closures : existing
}

/**
 * The time `after` claims that `before` did not hold: all of it when it moves to another site or becomes maintenance.
 * What overlapped already (an imported table, an override) is kept; only new overlaps are refused.
 */
export function addedTime(after: Reservation, before: Reservation | undefined): Interval[] {
  const current = before && before.site === after.site && (before.kind === 'maintenance' || after.kind !== 'maintenance')
  return current ? subtractIntervals(after, [before]) : [after]
}

/** What keeps `proposed` from being had, in order of time, among what stands at its site. `before` is what it replaces. */
export function conflictingWith(proposed: Reservation, existing: readonly Stored[], before?: Reservation): Stored[] {
  const intervals = addedTime(proposed, before)
  return existing
    .filter(({ reservation }) => !isSameRow(reservation, before) && conflicts(proposed, reservation))
    .filter(({ reservation }) => intervals.some((interval) => overlaps(interval, reservation)))
    .toSorted((a, b) => a.reservation.start - b.reservation.start)
}

const isSameRow = (a: Reservation, b: Reservation | undefined) => a.id === b?.id && a.start === b.start

/** Free, dark time near what was asked for. */
export interface FreeTime {
  /** The nearest that begins earlier. */
  readonly before?: Interval
  /** The nearest that begins later. */
  readonly after?: Interval
}

/** A proposed reservation refused because the time is not free. `free` is known where the site's place on Earth is. */
export class Conflict extends Failure {
  readonly proposed: Reservation
  readonly conflicting: readonly Reservation[]
  /** Whether there may be others in the way. */
  readonly hasMore: boolean
  readonly free: FreeTime | undefined

  constructor(proposed: Reservation, conflicting: readonly Reservation[], { hasMore = false, free }: { hasMore?: boolean; free?: FreeTime | undefined } = {}) {
    super('conflict', 'The time is taken.')
    this.proposed = proposed
    this.conflicting = conflicting
    this.hasMore = hasMore
    this.free = free
  }
}
