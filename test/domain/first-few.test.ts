import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { firstFew } from '../../src/domain/first-few.ts'

it('keeps the first of any number, as a stable sort has them', () => {
  // By default they would be some ten, and sorted only in the end.
  const numbers = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 600, size: 'max' })
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 30 }), (list, limit) => {
      const items = list.map((rank, index) => ({ rank, index }))
      const few = firstFew<(typeof items)[0]>(limit, (a, b) => a.rank - b.rank)
      for (const item of items) few.add(item)
      expect(few.hasMore()).toBe(list.length > limit)
      expect(few.items()).toEqual(items.toSorted((a, b) => a.rank - b.rank).slice(0, limit))
      expect(few.hasMore()).toBe(list.length > limit)
    }),
    // Sorted with the last of them, so that no more are left than are kept.
    { examples: [[Array.from({ length: 104 }, (_, n) => n % 40), 1]] },
  )
})
