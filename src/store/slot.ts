import type { Slot } from './port.ts'

/** The slot of a reservation, as a new object that does not keep the reservation in memory. */
export const slotOf = ({ reservation: { site, start, end, project } }: Slot): Slot => ({
  reservation: { site, start, end, project },
})
