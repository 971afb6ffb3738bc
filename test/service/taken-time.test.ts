import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Interval, mergeIntervals } from '../../src/domain/interval.ts'
import { mergeInChunks, takenTime } from '../../src/service/taken-time.ts'
import { memoryStore } from '../context.ts'

describe('merging in turns', () => {
  it('gives what merging at once gives', async () => {
    const anInterval = fc.tuple(fc.nat(40_000), fc.integer({ min: 1, max: 5 }))
    const some = fc
      .array(anInterval, { minLength: 4500, maxLength: 4500 })
      .map((list) => list.map(([start, length]) => ({ start, end: start + length })))
    await fc.assert(
      fc.asyncProperty(some, fc.nat(4), async (intervals, gap) => {
        expect(await mergeInChunks(intervals, gap)).toEqual(mergeIntervals(intervals, gap))
      }),
      { numRuns: 5 },
    )
  })

  it('looks at few intervals in each turn of the event loop', async () => {
    const { intervals, mostLooks } = watchedIntervals(100_000)
    const merged = await mergeInChunks(intervals, 0)
    expect(merged).toHaveLength(100_000)
    expect(mostLooks()).toBeLessThan(50_000)
  })
})

it('merges what a store gives in one piece in turns, too', async () => {
  const { intervals, mostLooks } = watchedIntervals(100_000)
  const chunk = intervals.map((one, n) =>
    Object.assign(one, { id: `${n}`, site: 'saf', observer: 'ada', kind: 'project' as const }),
  )
  async function* outlines() {
    yield await Promise.resolve(chunk)
  }
  const store = { ...memoryStore(), outlines }
  const during = { start: 0, end: 200_000 }
  const taken = await takenTime('saf', during, { store, sites: new Map() }, { shortest: 1, counts: () => true })
  expect(taken?.reserved).toHaveLength(100_000)
  expect(mostLooks()).toBeLessThan(50_000)
})

/** Intervals of a second each, with as long between them. `mostLooks` ends the count of how often one turn has looked at a start. */
function watchedIntervals(count: number): { intervals: Interval[]; mostLooks: () => number } {
  let [looks, most, isOn] = [0, 0, true]
  const turn = () => {
    most = Math.max(most, looks)
    looks = 0
    if (isOn) setImmediate(turn)
  }
  const watched = (start: number): Interval => ({
    get start() {
      looks += 1
      return start
    },
    end: start + 1,
  })
  setImmediate(turn)
  return {
    intervals: Array.from({ length: count }, (_, n) => watched(2 * n)),
    mostLooks() {
      isOn = false
      turn()
      return most
    },
  }
}
