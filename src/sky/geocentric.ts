import {
  type Body,
  GeoVector,
  RotateVector,
  type RotationMatrix,
  Rotation_EQJ_EQD,
  SiderealTime,
} from 'astronomy-engine'
import { LRUCache } from 'lru-cache'
import { DAY, type Instant } from '../domain/interval.ts'
import { interpolated, latest } from './interpolated.ts'
import { timeOf } from './time.ts'
import type { Vector } from './vector.ts'

/** A function for each body, so that all sites share what is computed. */
const positions = new Map<Body, (at: Instant) => Vector>()

/**
 * A function for the geocentric position of a body in astronomical units, in the frame of the true equator and equinox of
 * date: its apparent place, with light time and aberration. Interpolated, and right to 0.01 arc seconds of astronomy-engine's.
 */
export function geocentric(body: Body): (at: Instant) => Vector {
  const known = positions.get(body)
  if (known) return known
  const position = interpolated((at): Vector => {
    const time = timeOf(at)
    const { x, y, z } = RotateVector(Rotation_EQJ_EQD(time), GeoVector(body, time, true))
    return [x, y, z]
  })
  positions.set(body, position)
  return position
}

/** What is computed once a day for all sites. */
interface Earth {
  /** From the equator and equinox of J2000 (ICRS) to those of noon: precession and nutation. */
  readonly rotation: RotationMatrix
  /** Greenwich apparent sidereal time in degrees at midnight UTC. */
  readonly siderealTime: number
  /** Degrees in a second. */
  readonly siderealRate: number
}

/** Enough for two years. */
const earths = new LRUCache<number, Earth>({ max: 1024 })

/**
 * Greenwich apparent sidereal time in degrees, not reduced to a circle. Right to 0.01 arc seconds of astronomy-engine's,
 * which is computed once a day.
 */
export function greenwichSiderealTime(at: Instant): number {
  const day = Math.floor(at / DAY)
  const { siderealTime, siderealRate } = earthOn(day)
  return siderealTime + (at - day * DAY) * siderealRate
}

/**
 * A direction of ICRS turned to the true equator and equinox of the day: precession and nutation, without aberration (20 arc
 * seconds at most). Those of noon UTC: they change by 0.2 arc seconds a day.
 */
export function ofDate([x, y, z]: Vector, at: Instant): Vector {
  const { rot } = earthOn(Math.floor(at / DAY)).rotation
  const row = (n: number): number =>
    (rot[0]?.[n] as number) * x + (rot[1]?.[n] as number) * y + (rot[2]?.[n] as number) * z
  return [row(0), row(1), row(2)]
}

const earthOn = latest((day: number): Earth => {
  const known = earths.get(day)
  if (known) return known
  const siderealTime = SiderealTime(timeOf(day * DAY)) * 15
  const next = SiderealTime(timeOf((day + 1) * DAY)) * 15
  const turned = ((((next - siderealTime) % 360) + 360) % 360) + 360
  const rotation = Rotation_EQJ_EQD(timeOf(day * DAY + DAY / 2))
  const earth = { rotation, siderealTime, siderealRate: turned / DAY }
  earths.set(day, earth)
  return earth
})
