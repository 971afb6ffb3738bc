import { LRUCache } from 'lru-cache'
import { DAY, HOUR, type Instant } from '../domain/interval.ts'

/** Seconds between the computed values. */
const SPACING = 3 * HOUR
/** Computed values of a day: its own, and what the interpolation near its ends needs before and after. */
const PER_DAY = DAY / SPACING + 3
/** Days that are remembered. */
const MAX_DAYS = 512

/**
 * A function of time that is computed for every third hour only, and interpolated by a cubic in between: numbers that are
 * expensive and change smoothly over days. What is computed is remembered for 512 days.
 */
export function interpolated<Values extends readonly number[]>(
  compute: (at: Instant) => Values,
): (at: Instant) => Values {
  const days = new LRUCache<number, Float64Array>({ max: MAX_DAYS })
  const tableOf = latest((day: number) => {
    const table = days.get(day) ?? tabulate(compute, day * DAY)
    days.set(day, table)
    return table
  })
  return (at) => {
    const day = Math.floor(at / DAY)
    const table = tableOf(day)
    const share = (at - day * DAY) / SPACING
    const first = Math.floor(share)
    const width = table.length / PER_DAY
    const [a, b, c, d] = weights(share - first)
    const values: number[] = []
    for (let index = width * first; index < width * (first + 1); index++) {
      const [before, from, to, after] = [index, index + width, index + 2 * width, index + 3 * width]
      values.push(
        a * (table[before] as number) +
          b * (table[from] as number) +
          c * (table[to] as number) +
          d * (table[after] as number),
      )
    }
    return values as unknown as Values
  }
}

/** The values of a day that begins at an instant, one after the other. */
const tabulate = (compute: (at: Instant) => readonly number[], midnight: Instant): Float64Array =>
  Float64Array.from(Array.from({ length: PER_DAY }, (_, n) => compute(midnight + (n - 1) * SPACING)).flat())

/** The weights of four values around a point between the second and the third, at a share of the way (Lagrange). */
const weights = (s: number): readonly [number, number, number, number] => [
  (-s * (s - 1) * (s - 2)) / 6,
  ((s + 1) * (s - 1) * (s - 2)) / 2,
  (-(s + 1) * s * (s - 2)) / 2,
  ((s + 1) * s * (s - 1)) / 6,
]

/** Remembers the last result of a function of a day: instants that are asked for one after the other are often of one day. */
export function latest<T>(compute: (day: number) => T): (day: number) => T {
  let known: { readonly day: number; readonly result: T } | undefined
  return (day) => {
    if (known?.day !== day) known = { day, result: compute(day) }
    return known.result
  }
}
