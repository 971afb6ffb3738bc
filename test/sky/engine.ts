import {
  AngleBetween,
  type Body,
  Equator,
  Horizon,
  Observer,
  RotateVector,
  Rotation_EQJ_EQD,
  Rotation_EQJ_HOR,
  Vector,
} from 'astronomy-engine'
import { type Interval, subtractIntervals } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import type { FixedTarget } from '../../src/sky/target.ts'
import { timeOf } from '../../src/sky/time.ts'

const RADIAN = 180 / Math.PI
const observer = ({ latitude, longitude, elevation }: Site) => new Observer(latitude, longitude, elevation)

function vectorTo({ ra, dec }: FixedTarget, at: number): Vector {
  const [a, d] = [ra / RADIAN, dec / RADIAN]
  return new Vector(Math.cos(d) * Math.cos(a), Math.cos(d) * Math.sin(a), Math.sin(d), timeOf(at))
}

/** Altitude by astronomy-engine's rotation from J2000 to the horizon, degrees. */
export const altitudeByRotation = (site: Site, target: FixedTarget) => (at: number) =>
  Math.asin(RotateVector(Rotation_EQJ_HOR(timeOf(at), observer(site)), vectorTo(target, at)).z) * RADIAN

/** Altitude and place of date of a body by astronomy-engine, degrees. */
export const bodyByEngine = (site: Site, body: Body) => (at: number) => {
  const { ra, dec, vec } = Equator(body, timeOf(at), observer(site), true, true)
  return { altitude: Horizon(timeOf(at), observer(site), ra, dec).altitude, vec }
}

/** The angle between a body and a fixed target as seen from a site, by astronomy-engine, degrees. */
export const separationByEngine = (site: Site, body: Body, target: FixedTarget) => (at: number) =>
  AngleBetween(bodyByEngine(site, body)(at).vec, RotateVector(Rotation_EQJ_EQD(timeOf(at)), vectorTo(target, at)))

/**
 * Where a function is at least a limit: by a value every four minutes, the highest and lowest between them wherever they are
 * near the limit, and bisection of each crossing to a second.
 */
export function densely(limit: number, valueAt: (at: number) => number, { start, end }: Interval): Interval[] {
  const step = 240
  const coarse = Array.from({ length: Math.ceil((end - start) / step) + 3 }, (_, n) => start + (n - 1) * step)
  const values = coarse.map(valueAt)
  const turns = coarse.flatMap((at, n) => {
    const [a, b, c] = values.slice(n - 1, n + 2) as [number, number, number]
    if (n === 0 || c === undefined || (b - a) * (c - b) > 0 || Math.abs(b - limit) > 2) return []
    return [extremum(b >= a ? 1 : -1, valueAt, at - step, at + step)]
  })
  const points = [...coarse.filter((at) => at > start && at < end), ...turns, start, end]
    .filter((at) => at >= start && at <= end)
    .toSorted((a, b) => a - b)
  const found: { start: number; end: number }[] = []
  for (const [n, at] of points.entries()) {
    const before = points[n - 1]
    const isMet = valueAt(at) >= limit
    if (isMet && (before === undefined || valueAt(before) < limit))
      found.push({ start: before === undefined ? at : crossing(limit, valueAt, before, at), end })
    const last = found.at(-1)
    if (!isMet && before !== undefined && valueAt(before) >= limit && last)
      last.end = crossing(limit, valueAt, before, at)
  }
  return found.filter((one) => one.start < one.end)
}

function extremum(sign: number, valueAt: (at: number) => number, low: number, high: number): number {
  while (high - low > 1) {
    const third = (high - low) / 3
    if (sign * valueAt(low + third) < sign * valueAt(high - third)) low += third
    else high -= third
  }
  return (low + high) / 2
}

function crossing(limit: number, valueAt: (at: number) => number, low: number, high: number): number {
  const isMet = valueAt(low) >= limit
  while (high - low > 1) {
    const middle = (low + high) / 2
    if (valueAt(middle) >= limit === isMet) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The longest time that is in one of two lists only, in seconds. */
export function longestDifference(a: readonly Interval[], b: readonly Interval[]): number {
  const only = [...a.flatMap((one) => subtractIntervals(one, b)), ...b.flatMap((one) => subtractIntervals(one, a))]
  return Math.max(0, ...only.map(({ start, end }) => end - start))
}

/** Pseudo-random numbers from 0 up to 1, the same in every run. */
export function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const PLACES = [
  { latitude: 90, longitude: 0, timeZone: 'UTC' },
  { latitude: -90, longitude: 0, timeZone: 'Antarctica/McMurdo' },
  { latitude: 89.9, longitude: -120, timeZone: 'UTC' },
  { latitude: -13.83, longitude: -171.77, timeZone: 'Pacific/Apia' },
  { latitude: 1.87, longitude: -157.4, timeZone: 'Pacific/Kiritimati' },
  { latitude: 32.78, longitude: 78.96, timeZone: 'Asia/Kolkata' },
  { latitude: 27.7, longitude: 85.3, timeZone: 'Asia/Kathmandu' },
  { latitude: 47.56, longitude: -52.71, timeZone: 'America/St_Johns' },
  { latitude: -31.55, longitude: 159.08, timeZone: 'Australia/Lord_Howe' },
  { latitude: 69.65, longitude: 18.96, timeZone: 'Europe/Oslo' },
  { latitude: 0, longitude: 180, timeZone: 'Pacific/Auckland' },
]

/** A random site: often one of the places above. */
export function randomSite(random: () => number): Site {
  const known = PLACES[Math.floor(random() * 2 * PLACES.length)]
  const anywhere = { latitude: random() * 180 - 90, longitude: random() * 360 - 180, timeZone: 'UTC' }
  return {
    code: 'there',
    name: 'There',
    elevation: Math.round(random() * 4000),
    enclosure: 'dome',
    ...(known ?? anywhere),
  }
}

/** A random date of the years 2000 to 2050. */
export const randomDate = (random: () => number): string =>
  new Date(Date.UTC(2000, 0, 1 + Math.floor(random() * 18_000))).toISOString().slice(0, 10)
