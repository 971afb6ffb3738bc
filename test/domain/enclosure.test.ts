import { describe, expect, it } from 'vitest'
import { addedTime, claimedTimes, conflictingWith, conflicts } from '../../src/domain/conflict.ts'
import { assertReservable, closingCodes, takenCodes, telescopesIn } from '../../src/domain/enclosure.ts'
import type { Reservation, Stored } from '../../src/domain/reservation.ts'
import { ada, bo, enclosureOf, from, grace, proposed, saf } from '../context.ts'

const telescopes = new Map([[saf.code, saf], ...enclosureOf('aro'), ...enclosureOf('mrc')])
const time = from(9, '02:00', '04:00')
const session = (site: string, overrides: Partial<Reservation> = {}) =>
  proposed({ by: bo, site, ...time, ...overrides })
const closure = (site: string, overrides: Partial<Reservation> = {}) =>
  proposed({ by: grace, site, kind: 'maintenance', ...time, ...overrides })
const standing = (...reservations: Reservation[]): Stored[] =>
  reservations.map((reservation) => ({ reservation, revision: 1 }))

describe('an enclosure', () => {
  it('has the telescopes that name it', () => {
    expect(telescopesIn('aro', telescopes)).toEqual(['aro1', 'aro2'])
    for (const code of ['aro1', 'saf', 'elsewhere']) expect(telescopesIn(code, telescopes)).toEqual([])
  })

  it('closes its telescopes, as their own codes do', () => {
    expect(closingCodes('aro2', telescopes)).toEqual(['aro2', 'aro'])
    expect(closingCodes('saf', telescopes)).toEqual(['saf'])
    expect(takenCodes(closure('aro'), telescopes)).toEqual(['aro', 'aro1', 'aro2'])
    expect(takenCodes(session('aro'), telescopes)).toEqual(['aro'])
  })

  it.each([
    ['at one of its telescopes', closure('aro'), session('aro1'), true],
    ['of their own maker', closure('aro'), session('aro2', { observer: grace.id }), true],
    ['which is maintenance too', closure('aro'), closure('aro2'), true],
    ['at itself', closure('aro'), closure('aro'), true],
    ['at another enclosure', closure('aro'), session('mrc1'), false],
    ['at a telescope without one', closure('aro'), session('saf'), false],
    ['before it', closure('aro'), session('aro1', from(9, '01:00', '02:00')), false],
  ])('under maintenance conflicts with a reservation %s or not', (_, a, b, conflicting) => {
    expect(conflicts(a, b, telescopes)).toBe(conflicting)
    expect(conflicts(b, a, telescopes)).toBe(conflicting)
  })

  it('conflicts with none of its telescopes by an old reservation that is not maintenance', () => {
    expect(conflicts(session('aro'), session('aro1', { observer: ada.id }), telescopes)).toBe(false)
    expect(conflicts(session('aro'), closure('aro1'), telescopes)).toBe(false)
  })

  it('leaves its telescopes to conflict only with themselves', () => {
    expect(conflicts(closure('aro1'), session('aro2'), telescopes)).toBe(false)
  })

  it('takes reservations of maintenance only', () => {
    expect(() => assertReservable(session('aro'), telescopes)).toThrow(
      'Error: aro is an enclosure, where only maintenance can be reserved; please reserve aro1 or aro2',
    )
    expect(() => assertReservable(session('aro'), telescopes, session('aro1'))).toThrow('aro is an enclosure')
    expect(() => assertReservable(session('aro'), telescopes, closure('aro'))).toThrow('aro is an enclosure')
    assertReservable(closure('aro'), telescopes)
    assertReservable(session('aro1'), telescopes)
    assertReservable(session('elsewhere'), telescopes)
  })

  it('keeps an old reservation at its code amendable', () => {
    assertReservable(session('aro', from(9, '02:00', '03:00')), telescopes, session('aro'))
  })
})

describe('what a change can conflict with', () => {
  it('is only its own site where there is no enclosure', () => {
    expect(claimedTimes(session('saf'), undefined, telescopes)).toEqual([
      { site: 'saf', during: expect.objectContaining(time), onlyMaintenance: false },
    ])
  })

  it.each([
    ['of a telescope: itself, and its closed enclosure', session('aro1'), undefined, ['aro1', 'aro maintenance']],
    ['of a closure: its telescopes too', closure('aro'), undefined, ['aro', 'aro1', 'aro2']],
    ['moved to the enclosure: what it did not close', closure('aro'), closure('aro1'), ['aro', 'aro2']],
    ['moved from the enclosure to a telescope: nothing', closure('aro2'), closure('aro'), []],
    ['moved to another telescope: all there', session('aro2'), session('aro1'), ['aro2', 'aro maintenance']],
    ['moved to another enclosure: all there', closure('mrc'), closure('aro'), ['mrc', 'mrc1', 'mrc2']],
    ['become maintenance: all', closure('aro1'), session('aro1'), ['aro1', 'aro maintenance']],
    ['unmoved: nothing', closure('aro', { note: 'wind' }), closure('aro'), []],
  ])('is, %s', (_, after, before, expected) => {
    const claims = claimedTimes(after, before, telescopes)
    expect(claims.map(({ site, onlyMaintenance }) => site + (onlyMaintenance ? ' maintenance' : ''))).toEqual(expected)
  })

  it('is only the time that is new, at every telescope', () => {
    const claims = claimedTimes(closure('aro', from(9, '02:00', '05:00')), closure('aro'), telescopes)
    const during = from(9, '04:00', '05:00')
    expect(claims).toEqual(['aro', 'aro1', 'aro2'].map((site) => ({ site, during, onlyMaintenance: false })))
    expect(addedTime(closure('aro1'), closure('aro'), ['aro1'], telescopes)).toEqual([])
  })

  it('excludes an overlap that a closure has already when it is narrowed to one telescope', () => {
    const imported = session('aro1')
    const before = closure('aro')
    const after = { ...before, site: 'aro1' }
    expect(conflictingWith(after, standing(imported, before), before, telescopes)).toEqual([])
    expect(conflictingWith(closure('aro1'), standing(imported), undefined, telescopes)).toEqual(standing(imported))
  })
})
