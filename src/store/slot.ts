import type { Slot } from './port.ts'

/** The slot of a reservation, and nothing that would keep the rest of it in memory. */
export const slotOf = ({ reservation: { site, start, end, project } }: Slot): Slot => ({ reservation: { site, start, end, project } })
