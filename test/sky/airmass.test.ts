import { describe, expect, it } from 'vitest'
import { airmassAt, altitudeOfAirmass } from '../../src/sky/airmass.ts'

describe('airmass', () => {
  it.each([
    // Bemporad's table, by zenith distance, as in Allen's Astrophysical Quantities: Pickering's formula follows it to 1%.
    [30, 1.154],
    [60, 1.995],
    [70, 2.904],
    [75, 3.816],
    [80, 5.6],
    [85, 10.395],
    [88, 19.787],
  ])('at a zenith distance of %i degrees is %f', (distance, airmass) => {
    expect((airmassAt(90 - distance) ?? 0) / airmass).toBeCloseTo(1, 1.7)
  })

  it('goes from 38.75 at the horizon to 1 at the zenith, and there is none below', () => {
    expect(airmassAt(0)).toBeCloseTo(38.75, 2)
    expect(airmassAt(90)).toBe(1)
    expect(airmassAt(-0.1)).toBeUndefined()
  })

  it.each([1.0001, 1.1, 1.5, 2, 3, 5, 10, 20, 38])('is %f at the altitude that it is turned into', (airmass) => {
    expect(airmassAt(altitudeOfAirmass(airmass))).toBeCloseTo(airmass, 8)
  })

  it('is met everywhere above the horizon beyond the airmass of the horizon, and by the zenith at 1', () => {
    expect(altitudeOfAirmass(50)).toBe(0)
    expect(altitudeOfAirmass(1)).toBeCloseTo(89.964, 3)
  })
})
