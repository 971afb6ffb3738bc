import { expect, it } from 'vitest'
import { formatShown, stripStart } from '../../web/frame/shown-nights.ts'
import { saf } from './sites.ts'

it.each([
  ['week', '2026-11-25', '25 Nov – 1 Dec 2026'],
  ['week', '2026-11-02', '2 – 8 Nov 2026'],
  ['agenda', '2026-12-28', '28 Dec 2026 – 3 Jan 2027'],
  ['night', '2026-11-26', 'Thu 26 Nov 2026'],
  ['month', '2026-11-26', 'November 2026'],
] as const)('a %s from %s is %s', (view, first, text) => {
  expect(formatShown(saf, view, first)).toBe(text)
})

it.each([
  ['2026-11-26', '2026-11-25'],
  ['2026-11-25', '2026-11-25'],
  ['2026-12-01', '2026-11-25'],
  ['2026-12-02', '2026-12-02'],
  ['2026-11-24', '2026-11-18'],
  ['2027-03-20', '2027-03-17'],
])('the strip with %s begins on %s', (night, start) => {
  expect(stripStart('2026-11-26', night)).toBe(start)
})
