import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MIN_INSTANT, MAX_INSTANT } from '../../src/domain/interval.ts'
import { parseTime, writeBasicTime, writeTime } from '../../src/wire/time.ts'
import { at } from '../context.ts'

describe('a time', () => {
  it.each([
    ['2022-06-20T16:15:00Z', '2022-06-20T16:15:00Z'],
    ['2022-06-20T16:15Z', '2022-06-20T16:15:00Z'],
    ['2022-06-20T16:15:00', '2022-06-20T16:15:00Z'],
    ['2022-06-20T16:15', '2022-06-20T16:15:00Z'],
    ['2022-06-20T16:15:59.9Z', '2022-06-20T16:15:59Z'],
    ['2022-06-20T16:15:00.000Z', '2022-06-20T16:15:00Z'],
    ['2022-06-20T16:15:00.123456789', '2022-06-20T16:15:00Z'],
    ['2022-06-20T10:15:00-06:00', '2022-06-20T16:15:00Z'],
    ['2022-06-20T21:45:00+0530', '2022-06-20T16:15:00Z'],
    ['2022-06-20T10:15-06:00', '2022-06-20T16:15:00Z'],
    ['2022-12-31T23:30:00-01:00', '2023-01-01T00:30:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['1969-12-31T23:59:59Z', '1969-12-31T23:59:59Z'],
    ['0099-01-01T00:00:00Z', '0099-01-01T00:00:00Z'],
    ['0000-01-01T00:00:00Z', '0000-01-01T00:00:00Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59Z'],
  ])('may come as %s', (text, written) => {
    const instant = parseTime(text)
    expect(instant).toBe(at(written))
    expect(writeTime(instant!)).toBe(written)
  })

  it.each([
    ['has no time of day', '2022-06-20'],
    ['has no minutes', '2022-06-20T16Z'],
    ['is a date that does not exist', '2030-02-30T00:00:00Z'],
    ['is the 29th of February of another year', '2023-02-29T00:00:00Z'],
    ['is of month 0', '2022-00-10T00:00:00Z'],
    ['is of month 13', '2022-13-10T00:00:00Z'],
    ['is of day 0', '2022-01-00T00:00:00Z'],
    ['is of hour 24', '2022-06-20T24:00:00Z'],
    ['is of minute 60', '2022-06-20T16:60:00Z'],
    ['is a leap second', '2016-12-31T23:59:60Z'],
    ['has a zone by name', '2022-06-20T16:15:00 UTC'],
    ['has an offset of a day', '2022-06-20T16:15:00+24:00'],
    ['has an offset of hours alone', '2022-06-20T16:15:00+02'],
    ['has a space for the T', '2022-06-20 16:15:00'],
    ['has something before it', ' 2022-06-20T16:15:00Z'],
    ['has something after it', '2022-06-20T16:15:00Z\n'],
    ['has a year of five digits', '12022-06-20T16:15:00Z'],
    ['has a year of two digits', '22-06-20T16:15:00Z'],
    ['has a dot and no fraction', '2022-06-20T16:15:00.Z'],
    ['has other digits', '２０２２-06-20T16:15:00Z'],
    ['is a number', '1655741700'],
    ['is empty', ''],
    ['lies before the year 0', '0000-01-01T00:00:00+00:01'],
    ['lies after the year 9999', '9999-12-31T23:59:59-00:01'],
  ])('is rejected if it %s', (_, text) => {
    expect(parseTime(text)).toBeUndefined()
  })

  const anInstant = fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT - 1 })

  it('is written to the second and read back', () => {
    fc.assert(
      fc.property(anInstant, (instant) => {
        expect(writeTime(instant)).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/)
        expect(parseTime(writeTime(instant))).toBe(instant)
      }),
    )
  })

  it('is the same instant with any offset', () => {
    const anOffset = fc.tuple(fc.constantFrom('+', '-'), fc.nat(23), fc.nat(59))
    fc.assert(
      fc.property(
        fc.integer({ min: MIN_INSTANT + 86_400, max: MAX_INSTANT - 86_400 }),
        anOffset,
        (instant, [sign, hours, minutes]) => {
          const ahead = (sign === '+' ? 1 : -1) * (hours * 3600 + minutes * 60)
          const [hh, mm] = [hours, minutes].map((part) => String(part).padStart(2, '0'))
          expect(parseTime(`${writeTime(instant + ahead).slice(0, 19)}${sign}${hh}:${mm}`)).toBe(instant)
        },
      ),
    )
  })

  it('is the same with Z as with the offset +00:00, also if there is no such time', () => {
    const two = (max: number) => fc.nat(max).map((n) => String(n).padStart(2, '0'))
    const year = fc.oneof(fc.nat(9999), fc.constantFrom(0, 99, 100, 1900, 1970, 2000, 2024, 9999))
    const parts = fc.tuple(year, two(13), two(32), two(25), two(61), two(61))
    fc.assert(
      fc.property(parts, ([y, month, day, hour, minute, second]) => {
        const local = `${String(y).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}`
        // A `Z` may be read in a shorter way.
        expect(parseTime(`${local}Z`)).toBe(parseTime(`${local}+00:00`))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is undefined for any other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9TZ:.+-]{10,26}$/)), (text) => {
        const instant = parseTime(text)
        if (instant !== undefined)
          expect(Number.isInteger(instant) && instant >= MIN_INSTANT && instant < MAX_INSTANT).toBe(true)
      }),
    )
  })
})

it('every time is written as the Date of JavaScript writes it, also in the basic format', () => {
  fc.assert(
    fc.property(fc.integer({ min: MIN_INSTANT, max: MAX_INSTANT - 1 }), (instant) => {
      const text = new Date(instant * 1000).toISOString().replace('.000', '')
      expect([writeTime(instant), writeBasicTime(instant)]).toEqual([text, text.replaceAll(/[-:]/g, '')])
      expect(parseTime(text)).toBe(instant)
    }),
  )
})
