import fc from 'fast-check'
import { expect, it } from 'vitest'
import { intervalsAtLeast } from '../../src/sky/bounded-search.ts'

/** The runs of whole seconds of an interval, its end included, in which a test holds: the first and the last second of each. */
function runsOf(test: (second: number) => boolean, start: number, end: number): [number, number][] {
  const runs: [number, number][] = []
  for (let second = start; second <= end; second += 1) {
    if (!test(second)) continue
    const last = runs.at(-1)
    if (last?.[1] === second - 1) last[1] = second
    else runs.push([second, second])
  }
  return runs
}

it('finds every run of more than eight seconds, each edge rounded inward by at most four', () => {
  fc.assert(
    fc.property(
      fc.record({
        period: fc.integer({ min: 30, max: 900 }),
        phase: fc.nat(900),
        limit: fc.double({ min: -1.2, max: 1.2, noNaN: true }),
        start: fc.integer({ min: -500, max: 500 }),
        length: fc.integer({ min: 1, max: 2000 }),
      }),
      ({ period, phase, limit, start, length }) => {
        const valueAt = (second: number) => Math.sin((2 * Math.PI * (second + phase)) / period)
        const quantity = { at: valueAt, maxRate: (2 * Math.PI) / period }
        const end = start + length
        const found = intervalsAtLeast(limit, quantity, { start, end })
        const runs = runsOf((second) => valueAt(second) >= limit, start, end)
        for (const one of found) {
          const [first, last] = runs.find(([from, to]) => from <= one.start && one.end <= to) ?? []
          expect([first, last]).not.toContain(undefined)
          expect(one.start).toBeLessThan(one.end)
          expect(one.start - first!).toBeLessThanOrEqual(4)
          expect(last! - one.end).toBeLessThanOrEqual(4)
        }
        const long = runs.filter(([from, to]) => to - from > 8)
        for (const [from, to] of long) expect(found.some((one) => from <= one.start && one.end <= to)).toBe(true)
        expect(found.every((one, n) => n === 0 || found[n - 1]!.end < one.start)).toBe(true)
      },
    ),
    { numRuns: 300 },
  )
})
