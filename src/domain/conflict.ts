import { Failure } from './failure.ts'
import { type Interval, overlaps, without } from './interval.ts'
import type { Reservation, Stored } from './reservation.ts'

/** Whether overlaps are refused, or let through and listed in the answer. */
export type ConflictPolicy = 'deny' | 'warn'

/** By what it is decided whether two reservations are in each other's way. */
type Claim = Interval & Pick<Reservation, 'site' | 'observer' | 'kind'>

/**
 * Two reservations of different observers at one site may not overlap; an observer's own may. Maintenance blocks
 * everybody, its maker included. Back to back is no overlap.
 */
export const conflicts = (a: Claim, b: Claim): boolean =>
  a.site === b.site && overlaps(a, b) && (a.observer !== b.observer || a.kind === 'maintenance' || b.kind === 'maintenance')

/**
 * Of what stands at one instant, what decides who may command: maintenance alone while it is on, since a closure may
 * lie across a reservation.
 */
export function inForce<T extends { readonly reservation: Pick<Reservation, 'kind'> }>(standing: readonly T[]): readonly T[] {
  const closures = standing.filter(({ reservation }) => reservation.kind === 'maintenance')
  return closures.length > 0 ? closures : standing
}

/**
 * The time `after` claims that `before` did not hold: all of it when it moves to another site or becomes maintenance.
 * What overlapped already (an imported table, an override) is kept; only new overlaps are refused.
 */
export function newlyClaimed(after: Reservation, before: Reservation | undefined): Interval[] {
  const held = before && before.site === after.site && (before.kind === 'maintenance' || after.kind !== 'maintenance')
  return held ? without(after, [before]) : [after]
}

/** What keeps `wish` from being had, in order of time, among what stands at its site. `before` is what it replaces. */
export function inTheWay(wish: Reservation, standing: readonly Stored[], before?: Reservation): Stored[] {
  const claims = newlyClaimed(wish, before)
  return standing
    .filter(({ reservation }) => !isSameRow(reservation, before) && conflicts(wish, reservation))
    .filter(({ reservation }) => claims.some((claim) => overlaps(claim, reservation)))
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

/** A wish refused because the time is not free. `free` is known where the site's place on Earth is. */
export class Conflict extends Failure {
  readonly wish: Reservation
  readonly inTheWay: readonly Reservation[]
  /** Whether there may be others in the way. */
  readonly more: boolean
  readonly free: FreeTime | undefined

  constructor(wish: Reservation, inTheWay: readonly Reservation[], { more = false, free }: { more?: boolean; free?: FreeTime | undefined } = {}) {
    super('conflict', 'The time is taken.')
    this.wish = wish
    this.inTheWay = inTheWay
    this.more = more
    this.free = free
  }
}
