import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLongerThan, quoted, printable } from '../../src/domain/text.ts'

it('the length of a text is that of its code points', () => {
  expect([
    isLongerThan('🔭🔭', 2),
    isLongerThan('🔭🔭', 1),
    isLongerThan('ab', 2),
    isLongerThan('abc', 2),
    isLongerThan('', 0),
  ]).toEqual([false, true, false, true, false])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40, size: 'max' }), fc.nat(40), (text, max) => {
      expect(isLongerThan(text, max)).toBe(Array.from(text).length > max)
    }),
  )
})

describe('a quoted text', () => {
  it.each([
    ['plain ASCII', 'Ada Lovelace (M31 @ f/8)', 'Ada Lovelace (M31 @ f/8)'],
    ['Hebrew', 'עדה', '\u2068עדה\u2069'],
    ['Arabic, with a joiner', 'می\u200cخواهم', '\u2068می\u200cخواهم\u2069'],
    ['another script', '湯川\u3000秀樹', '\u2068湯川 秀樹\u2069'],
    ['accents', 'Ångström', '\u2068Ångström\u2069'],
    ['emoji that are joined', '👩‍🚀', '\u2068👩‍🚀\u2069'],
    ['a line break', 'Ada\r\nBo: free', 'Ada\u{fffd}\u{fffd}Bo: free'],
    ['what a terminal obeys', '\u001b[2JAda\u0007', '\u{fffd}[2JAda\u{fffd}'],
    ['the end of an isolate', 'ab\u2069\u202ecd', 'ab\u{fffd}\u{fffd}cd'],
    ['line separators', 'a\u2028b\u2029c', 'a\u{fffd}b\u{fffd}c'],
    ['half a pair', 'a\ud800b', 'a\u{fffd}b'],
    ['too many characters', 'x'.repeat(300), `${'x'.repeat(256)}…`],
    ['too many emoji', '🔭'.repeat(300), `\u2068${'🔭'.repeat(256)}…\u2069`],
    ['nothing', '', ''],
  ])('of %s stays on its line and turns nothing round', (_, text, reported) => {
    expect(quoted(text)).toBe(reported)
  })

  it('contains no characters that control a terminal or the direction', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100, size: 'max' }), (text) => {
        const reported = quoted(text)
        const inner = reported.startsWith('\u2068') ? reported.slice(1, -1) : reported
        expect(inner).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u)
        expect(reported.startsWith('\u2068')).toBe(reported.endsWith('\u2069'))
        if (/[\p{L}\p{N}]/u.test(inner) && /[^\0-\x7f\u{fffd}…]/u.test(inner))
          expect(reported).toBe(`\u2068${inner}\u2069`)
      }),
    )
  })

  it('is cut only between characters', () => {
    expect(printable('🔭'.repeat(5), 3)).toBe('🔭🔭🔭…')
  })
})
