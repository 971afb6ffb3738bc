import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { ApiError } from '../../src/client/problem.ts'
import { sameProject } from '../../src/domain/project.ts'
import type { Reservation, ReservationId } from '../../src/domain/reservation.ts'

/** A reservation as the calendar has it, with the revision that a change of it names. */
export interface CurrentReservation {
  readonly reservation: Reservation
  /** Undefined if the calendar does not say. */
  readonly revision: number | undefined
}

/** Somebody has changed or deleted a reservation since it was shown. */
export class ChangedMeanwhile extends Error {
  readonly shown: Reservation
  /** Undefined if it was deleted. */
  readonly current: CurrentReservation | undefined
  /** Who changed it, as its history has it; undefined if the caller may not know. */
  readonly by: string | undefined

  constructor(shown: Reservation, current: CurrentReservation | undefined, by?: string) {
    super(current ? 'Someone has changed it meanwhile.' : 'Someone has deleted it meanwhile.')
    this.name = 'ChangedMeanwhile'
    this.shown = shown
    this.current = current
    this.by = by
  }
}

/** The present state of a reservation; undefined if there is none. @throws ApiError, NetworkError */
export async function readCurrent(
  calendar: DomainCalendar,
  id: ReservationId,
): Promise<CurrentReservation | undefined> {
  try {
    return await calendar.reservation(id)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined
    throw error
  }
}

/** The present state of what was shown, for a change of it. @throws ChangedMeanwhile, ApiError, NetworkError */
export async function assertUnchanged(calendar: DomainCalendar, shown: Reservation): Promise<CurrentReservation> {
  const current = await readCurrent(calendar, shown.id)
  if (!current || !isSame(current.reservation, shown)) throw await changedMeanwhile(calendar, shown, current)
  return current
}

/** Finds out who has changed a reservation, as far as the caller may know. */
export async function changedMeanwhile(
  calendar: DomainCalendar,
  shown: Reservation,
  current: CurrentReservation | undefined,
): Promise<ChangedMeanwhile> {
  const history = await calendar.history(shown.id).catch(() => [])
  return new ChangedMeanwhile(shown, current, history.at(-1)?.by)
}

const FIELDS = ['site', 'start', 'end', 'observer', 'title', 'kind', 'priority', 'note'] as const

/** Whether two states of a reservation have the same values. */
export const isSame = (one: Reservation, other: Reservation): boolean =>
  FIELDS.every((field) => one[field] === other[field]) && sameProject(one.project, other.project)

/** Whether the calendar refuses a change because the reservation is not as it was shown. */
export const isStale = (error: unknown): boolean => error instanceof ApiError && [404, 412].includes(error.status)
