import { expect, it } from 'vitest'
import { memoizeByNight } from '../../src/sky/memoize-by-night.ts'
import { saf } from './sites.ts'

const date = '2030-06-20'
const NIGHT = { site: saf, date }

it.each([
  ['the date', { site: saf, date: '2030-06-21' }],
  ['the latitude', { site: { ...saf, latitude: saf.latitude + 1e-6 }, date }],
  ['the longitude', { site: { ...saf, longitude: saf.longitude + 1e-6 }, date }],
  ['the elevation', { site: { ...saf, elevation: saf.elevation + 1 }, date }],
  ['the time zone', { site: { ...saf, timeZone: 'America/Phoenix' }, date }],
])('nights that differ by %s have results of their own', (_, other) => {
  const found = memoizeByNight((night) => ({ night }))
  expect([found(NIGHT).night, found(other).night]).toEqual([NIGHT, other])
})

it('two telescopes at one place have one result', () => {
  const found = memoizeByNight((night) => ({ night }))
  expect(found({ site: { ...saf, code: 'other', name: 'Other' }, date })).toBe(found(NIGHT))
})
