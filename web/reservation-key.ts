import type { Reservation } from '../src/domain/reservation.ts'

/** What distinguishes a reservation from others: two at different starts may share an id. */
export const keyOf = ({ id, start }: Reservation): string => `${id} ${start}`
