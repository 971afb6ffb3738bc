import type { Reservation, ReservationId } from '../../domain/reservation.ts'
import { reservationOf } from '../../wire/event.ts'
import type { Event, WriteResponse } from '../../wire/responses.ts'
import { writeTime } from '../../wire/time.ts'
import { type ReservationInput, fieldsOf } from './event.ts'
import type { TypedTransport } from './transport.ts'

/** The result of a write. */
export interface WriteResult {
  readonly reservation: Reservation
  /** The number of its last revision, for `restore` and `ifMatch`; undefined if the calendar does not say. */
  readonly revision: number | undefined
  /** The reservations that it overlaps, if that was let through. */
  readonly overlapping: readonly Reservation[]
}

export interface WriteOptions {
  /** For admins: commits the change although it conflicts or breaks rules. */
  readonly override?: boolean
}

export interface ChangeOptions extends WriteOptions {
  /** The revision that is changed: the calendar refuses the change with 412 if there is another by now. */
  readonly ifMatch?: number | undefined
}

/** The functions that make, change, delete and restore a reservation. */
export const writesBy = ({ write }: TypedTransport) => ({
  /** The same `id` and input again is a retry, with the same result. */
  reserve: async (id: ReservationId, input: ReservationInput, options: WriteOptions = {}): Promise<WriteResult> => {
    const { value, revision } = await write('newevent', { event_id: id, ...fieldsOf(input), ...options })
    return writeResult(value.new_calendar_event, value, revision)
  },
  /** Fields that are not in `changes` keep their value. Rejected if the reservation no longer starts at `start`. */
  amend: async (
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    changes: ReservationInput,
    { ifMatch, ...options }: ChangeOptions = {},
  ): Promise<WriteResult> => {
    const body = {
      originalEvent: { event_id: id, start: writeTime(start) },
      modifiedEvent: fieldsOf(changes),
      ...options,
    }
    const { value, revision } = await write('modifyevent', body, { ifMatch })
    return writeResult(value.modified_calendar_event, value, revision)
  },
  async cancel(
    { id, start }: Pick<Reservation, 'id' | 'start'>,
    { ifMatch, ...options }: ChangeOptions = {},
  ): Promise<void> {
    await write('delete', { event_id: id, start: writeTime(start), ...options }, { ifMatch })
  },
  /** Brings a reservation back to how a revision left it. */
  restore: async (id: ReservationId, number: number): Promise<WriteResult> => {
    const { value, revision } = await write('restore-event', { event_id: id, revision: number })
    return writeResult(value.restored_calendar_event, value, revision)
  },
})

const writeResult = (event: Event, { conflicts = [] }: WriteResponse, revision: number | undefined): WriteResult => ({
  reservation: reservationOf(event),
  revision,
  overlapping: conflicts.map(reservationOf),
})
