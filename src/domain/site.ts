/** One bookable telescope's code: one to 32 letters, digits, `_` or `-`; case matters. */
export type SiteCode = string

/** A telescope whose place on Earth is known. A code that is not listed is still bookable: it only has no sky. */
export interface Site {
  readonly code: SiteCode
  readonly name: string
  /** Degrees, north positive. */
  readonly latitude: number
  /** Degrees, east positive. */
  readonly longitude: number
  /** Metres above sea level. */
  readonly elevation: number
  /** IANA name, as `America/Denver`. */
  readonly timeZone: string
  /** What stands between telescope and sky, as `dome` or `roll-off roof`. */
  readonly enclosure: string
}
