import { AstroTime, type Body, Equator, Horizon, Observer } from 'astronomy-engine'
import { DAY, type Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'

/** Where something in the sky is, seen from a site. */
export interface HorizontalPosition {
  /** Of its centre, degrees, geometric: without refraction. */
  readonly altitude: number
  /** Of its centre from the site, astronomical units. */
  readonly distance: number
}

/** 2000-01-01T12:00:00Z, from which astronomy-engine counts its days. */
const J2000: Instant = 946_728_000

/** An instant as astronomy-engine has it. UT1 is taken to be UTC, which it is within a second. */
export const timeOf = (at: Instant): AstroTime => new AstroTime((at - J2000) / DAY)

/** The instant of an astronomy-engine time, rounded to the nearest second. */
export const instantOf = (time: AstroTime): Instant => Math.round(time.ut * DAY) + J2000

export const observerAt = (site: Site): Observer => new Observer(site.latitude, site.longitude, site.elevation)

/** Where a body is over a site: apparent place of date, with the site's own parallax. */
export function positionOver(site: Site, body: Body): (at: Instant) => HorizontalPosition {
  const observer = observerAt(site)
  return (at) => {
    const time = timeOf(at)
    const { ra, dec, dist } = Equator(body, time, observer, true, true)
    return { altitude: Horizon(time, observer, ra, dec).altitude, distance: dist }
  }
}
