import type { Rules } from './rules.ts'

/** The code of a telescope that can be reserved: 1 to 32 letters, digits, `_` or `-`; case-sensitive. */
export type SiteCode = string

/**
 * Where a telescope's mount can point, in the terms of the Las Cumbres Observatory's configuration database. Without a limit
 * the mount points everywhere above the horizon.
 */
export interface MountLimits {
  /** The lowest altitude in degrees; 0 by default. */
  readonly horizon?: number | undefined
  /** The lowest hour angle in hours, east of the meridian: from -12, the default, to 0. */
  readonly haLimitNeg?: number | undefined
  /** The highest hour angle in hours, west of the meridian: from 0 to 12, the default. */
  readonly haLimitPos?: number | undefined
  /** How near to the zenith a mount cannot follow, in degrees; 0 by default. */
  readonly zenithBlindSpot?: number | undefined
}

/** A telescope at a known location. Codes without a listed site can be reserved too, but have no night, twilight or Moon. */
export interface Site extends MountLimits {
  readonly code: SiteCode
  readonly name: string
  /** Degrees, north positive. */
  readonly latitude: number
  /** Degrees, east positive. */
  readonly longitude: number
  /** Metres above sea level. */
  readonly elevation: number
  /** IANA name like `America/Denver`. */
  readonly timeZone: string
  /** The building around the telescope, like `dome` or `roll-off roof`. */
  readonly enclosure: string
  /** The code of the enclosure, where it has several telescopes: maintenance there closes all of them. */
  readonly wema?: SiteCode | undefined
  /** What observers are allowed here, beside what the whole network's rules allow. */
  readonly rules?: Rules | undefined
}
