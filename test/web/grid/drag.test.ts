import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../../src/domain/interval.ts'
import { draggedTo, type Grip } from '../../../web/grid/drag.ts'

const STEP = 5 * MINUTE
const NINE = 21 * HOUR
const during = { start: NINE, end: NINE + HOUR }
const night = { start: NINE, end: NINE + 8 * HOUR }
const minutes = ({ start, end }: { start: number; end: number }) => [(start - NINE) / 60, (end - NINE) / 60]

describe('over free time, a drag', () => {
  const from = (at: number, to: number) => minutes(draggedTo({ grip: 'new', during: night, at }, to))

  it('covers the steps under both of its ends, in either direction', () => {
    expect(from(NINE + 62, NINE + 1798)).toEqual([0, 30])
    expect(from(NINE + 1798, NINE + 62)).toEqual([0, 30])
  })

  it('is a step long at least, and stays within its time', () => {
    expect(from(NINE + 600, NINE + 600)).toEqual([10, 15])
    expect(from(NINE + 600, NINE - HOUR)).toEqual([0, 10])
    expect(from(night.end - 600, night.end + HOUR)).toEqual([470, 480])
  })
})

describe('a reservation', () => {
  const drag = (grip: Grip, by: number) => minutes(draggedTo({ grip, during, at: NINE + 1700 }, NINE + 1700 + by))

  it('is moved by steps, with its length', () => {
    expect(drag('move', 5 * HOUR)).toEqual([300, 360])
    expect(drag('move', -170)).toEqual([-5, 55])
  })

  it('is pulled at one end, which does not pass the other', () => {
    expect(drag('end', HOUR)).toEqual([0, 120])
    expect(drag('end', -2 * HOUR)).toEqual([0, 5])
    expect(drag('start', -HOUR)).toEqual([-60, 60])
    expect(drag('start', 2 * HOUR)).toEqual([55, 60])
  })

  it('stays at a time between two steps until it is dragged, and then is on a step', () => {
    const odd = { start: NINE + 17, end: NINE + HOUR + 17 }
    const moved = (by: number) => draggedTo({ grip: 'move', during: odd, at: NINE + 900 }, NINE + 900 + by)
    expect(moved(100)).toEqual(odd)
    expect(minutes(moved(600))).toEqual([10, 70])
  })
})

it('any drag of any end gives an interval of at least a step, with the other end where it was', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('move' as const, 'start' as const, 'end' as const),
      fc.integer({ min: 0, max: 86_400 }),
      fc.integer({ min: STEP, max: 86_400 }),
      fc.integer({ min: -86_400, max: 86_400 }),
      (grip, start, length, by) => {
        const before = { start, end: start + length }
        const after = draggedTo({ grip, during: before, at: start }, start + by)
        const shortest = grip === 'move' ? length : 1
        expect(after.end - after.start).toBeGreaterThanOrEqual(shortest)
        if (grip === 'start') expect(after.end).toBe(before.end)
        if (grip === 'end') expect(after.start).toBe(before.start)
        for (const [at, was] of [
          [after.start, before.start],
          [after.end, before.end],
        ] as const)
          if (at !== was && grip !== 'move') expect(Math.abs(at % STEP)).toBe(0)
      },
    ),
  )
})
