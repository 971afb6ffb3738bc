import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { overlaps } from '../../../src/domain/interval.ts'
import { shareWidth } from '../../../web/grid/side-by-side.ts'

const sharesOf = (...intervals: readonly (readonly [number, number])[]) => {
  const all = intervals.map(([start, end]) => ({ start, end }))
  const shares = shareWidth(all)
  return all.map((one) => `${shares.get(one)?.index}/${shares.get(one)?.count}`)
}

describe('intervals that overlap', () => {
  it('share the width; those back to back do not', () => {
    expect(sharesOf([0, 2], [1, 3], [3, 4])).toEqual(['0/2', '1/2', '0/1'])
  })

  it('take the first share that is empty by then, with others that they touch over a third', () => {
    expect(sharesOf([0, 5], [1, 2], [2, 3], [4, 6])).toEqual(['0/2', '1/2', '1/2', '1/2'])
    expect(sharesOf([0, 3], [1, 3], [2, 3])).toEqual(['0/3', '1/3', '2/3'])
  })

  it('are never in one share', () => {
    const interval = fc
      .tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 20 }))
      .map(([start, length]) => ({ start, end: start + length }))
    fc.assert(
      fc.property(fc.array(interval, { maxLength: 20, size: 'max' }), (all) => {
        const shares = shareWidth(all)
        for (const [n, a] of all.entries())
          for (const b of all.slice(n + 1)) {
            if (!overlaps(a, b)) continue
            expect(shares.get(a)?.count).toBe(shares.get(b)?.count)
            expect(shares.get(a)?.index).not.toBe(shares.get(b)?.index)
          }
      }),
    )
  })
})
