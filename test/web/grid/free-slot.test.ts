import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../../src/domain/interval.ts'
import { slotAt, reservablePart } from '../../../web/grid/free-slot.ts'

const night = { start: 0, end: 10 * HOUR }
const taken = [
  { start: 2 * HOUR, end: 3 * HOUR },
  { start: 3 * HOUR + 40 * MINUTE, end: 5 * HOUR },
]
const minutes = (at: number) => {
  const slot = slotAt(at * MINUTE, night, taken)
  return slot && [slot.start / MINUTE, slot.end / MINUTE]
}

describe('a slot at a point of free time', () => {
  it('starts where the free time does if that is near, else at a quarter of an hour', () => {
    expect(minutes(5)).toEqual([0, 30])
    expect(minutes(62)).toEqual([60, 90])
    expect(minutes(190)).toEqual([180, 210])
  })

  it('ends where the next reservation starts', () => {
    expect(minutes(118)).toEqual([90, 120])
    expect(minutes(215)).toEqual([190, 220])
  })

  it('is none in time that is taken, or past', () => {
    expect(minutes(130)).toBeUndefined()
    expect(slotAt(10, reservablePart(night, HOUR), [])).toBeUndefined()
  })
})

it('what is still to come begins with a step of five minutes', () => {
  expect(reservablePart(night, HOUR + 1)).toEqual({ start: HOUR + 5 * MINUTE, end: night.end })
  expect(reservablePart(night, -HOUR)).toEqual(night)
})
