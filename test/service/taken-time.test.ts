import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Interval, mergeIntervals } from '../../src/domain/interval.ts'
import { mergedInTurns } from '../../src/service/taken-time.ts'

describe('merging in turns', () => {
  it('gives what merging at once gives', async () => {
    const anInterval = fc.tuple(fc.nat(40_000), fc.integer({ min: 1, max: 5 }))
    const some = fc
      .array(anInterval, { minLength: 4500, maxLength: 4500 })
      .map((list) => list.map(([start, length]) => ({ start, end: start + length })))
    await fc.assert(
      fc.asyncProperty(some, fc.nat(4), async (intervals, gap) => {
        expect(await mergedInTurns(intervals, gap)).toEqual(mergeIntervals(intervals, gap))
      }),
      { numRuns: 5 },
    )
  })

  it('looks at few intervals in each turn of the event loop', async () => {
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
    const merged = await mergedInTurns(
      Array.from({ length: 100_000 }, (_, n) => watched(2 * n)),
      0,
    )
    isOn = false
    turn()
    expect(merged).toHaveLength(100_000)
    expect(most).toBeLessThan(50_000)
  })
})
