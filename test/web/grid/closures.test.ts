import { describe, expect, it } from 'vitest'
import { isClosed, isClosure } from '../../../web/grid/closures.ts'
import { reserved, saf, spanOf, tromso } from '../sites.ts'

const maintenance = (start: string, end: string) => reserved(start, end, { kind: 'maintenance' })

describe('a closure', () => {
  it('is maintenance over all dark time of a night, alone or among several', () => {
    // At saf it is dark from 01:21Z to 12:21Z.
    expect(isClosure(saf, maintenance('2026-11-27T01:00:00Z', '2026-11-27T13:00:00Z'))).toBe(true)
    expect(isClosure(saf, maintenance('2026-11-27T08:00:00Z', '2026-11-29T08:00:00Z'))).toBe(true)
  })

  it('is not maintenance for a part of a night, and no other reservation', () => {
    expect(isClosure(saf, maintenance('2026-11-27T01:00:00Z', '2026-11-27T12:00:00Z'))).toBe(false)
    expect(isClosure(saf, reserved('2026-11-27T01:00:00Z', '2026-11-27T13:00:00Z', { kind: 'project' }))).toBe(false)
  })

  it('takes the whole night where it does not get dark', () => {
    expect(isClosure(tromso, maintenance('2026-06-10T18:00:00Z', '2026-06-11T06:00:00Z'))).toBe(false)
    expect(isClosure(tromso, maintenance('2026-06-10T10:00:00Z', '2026-06-11T10:00:00Z'))).toBe(true)
  })
})

it('a night is closed by closures that leave none of its dark time', () => {
  const night = { site: saf, date: '2026-11-26' }
  const halves = [
    spanOf('2026-11-27T00:00:00Z', '2026-11-27T06:00:00Z'),
    spanOf('2026-11-27T06:00:00Z', '2026-11-27T14:00:00Z'),
  ]
  expect(isClosed(night, halves)).toBe(true)
  expect(isClosed(night, halves.slice(1))).toBe(false)
})
