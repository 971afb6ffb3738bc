import {
  type Body,
  GeoVector,
  RotateVector,
  type RotationMatrix,
  Rotation_EQJ_EQD,
  SiderealTime,
} from 'astronomy-engine'
import { LRUCache } from 'lru-cache'
import { DAY, HOUR, type Instant } from '../domain/interval.ts'
import { timeOf } from './time.ts'
import type { Vector } from './vector.ts'

/** Seconds between the computed positions of a body. */
const SPACING = 3 * HOUR
/** Computed positions of a day: its own, and what the interpolation near its ends needs before and after. */
const POSITIONS = DAY / SPACING + 3

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
/** For each body, enough for a year. */
const positions = new Map<Body, LRUCache<number, Float64Array>>()
const MAX_DAYS = 512

/**
 * A function for the geocentric position of a body in astronomical units, in the frame of the true equator and equinox of
 * date: its apparent place, with light time and aberration. Interpolated by a cubic between positions that astronomy-engine
 * computes for every third hour, and right to 0.01 arc seconds of it.
 */
export function geocentric(body: Body): (at: Instant) => Vector {
  const tableOf = latest((day: number) => positionsOn(body, day))
  return (at) => {
    const day = Math.floor(at / DAY)
    const table = tableOf(day)
    const share = (at - day * DAY) / SPACING
    const first = Math.floor(share)
    const [a, b, c, d] = lagrange(share - first)
    const on = (index: number): number =>
      a * (table[index] as number) +
      b * (table[index + 3] as number) +
      c * (table[index + 6] as number) +
      d * (table[index + 9] as number)
    return [on(3 * first), on(3 * first + 1), on(3 * first + 2)]
  }
}

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

function positionsOn(body: Body, day: number): Float64Array {
  const days = positions.get(body) ?? new LRUCache<number, Float64Array>({ max: MAX_DAYS })
  positions.set(body, days)
  const known = days.get(day)
  if (known) return known
  const table = new Float64Array(3 * POSITIONS)
  for (let index = 0; index < POSITIONS; index++) {
    const time = timeOf(day * DAY + (index - 1) * SPACING)
    const { x, y, z } = RotateVector(Rotation_EQJ_EQD(time), GeoVector(body, time, true))
    table.set([x, y, z], 3 * index)
  }
  days.set(day, table)
  return table
}

/** Remembers the last result of a function of a day: instants that are asked for one after the other are often of one day. */
function latest<T>(compute: (day: number) => T): (day: number) => T {
  let known: { readonly day: number; readonly result: T } | undefined
  return (day) => {
    if (known?.day !== day) known = { day, result: compute(day) }
    return known.result
  }
}

/** The weights of the four positions around a point between the second and the third, at a share of the way. */
const lagrange = (s: number): readonly [number, number, number, number] => [
  (-s * (s - 1) * (s - 2)) / 6,
  ((s + 1) * (s - 1) * (s - 2)) / 2,
  (-(s + 1) * s * (s - 2)) / 2,
  ((s + 1) * s * (s - 1)) / 6,
]
