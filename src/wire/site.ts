import type { Site } from '../domain/site.ts'
import type { WireSite } from './responses.ts'

/** Writes a site as `sites` and a sites file have it. */
export const siteToWire = ({ timeZone, ...site }: Site): WireSite => ({ ...site, time_zone: timeZone })

/** Reads a site of `sites` or a sites file. */
export const siteFromWire = ({ time_zone: timeZone, ...site }: WireSite): Site => ({ ...site, timeZone })
