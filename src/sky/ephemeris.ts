import { AstroTime, type Body, Equator, Horizon, Observer } from 'astronomy-engine'
import { DAY, type Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'

/** The position of a body as seen from a site. */
export interface HorizontalPosition {
  /** Of the body's centre, in degrees, geometric: without refraction. */
  readonly altitude: number
  /** From the site to the body's centre, in astronomical units. */
  readonly distance: number
}

/** 2000-01-01T12:00:00Z, the epoch of astronomy-engine. */
const J2000: Instant = 946_728_000

/** Converts an instant to astronomy-engine's time. Takes UT1 for UTC: they differ by less than a second. */
export const timeOf = (at: Instant): AstroTime => new AstroTime((at - J2000) / DAY)

/** Converts an astronomy-engine time to an instant, rounded to the nearest second. */
export const instantOf = (time: AstroTime): Instant => Math.round(time.ut * DAY) + J2000

/** A site as astronomy-engine's observer. */
export const observerAt = (site: Site): Observer => new Observer(site.latitude, site.longitude, site.elevation)

/** A function for the position of a body over a site: apparent place of date, with the site's parallax. */
export function positionOver(site: Site, body: Body): (at: Instant) => HorizontalPosition {
  const observer = observerAt(site)
  return (at) => {
    const time = timeOf(at)
    const { ra, dec, dist } = Equator(body, time, observer, true, true)
    return { altitude: Horizon(time, observer, ra, dec).altitude, distance: dist }
  }
}
