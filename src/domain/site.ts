/** The code of a telescope that can be reserved: 1 to 32 letters, digits, `_` or `-`; case-sensitive. */
export type SiteCode = string

/** A telescope at a known location. Codes without a listed site can be reserved too, but have no night, twilight or Moon. */
export interface Site {
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
}
