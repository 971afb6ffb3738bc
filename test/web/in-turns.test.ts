import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { computeInTurns } from '../../web/month/in-turns.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** Computes for so many milliseconds, by a clock that nothing else moves on. */
const computing = (ms: number) => () => vi.advanceTimersByTime(ms)
const TEN = Array.from({ length: 10 }, (_, n) => n)

it('what takes long is computed in several turns of the event loop, each of 12 ms or little more', async () => {
  const told: number[] = []
  computeInTurns(TEN, computing(5), (done) => told.push(done))
  expect(told).toEqual([3])
  await vi.waitFor(() => expect(told).toEqual([3, 6, 9, 10]))
})

it('what is known already is done in the first turn', () => {
  const told: number[] = []
  computeInTurns(TEN, computing(0), (done) => told.push(done))
  expect(told).toEqual([10])
})

it('what is longer than a turn is computed one by one', async () => {
  const told: number[] = []
  computeInTurns(TEN.slice(0, 3), computing(50), (done) => told.push(done))
  await vi.waitFor(() => expect(told).toEqual([1, 2, 3]))
})

it('nothing is computed after it was ended', async () => {
  const told: number[] = []
  const end = computeInTurns(TEN, computing(5), (done) => told.push(done))
  end()
  const later: number[] = []
  computeInTurns(TEN, computing(5), (done) => later.push(done))
  await vi.waitFor(() => expect(later.at(-1)).toBe(10))
  expect(told).toEqual([3])
})
