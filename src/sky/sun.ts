import { AstroTime, Body, Equator, Horizon, Observer } from 'astronomy-engine'
import { LRUCache } from 'lru-cache'
import { DAY, HOUR, type Instant, type Interval } from '../domain/interval.ts'
import type { Night } from '../domain/night.ts'
import type { Site } from '../domain/site.ts'
import { nightInterval } from './zone.ts'

/*
 * The altitudes, in degrees, of the Sun's centre at which each twilight passes into the next darker one, geometric:
 * without refraction. Source: U.S. Naval Observatory, "Rise, Set, and Twilight Definitions"; Explanatory
 * Supplement to the Astronomical Almanac, glossary, "twilight".
 */

/** Below it (degrees) the Sun adds nothing to the sky's brightness: the dark that faint objects need. */
export const ASTRONOMICAL = -18

/** Below it (degrees) the sea's horizon is no longer seen. */
export const NAUTICAL = -12

/** Below it (degrees) one needs a lamp outdoors, and the brightest stars are out. */
export const CIVIL = -6

/** 2000-01-01T12:00:00Z, from which astronomy-engine counts its days. */
const J2000: Instant = 946_728_000

/**
 * The parts of `during` in which the Sun's centre is below `altitude` (degrees), in order and apart. The altitude is
 * geometric, as twilight is defined: without refraction, as seen from the site. Whole seconds, rounded inward: at
 * every instant from `start` to `end` the Sun is below, and less than two seconds are lost at either end.
 *
 * Right wherever a site is: where the Sun never sets or never rises, where it only touches `altitude`, and at the
 * poles. Costs about half a millisecond for each day of `during`.
 */
export function sunBelow(site: Site, altitude: number, during: Interval): Interval[] {
  // astronomy-engine's own SearchAltitude does not refract either, but by its own words is not reliable near the
  // Sun's greatest and least altitude, and in the season of white nights there is nothing else. So we look there first.
  const sun = sunOver(site)
  const isBelow = (at: Instant): boolean => sun(at) < altitude
  const parts: Interval[] = []
  let from = during.start
  let start = isBelow(from) ? from : undefined
  for (const to of stationsAfter(during, sun)) {
    if (start === undefined && isBelow(to)) start = firstSecond(from, to, isBelow)
    else if (start !== undefined && !isBelow(to)) {
      keep(parts, start, firstSecond(from, to, (at) => !isBelow(at)) - 1)
      start = undefined
    }
    from = to
  }
  if (start !== undefined) keep(parts, start, during.end)
  return parts
}

const known = new LRUCache<string, readonly Interval[]>({ max: 4096 })

/**
 * The astronomical darkness of a night, in order: usually one interval, none in the white nights of high latitudes,
 * the whole night in the polar ones. The same array each time, for as long as it is remembered.
 *
 * @throws RangeError when there is no such night, as `nightInterval` does.
 */
export function darkness(night: Night): readonly Interval[] {
  const { latitude, longitude, elevation, timeZone } = night.site
  const name = [latitude, longitude, elevation, timeZone, night.date].join(' ')
  const remembered = known.get(name)
  if (remembered) return remembered
  const dark = Object.freeze(sunBelow(night.site, ASTRONOMICAL, nightInterval(night)))
  known.set(name, dark)
  return dark
}

function keep(parts: Interval[], start: Instant, end: Instant): void {
  if (start < end) parts.push({ start, end })
}

/** The Sun's altitude over a site, degrees, geometric; UT1 is taken to be UTC, which it is within a second. */
function sunOver(site: Site): (at: Instant) => number {
  const observer = new Observer(site.latitude, site.longitude, site.elevation)
  return (at) => {
    const time = new AstroTime((at - J2000) / DAY)
    const { ra, dec } = Equator(Body.Sun, time, observer, true, true)
    return Horizon(time, observer, ra, dec).altitude
  }
}

/**
 * The seconds at which the Sun turns from rising to sinking or back, and at last the end: from the start to the first,
 * and from each to the next, it crosses an altitude at most once. It turns every twelve hours or so; a turn and its
 * return within the hour, which may go unseen, are found only within a tenth of a degree of a pole, and there the
 * Sun's altitude changes by less than an arc second meanwhile.
 */
function stationsAfter({ start, end }: Interval, sun: (at: Instant) => number): Instant[] {
  const stations: Instant[] = []
  const rise = (at: Instant): number => sun(at + 1) - sun(at)
  let last = start
  let [before, here] = [sun(start - HOUR), sun(start)]
  for (let at = start; at < end + HOUR; at += HOUR) {
    const after = sun(at + HOUR)
    const sense = Math.sign(here - before)
    if (sense !== Math.sign(after - here)) {
      const turn = firstSecond(at - HOUR, at + HOUR, (second) => Math.sign(rise(second)) !== sense)
      if (turn > last && turn < end) stations.push((last = turn))
    }
    [before, here] = [here, after]
  }
  return [...stations, end]
}

/** The first second after `after`, and at the latest `until`, from which on something holds. Bisection. */
function firstSecond(after: Instant, until: Instant, holds: (at: Instant) => boolean): Instant {
  let [no, yes] = [after, until]
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2)
    if (holds(middle)) yes = middle
    else no = middle
  }
  return yes
}
