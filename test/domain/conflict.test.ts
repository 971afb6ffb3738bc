import { describe, expect, it } from 'vitest'
import { conflicts, inEffect, conflictingWith, addedTime } from '../../src/domain/conflict.ts'
import type { Reservation, Stored } from '../../src/domain/reservation.ts'
import { bo, from, grace, on, proposed } from '../context.ts'

const adas = (start: string, end: string, overrides: Partial<Reservation> = {}) =>
  proposed({ ...from(9, start, end), ...overrides })
const bos = (start: string, end: string, overrides: Partial<Reservation> = {}) =>
  proposed({ by: bo, ...from(9, start, end), ...overrides })
const standing = (...reservations: Reservation[]): Stored[] =>
  reservations.map((reservation) => ({ reservation, revision: 1 }))
const idsOf = (stored: readonly Stored[]) => stored.map(({ reservation }) => reservation.id)

describe('two reservations', () => {
  const aSecondEarly = { start: on(9, '02:00') - 1 }
  const maintenance = { kind: 'maintenance' } as const

  it.each([
    ['of different observers conflict when they overlap', adas('01:00', '02:00'), bos('01:30', '03:00'), true],
    ['of different observers do not when they are back to back', adas('01:00', '02:00'), bos('02:00', '03:00'), false],
    [
      'of different observers conflict for a single second',
      adas('01:00', '02:00'),
      bos('02:00', '03:00', aSecondEarly),
      true,
    ],
    ['at different sites do not', adas('01:00', '02:00'), bos('01:00', '02:00', { site: 'mrc1' }), false],
    ['of one observer do not', adas('01:00', '02:00'), adas('01:30', '03:00'), false],
    [
      'of one observer conflict when one is maintenance',
      adas('01:00', '02:00', maintenance),
      adas('01:30', '03:00'),
      true,
    ],
    ['of two conflict when one is maintenance', adas('01:00', '02:00', maintenance), bos('01:30', '03:00'), true],
    ['of one observer do not when back to back', adas('01:00', '02:00', maintenance), adas('02:00', '03:00'), false],
  ])('%s', (_, a, b, conflicting) => {
    expect(conflicts(a, b)).toBe(conflicting)
    expect(conflicts(b, a)).toBe(conflicting)
  })
})

describe('what is in effect at an instant', () => {
  const closure = bos('01:00', '02:00', { kind: 'maintenance' })

  it('is maintenance alone while it is on', () => {
    expect(inEffect([adas('00:30', '01:30'), closure, adas('01:00', '03:00')])).toEqual([closure])
  })

  it('is otherwise every reservation', () => {
    const all = [adas('00:30', '01:30'), adas('01:00', '03:00')]
    expect(inEffect(all)).toEqual(all)
    expect(inEffect([])).toEqual([])
  })
})

describe('the time that an amendment adds', () => {
  const before = adas('02:00', '04:00')

  it('is all of a new reservation', () => {
    expect(addedTime(before, undefined)).toEqual([before])
  })

  it.each([
    ['only what it grows by at its end', { end: on(9, '05:00') }, [from(9, '04:00', '05:00')]],
    [
      'what it grows by at both ends',
      from(9, '01:00', '05:00'),
      [from(9, '01:00', '02:00'), from(9, '04:00', '05:00')],
    ],
    ['nothing when it shrinks', from(9, '02:30', '03:00'), []],
    ['only the new part when it shifts', from(9, '03:00', '05:00'), [from(9, '04:00', '05:00')]],
    ['all of it when it goes elsewhere in time', from(9, '06:00', '07:00'), [from(9, '06:00', '07:00')]],
  ])('is %s', (_, change, claimed) => {
    expect(addedTime({ ...before, ...change }, before)).toEqual(claimed)
  })

  it.each([
    ['at another site', { site: 'mrc1' }],
    ['as maintenance', { kind: 'maintenance' }],
  ] as const)('is all of it when it comes to stand %s', (_, change) => {
    const after = { ...before, ...change }
    expect(addedTime(after, before)).toEqual([after])
  })

  it('is nothing if maintenance becomes observing', () => {
    expect(addedTime(before, { ...before, kind: 'maintenance' })).toEqual([])
  })
})

describe('the conflicts of a proposed reservation', () => {
  it('are sorted by time, and only what conflicts', () => {
    const late = bos('03:30', '05:00')
    const early = bos('01:00', '02:30')
    const others = standing(late, adas('02:00', '03:00'), bos('04:00', '05:00'), early, bos('00:00', '02:00'))
    expect(idsOf(conflictingWith(adas('02:00', '04:00'), others))).toEqual([early.id, late.id])
  })

  it('never include the amended reservation itself', () => {
    const before = adas('02:00', '04:00', { kind: 'maintenance' })
    expect(conflictingWith({ ...before, end: on(9, '05:00') }, standing(before), before)).toEqual([])
  })

  it('of one duplicate row include the other', () => {
    const before = adas('02:00', '03:00', { kind: 'maintenance' })
    const duplicate = { ...before, ...from(9, '04:00', '05:00') }
    expect(conflictingWith({ ...before, end: on(9, '04:30') }, standing(before, duplicate), before)).toEqual(
      standing(duplicate),
    )
  })

  it('of an amendment exclude existing overlaps that do not grow', () => {
    const before = adas('02:00', '04:00')
    const legacy = bos('03:00', '05:00')
    expect(conflictingWith({ ...before, note: 'as it was' }, standing(before, legacy), before)).toEqual([])
    expect(conflictingWith({ ...before, start: on(9, '01:00') }, standing(before, legacy), before)).toEqual([])
    expect(idsOf(conflictingWith({ ...before, end: on(9, '04:01') }, standing(before, legacy), before))).toEqual([
      legacy.id,
    ])
  })

  it("of an observer's own time turned into maintenance is their own as well", () => {
    const before = proposed({ by: grace, ...from(9, '02:00', '04:00') })
    const own = proposed({ by: grace, ...from(9, '03:00', '05:00') })
    expect(conflictingWith({ ...before, kind: 'maintenance' }, standing(before, own), before)).toEqual(standing(own))
  })
})
