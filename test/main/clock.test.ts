import { beforeEach, expect, it } from 'vitest'
import { elapsed, elapsedBy } from '../../src/main/clock.ts'

let running: number
let timeOfDay: number
let clock: () => number
beforeEach(() => {
  running = 5000
  timeOfDay = 1_900_000_000_000
  clock = elapsedBy(
    () => running,
    () => timeOfDay,
  )
})
/** Milliseconds that both clocks see. */
const goBy = (ms: number) => {
  running += ms
  timeOfDay += ms
}
const since = (from: number) => Math.round((clock() - from) * 1000)

it('counts the seconds that go by, whoever puts the time of day back', () => {
  const from = clock()
  goBy(10_000)
  timeOfDay -= 3_600_000
  expect(since(from)).toBe(10_000)
  goBy(10_000)
  expect(since(from)).toBe(20_000)
})

it('counts what a process sleeps through, also after the time of day was put back', () => {
  const from = clock()
  timeOfDay -= 3_600_000
  expect(since(from)).toBe(0)
  timeOfDay += 60_000
  expect(since(from)).toBe(60_000)
})

it('counts many short sleeps', () => {
  const from = clock()
  for (let n = 0; n < 100; n++) {
    goBy(1)
    timeOfDay += 40
    clock()
  }
  expect(since(from)).toBeGreaterThan(4100 - 50)
  expect(since(from)).toBeLessThanOrEqual(4100)
})

it('does not run ahead because the two clocks tremble', () => {
  const from = clock()
  for (let n = 0; n < 10_000; n++) {
    goBy(1)
    timeOfDay += n % 2 === 0 ? 3 : -3
    clock()
  }
  expect(since(from)).toBeLessThanOrEqual(10_003)
  expect(since(from)).toBeGreaterThanOrEqual(10_000)
})

it('never goes back', () => {
  const readings = Array.from({ length: 1000 }, elapsed)
  expect(readings).toEqual(readings.toSorted((a, b) => a - b))
})
