import type { Outline } from './port.ts'

/** The outline of a reservation, as a new object that does not keep the reservation in memory. */
export const outlineOf = ({ id, site, start, end, observer, kind }: Outline): Outline => ({
  id,
  site,
  start,
  end,
  observer,
  kind,
})
