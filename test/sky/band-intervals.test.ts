import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { intervalsWhere, type BandInterval, bandIntervals } from '../../src/sky/band-intervals.ts'

const START = 1_773_338_400

/** A naive reference: checks every second. */
function runsByTheSecond(seconds: number, height: (at: number) => number, limits: readonly number[]): BandInterval[] {
  const found: { start: number; end: number; band: number }[] = []
  for (let at = START; at < START + seconds; at++) {
    const band = limits.filter((limit) => limit <= height(at)).length
    const last = found.at(-1)
    if (last?.band === band) last.end = at + 1
    else found.push({ start: at, end: at + 1, band })
  }
  return found
}

/** A random altitude that rises and sinks about once a day, like a body in the sky. */
const wave = fc.record({
  middle: fc.double({ min: -30, max: 30, noNaN: true }),
  swing: fc.double({ min: 0.5, max: 50, noNaN: true }),
  phase: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
  period: fc.double({ min: 23 * HOUR, max: 25 * HOUR, noNaN: true }),
})

const heightOf =
  ({ middle, swing, phase, period }: { middle: number; swing: number; phase: number; period: number }) =>
  (at: number): number =>
    middle + swing * Math.sin(phase + ((at - START) * 2 * Math.PI) / period)

it('splits an interval to the second where an altitude crosses limits', () => {
  fc.assert(
    fc.property(wave, fc.integer({ min: 1, max: DAY }), (shape, seconds) => {
      const height = heightOf(shape)
      const limits = [-18, -12, -6, -0.8]
      const found = bandIntervals({ start: START, end: START + seconds }, height, limits)
      expect(found).toEqual(runsByTheSecond(seconds, height, limits))
    }),
    { numRuns: 20 },
  )
})

it('finds an altitude that crosses a limit for minutes only', () => {
  const sliver = fc.double({ min: 1e-6, max: 0.01, noNaN: true })
  fc.assert(
    fc.property(wave, sliver, fc.boolean(), (shape, depth, above) => {
      const limit = shape.middle + (above ? 1 : -1) * (shape.swing - depth)
      fc.pre(Math.abs(limit) < 45)
      const found = bandIntervals({ start: START, end: START + DAY }, heightOf(shape), [limit])
      expect(found).toEqual(runsByTheSecond(DAY, heightOf(shape), [limit]))
    }),
    { numRuns: 20 },
  )
})

it('rounds inward', () => {
  const height = (at: number): number => at - START - 100.5
  const during = { start: START, end: START + HOUR }
  expect(intervalsWhere(true, 0, height, during)).toEqual([{ start: START, end: START + 100 }])
  expect(intervalsWhere(false, 0, height, during)).toEqual([{ start: START + 101, end: START + HOUR }])
  expect(intervalsWhere(true, 1e6, height, during)).toEqual([during])
  expect(intervalsWhere(false, 1e6, height, during)).toEqual([])
})
