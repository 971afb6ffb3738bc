import { closesEnclosureOf, closingCodes, NO_ENCLOSURES, takenCodes, type Telescopes } from './enclosure.ts'
import { Failure } from './failure.ts'
import { type Interval, overlaps, subtractIntervals } from './interval.ts'
import type { Reservation, Stored } from './reservation.ts'
import type { SiteCode } from './site.ts'

/** Whether conflicts are rejected (`deny`), or allowed and listed in the response (`warn`). */
export type ConflictPolicy = 'deny' | 'warn'

/** The fields that decide whether two reservations conflict. */
type Occupancy = Interval & Pick<Reservation, 'site' | 'observer' | 'kind'>

/**
 * Whether two reservations conflict: they overlap at one telescope, and have different observers or one is maintenance. Back to
 * back is no overlap. Maintenance at an enclosure takes the time of each of its telescopes.
 */
export const conflicts = (a: Occupancy, b: Occupancy, telescopes: Telescopes = NO_ENCLOSURES): boolean =>
  overlaps(a, b) &&
  areAtOneTelescope(a, b, telescopes) &&
  (a.observer !== b.observer || a.kind === 'maintenance' || b.kind === 'maintenance')

const areAtOneTelescope = (a: Occupancy, b: Occupancy, telescopes: Telescopes) =>
  a.site === b.site || closesEnclosureOf(a.site, b, telescopes) || closesEnclosureOf(b.site, a, telescopes)

/**
 * The reservations that decide who may command a telescope, among all at one instant: only maintenance if there is any, since it
 * may overlap other reservations.
 */
export function inEffect<T extends Pick<Reservation, 'kind'>>(reservations: readonly T[]): readonly T[] {
  const closures = reservations.filter(({ kind }) => kind === 'maintenance')
  return closures.length > 0 ? closures : reservations
}

/**
 * The time that `after` has and `before` had not, at all of some codes: all of it if `before` was not at one of these, or it
 * becomes maintenance. Overlaps that exist already (from an import or an override) may stay; only new ones are rejected.
 */
export function addedTime(
  after: Reservation,
  before: Reservation | undefined,
  codes: readonly SiteCode[] = [after.site],
  telescopes: Telescopes = NO_ENCLOSURES,
): Interval[] {
  if (!before || (after.kind === 'maintenance' && before.kind !== 'maintenance')) return [after]
  const taken = takenCodes(before, telescopes)
  return codes.every((code) => taken.includes(code)) ? subtractIntervals(after, [before]) : [after]
}

/** A code and an interval in which a proposed reservation can conflict, only with maintenance or with others too. */
export interface ClaimedTime {
  readonly site: SiteCode
  readonly during: Interval
  readonly onlyMaintenance: boolean
}

/** Everything with which `after` can conflict, and `before` could not. @param before the reservation that it replaces */
export function claimedTimes(
  after: Reservation,
  before: Reservation | undefined,
  telescopes: Telescopes,
): ClaimedTime[] {
  const taken = takenCodes(after, telescopes)
  const [, ...closers] = closingCodes(after.site, telescopes)
  const claims = (site: SiteCode, codes: readonly SiteCode[], onlyMaintenance: boolean) =>
    addedTime(after, before, codes, telescopes).map((during): ClaimedTime => ({ site, during, onlyMaintenance }))
  return [
    // Two closures of one enclosure meet at each of its telescopes.
    ...taken.flatMap((code) => claims(code, code === after.site ? taken : [code], false)),
    ...closers.flatMap((wema) => claims(wema, [after.site], true)),
  ]
}

/** The reservations that `proposed` conflicts with, sorted by start. @param before the reservation that it replaces */
export function conflictingWith(
  proposed: Reservation,
  existing: readonly Stored[],
  before?: Reservation,
  telescopes: Telescopes = NO_ENCLOSURES,
): Stored[] {
  if (existing.length === 0) return []
  const claims = claimedTimes(proposed, before, telescopes)
  return existing
    .filter(({ reservation }) => !isSameRow(reservation, before) && conflicts(proposed, reservation, telescopes))
    .filter(({ reservation }) =>
      claims.some(({ site, during }) => site === reservation.site && overlaps(during, reservation)),
    )
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
