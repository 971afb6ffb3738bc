import { type Body, KM_PER_AU, Observer } from 'astronomy-engine'
import type { Instant } from '../domain/interval.ts'
import type { Site } from '../domain/site.ts'
import { geocentric, greenwichSiderealTime } from './geocentric.ts'
import { type Vector, asin, cos, sin } from './vector.ts'

/** The position of a body as seen from a site. */
export interface HorizontalPosition {
  /** Of the body's centre, in degrees, geometric: without refraction. */
  readonly altitude: number
  /** From the site to the body's centre, in astronomical units. */
  readonly distance: number
}

/** A site as astronomy-engine's observer. */
export const observerAt = (site: Site): Observer => new Observer(site.latitude, site.longitude, site.elevation)

/** A function for the position of a body over a site: apparent place of date, with the site's parallax. */
export function positionOver(site: Site, body: Body): (at: Instant) => HorizontalPosition {
  const { fromAxis, fromEquator } = geocentricPlace(site)
  const [sinLatitude, cosLatitude] = [sin(site.latitude), cos(site.latitude)]
  const geocentricAt = geocentric(body)
  return (at) => {
    const [x, y, z] = geocentricAt(at)
    const sidereal = greenwichSiderealTime(at) + site.longitude
    const [sinSidereal, cosSidereal] = [sin(sidereal), cos(sidereal)]
    const [toMeridian, toEast, toPole] = [
      x * cosSidereal + y * sinSidereal - fromAxis,
      y * cosSidereal - x * sinSidereal,
      z - fromEquator,
    ]
    const distance = Math.sqrt(toMeridian ** 2 + toEast ** 2 + toPole ** 2)
    return { altitude: asin((cosLatitude * toMeridian + sinLatitude * toPole) / distance), distance }
  }
}

/**
 * A function for the vector from a site to a body in astronomical units, in the frame of the true equator and equinox of
 * date: apparent place, with the site's parallax.
 */
export function topocentric(site: Site, body: Body): (at: Instant) => Vector {
  const { fromAxis, fromEquator } = geocentricPlace(site)
  const geocentricAt = geocentric(body)
  return (at) => {
    const [x, y, z] = geocentricAt(at)
    const sidereal = greenwichSiderealTime(at) + site.longitude
    return [x - fromAxis * cos(sidereal), y - fromAxis * sin(sidereal), z - fromEquator]
  }
}

/** The Earth's radius at the equator in km, and its flattening. Source: IERS Conventions (2003). */
const RADIUS = 6378.1366
const FLATTENING = 1 / 298.25642

/** The distances of a site from the Earth's axis and from the plane of its equator (north positive), in astronomical units. */
function geocentricPlace({ latitude, elevation }: Site) {
  const squash = (1 - FLATTENING) ** 2
  const curvature = RADIUS / Math.sqrt(cos(latitude) ** 2 + squash * sin(latitude) ** 2)
  return {
    fromAxis: ((curvature + elevation / 1000) * cos(latitude)) / KM_PER_AU,
    fromEquator: ((curvature * squash + elevation / 1000) * sin(latitude)) / KM_PER_AU,
  }
}
