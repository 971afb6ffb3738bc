import fc from 'fast-check'
import ICAL from 'ical.js'
import { expect, it } from 'vitest'
import { type ContentLines, openContentLines } from '../../src/wire/content-lines.ts'
import { addCalendarStart, addEvent, CALENDAR_END, type CalendarEvent, placeLines } from '../../src/wire/icalendar.ts'
import { on, TODAY } from '../context.ts'

const written = (add: (lines: ContentLines) => void) => {
  const lines = openContentLines()
  add(lines)
  return lines.take().toString()
}
const eventLines = (event: CalendarEvent) => written((lines) => addEvent(event, lines))
const textLine = (text: string) => written((lines) => lines.addText('NAME', text))

const EVENT = {
  uid: 'one',
  revision: 3,
  at: TODAY,
  start: on(9, '03:00'),
  end: on(9, '04:30'),
  summary: 'M31',
  description: 'Observer: Ada',
  place: placeLines('Apache Ridge', { latitude: 35.554298, longitude: -105.870197 }),
  categories: ['PROJECT'],
  isCancelled: false,
  isBusy: true,
}

it('an event is written with UTC times, its sequence and its state', () => {
  expect(eventLines(EVENT).split('\r\n')).toEqual([
    'BEGIN:VEVENT',
    'UID:one',
    'DTSTAMP:20300301T000000Z',
    'LAST-MODIFIED:20300301T000000Z',
    'SEQUENCE:2',
    'DTSTART:20300309T030000Z',
    'DTEND:20300309T043000Z',
    'SUMMARY:M31',
    'DESCRIPTION:Observer: Ada',
    'LOCATION:Apache Ridge',
    'GEO:35.554298;-105.870197',
    'CATEGORIES:PROJECT',
    'STATUS:CONFIRMED',
    'TRANSP:OPAQUE',
    'END:VEVENT',
    '',
  ])
})

it('a cancelled event takes no time, and a row without a history has sequence 0', () => {
  const lines = eventLines({ ...EVENT, revision: 0, isCancelled: true, description: '', place: placeLines('saf') })
  expect(lines).toContain('SEQUENCE:0\r\n')
  expect(lines).toContain('STATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\n')
  expect(lines).toContain('LOCATION:saf\r\n')
  expect(lines).not.toMatch(/^(DESCRIPTION|GEO)/m)
})

it.each([
  ['M31, 2; "r" \\', String.raw`M31\, 2\; "r" \\`],
  ['one\r\ntwo\nthree\rfour\u2028five', String.raw`one\ntwo\nthree\nfour\nfive`],
  ['a\u0000b\u0007c\td\u007fe\u0085f', 'abc\tdef'],
  ['half \ud83d an emoji', 'half \ufffd an emoji'],
  ['مرصد 🔭 天文台', 'مرصد 🔭 天文台'],
])('the text %j is escaped as %j', (text, escaped) => {
  expect(textLine(text)).toBe(`NAME:${escaped}\r\n`)
})

/** Lines without their folds. */
const unfolded = (lines: string) => lines.replaceAll('\r\n ', '')

it('a line is folded at 75 octets, never within a character, and unfolds to what it was', () => {
  const unit = fc.constantFrom('a', ' ', 'é', 'م', '天', '🔭', '́')
  // By default they would be of some ten characters, and none be folded.
  const text = fc.string({ unit, maxLength: 400, size: 'max' })
  fc.assert(
    fc.property(text, (line) => {
      const folded = textLine(line)
      const pieces = folded.slice(0, -2).split('\r\n')
      for (const [n, piece] of pieces.entries()) {
        expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(75)
        expect(piece.isWellFormed()).toBe(true)
        if (n > 0) expect(piece[0]).toBe(' ')
        // Each line but the last is as long as it can be.
        if (n < pieces.length - 1) expect(Buffer.byteLength(piece)).toBeGreaterThan(75 - 4)
      }
      expect(unfolded(folded)).toBe(`NAME:${line}\r\n`)
    }),
  )
})

it('any text comes back from a foreign parser, without control characters and in whole characters', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.string({ unit: 'grapheme' }),
      (summary, description) => {
        const text = written((lines) => {
          addCalendarStart(summary, 'test', lines)
          addEvent({ ...EVENT, summary, description }, lines)
          lines.addLines(CALENDAR_END)
        })
        // oxlint-disable-next-line no-control-regex -- none of them may be there
        expect(unfolded(text)).not.toMatch(/[^\r]\n|\r[^\n]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/)
        const expected = (wished: string) =>
          wished
            .toWellFormed()
            .replaceAll(/\r\n|[\r\n\u2028\u2029]/g, '\n')
            // oxlint-disable-next-line no-control-regex -- as above
            .replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '')
        const event = new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent('vevent')
        expect(event?.getFirstPropertyValue('summary')).toBe(expected(summary))
        expect(event?.getFirstPropertyValue('description') ?? '').toBe(expected(description))
      },
    ),
  )
})
