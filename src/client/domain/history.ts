import type { Instant } from '../../domain/interval.ts'
import type { Reservation, ReservationId, Via } from '../../domain/reservation.ts'
import { reservationOf } from '../../wire/event.ts'
import { instantOf } from '../../wire/time.ts'
import { revisionOf } from '../revision.ts'
import type { TypedTransport } from './transport.ts'

/** A change of a reservation that was made. Without `before` it was made then, without `after` it was deleted. */
export interface HistoryEntry {
  readonly revision: number
  readonly at: Instant
  /** The observer's id, `service:NAME`, `anonymous` or `import`. */
  readonly by: string
  readonly via: Via
  readonly before: Reservation | undefined
  readonly after: Reservation | undefined
}

/** The functions for a single reservation and its history. */
export const historyBy = ({ read }: TypedTransport) => ({
  /** One reservation, with its revision for `ifMatch`. */
  async reservation(id: ReservationId): Promise<{ reservation: Reservation; revision: number | undefined }> {
    const event = await read('get-event', { event_id: id })
    return { reservation: reservationOf(event), revision: revisionOf(event) }
  },
  /** The newest 100 revisions of a reservation, oldest first: for its observer and for admins. */
  async history(id: ReservationId): Promise<HistoryEntry[]> {
    const history = await read('event-history', { event_id: id, limit: '100' })
    return history.map(({ revision, at, by, via, before, after }) => ({
      revision,
      at: instantOf(at),
      by,
      via,
      before: before ? reservationOf(before) : undefined,
      after: after ? reservationOf(after) : undefined,
    }))
  },
})
