import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Interval,
  mergeIntervals,
  durationOf,
  secondAt,
  overlaps,
  intersectIntervals,
  overlapping,
  subtractIntervals,
} from '../../src/domain/interval.ts'

const interval = (start: number, end: number): Interval => ({ start, end })

describe('overlaps', () => {
  it.each([
    ['apart', interval(0, 5), interval(7, 9), false],
    ['back to back', interval(0, 5), interval(5, 9), false],
    ['sharing one second', interval(0, 6), interval(5, 9), true],
    ['one within the other', interval(0, 9), interval(3, 4), true],
    ['the same', interval(0, 9), interval(0, 9), true],
  ])('of two that are %s', (_, a, b, overlapping) => {
    expect(overlaps(a, b)).toBe(overlapping)
    expect(overlaps(b, a)).toBe(overlapping)
  })
})

describe('the second at an instant', () => {
  it('begins at the instant', () => {
    expect(overlaps(secondAt(5), interval(5, 6))).toBe(true)
    expect(overlaps(secondAt(5), interval(0, 5))).toBe(false)
    expect(durationOf(secondAt(5))).toBe(1)
  })
})

describe('subtracting intervals', () => {
  const [first, last] = [interval(10, 11), interval(18, 20)]
  it.each([
    ['nothing taken off', [], [interval(10, 20)]],
    ['a hole in it', [interval(13, 15)], [interval(10, 13), interval(15, 20)]],
    ['its beginning off', [interval(5, 12)], [interval(12, 20)]],
    ['its end off', [interval(18, 25)], [interval(10, 18)]],
    ['all of it off', [interval(10, 20)], []],
    ['more than all of it off', [interval(0, 30)], []],
    ['what only touches it off', [interval(0, 10), interval(20, 30)], [interval(10, 20)]],
    [
      'parts off, in any order',
      [interval(16, 18), interval(11, 13), interval(12, 14)],
      [first, interval(14, 16), last],
    ],
  ])('with %s', (_, parts, left) => {
    expect(subtractIntervals(interval(10, 20), parts)).toEqual(left)
  })

  it('leaves every uncovered second, sorted, in as few intervals as possible', () => {
    const aLength = fc.integer({ min: 1, max: 12 })
    const anInterval = fc.tuple(fc.nat(40), aLength).map(([start, length]) => interval(start, start + length))
    fc.assert(
      fc.property(anInterval, fc.array(anInterval, { maxLength: 6 }), (whole, parts) => {
        const left = subtractIntervals(whole, parts)
        const secondsOf = ({ start, end }: Interval) => Array.from({ length: end - start }, (_, index) => start + index)
        const uncovered = secondsOf(whole).filter((second) => !parts.some((part) => overlaps(part, secondAt(second))))
        expect(left.flatMap(secondsOf)).toEqual(uncovered)
        for (const [index, chunk] of left.entries())
          if (index > 0) expect(chunk.start).toBeGreaterThan(left[index - 1]!.end)
      }),
    )
  })
})

describe('the intersection of two lists', () => {
  it('covers the seconds that are in both, sorted', () => {
    const some = fc
      .array(
        fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 })).map(([start, length]) => interval(start, start + length)),
        { maxLength: 12 },
      )
      .map(mergeIntervals)
    const secondsOf = (intervals: readonly Interval[]) =>
      intervals.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, index) => start + index))
    fc.assert(
      fc.property(some, some, (a, b) => {
        const inB = new Set(secondsOf(b))
        expect(secondsOf(intersectIntervals(a, b))).toEqual(secondsOf(a).filter((second) => inB.has(second)))
      }),
    )
  })
})

describe('merging intervals', () => {
  it.each([
    ['whatever their order', [interval(5, 9), interval(0, 6)], 0, [interval(0, 9)]],
    ['with what lies within another', [interval(0, 9), interval(3, 4)], 0, [interval(0, 9)]],
    ['back to back', [interval(0, 5), interval(5, 9)], 0, [interval(0, 9)]],
    ['across a gap that is shorter', [interval(0, 5), interval(7, 9)], 3, [interval(0, 9)]],
    ['not across a gap as long', [interval(0, 5), interval(8, 9)], 3, [interval(0, 5), interval(8, 9)]],
  ])('%s', (_, intervals, gap, merged) => {
    expect(mergeIntervals(intervals, gap)).toEqual(merged)
  })

  it('covers the same time with as few intervals as possible, sorted', () => {
    const some = fc.array(
      fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 9 })).map(([start, length]) => interval(start, start + length)),
      { maxLength: 12 },
    )
    const secondsOf = (intervals: readonly Interval[]) =>
      new Set(intervals.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, n) => start + n)))
    fc.assert(
      fc.property(some, (intervals) => {
        const whole = mergeIntervals(intervals)
        expect(secondsOf(whole)).toEqual(secondsOf(intervals))
        for (const [index, { start }] of whole.entries()) expect(start).toBeGreaterThan(whole[index - 1]?.end ?? -1)
      }),
    )
  })
})

describe('those that overlap an interval', () => {
  it('are all of a sorted list that do', () => {
    const some = fc
      .array(
        fc.tuple(fc.nat(200), fc.integer({ min: 1, max: 9 })).map(([start, length]) => interval(start, start + length)),
      )
      .map(mergeIntervals)
    const during = fc.tuple(fc.nat(200), fc.nat(50)).map(([start, length]) => interval(start, start + length + 1))
    fc.assert(
      fc.property(some, during, (list, one) => {
        expect(overlapping(list, one)).toEqual(list.filter((other) => overlaps(other, one)))
      }),
    )
  })
})
