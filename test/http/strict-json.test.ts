import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parsing } from '../../src/http/strict-json.ts'

function parsed(text: string): { value: unknown; turns: number } {
  const reading = parsing(text)
  for (let turns = 1; ; turns += 1) {
    const { done, value } = reading.next()
    if (done) return { value, turns }
  }
}

/** What `JSON.parse` makes of it; undefined where it refuses it. */
function plainly(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** Refused though it is JSON: what the tests of hostile requests go through one by one. */
const STRICT = /given twice|__proto__|nested|too large|half a surrogate/

describe('JSON that is read strictly', () => {
  const aJson = fc.json({ maxDepth: 8 })

  it('is what JSON.parse makes of it, spaces and all', () => {
    const spaced = fc.tuple(aJson, fc.constantFrom(undefined, 1, '\t', '\r\n')).map(([text, space]) => JSON.stringify(JSON.parse(text), null, space as string))
    fc.assert(
      fc.property(fc.oneof(aJson, spaced), (text) => {
        try {
          expect(parsed(` \n${text}\t`).value).toEqual(JSON.parse(text))
        } catch (error) {
          if (!STRICT.test((error as Error).message)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })

  it('is JSON and nothing else', () => {
    const piece = fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '"', '\\', '\\u0041', '1', '-', '01', '1.', '.5', '1e5', '-0', 'true', 'nul', 'null', ' ', '\n', '\u00a0', '\ufeff', '//', '/**/', "'a'", 'NaN', '\u2028', '\u0000', 'é')
    const mangled = fc.tuple(aJson, fc.nat(), fc.nat(3), piece).map(([text, at, cut, put]) => {
      const from = at % (text.length + 1)
      return text.slice(0, from) + put + text.slice(from + cut)
    })
    const soup = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(mangled, soup), (text) => {
        const plain = plainly(text)
        try {
          const { value } = parsed(text)
          expect({ value }).toEqual(plain)
        } catch (error) {
          const { message } = error as Error
          if (STRICT.test(message)) return
          expect(message).toBe('Error: the body must be valid JSON')
          expect(plain).toBeUndefined()
        }
      }),
      { numRuns: 5000 },
    )
  })

  it.each([
    ['{"a":{"b":1,"b":2}}', 'Error: the key "b" is given twice'],
    ['{"\\u0061":1,"a":2}', 'Error: the key "a" is given twice'],
    ['{"עדה":1,"עדה":2}', 'Error: the key "\u2068עדה\u2069" is given twice'],
    ['{"a":[{"__proto__":1}]}', 'Error: the key __proto__ is not allowed'],
    [`${'['.repeat(33)}${']'.repeat(33)}`, 'Error: the body is nested more than 32 deep'],
    ['[9007199254740993]', 'Error: a number is too large to be kept exactly'],
    ['{"a":1e400}', 'Error: a number is too large to be kept exactly'],
    ['{"\\ud800":1}', 'Error: a text holds half a surrogate pair'],
  ])('refuses %s', (text, message) => {
    expect(() => parsed(text)).toThrow(message)
  })

  it('has keys of every name, as its own', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', '', 'length']
    const { value } = parsed(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))))
    expect(Object.keys(value as object).toSorted()).toEqual(names.toSorted())
    expect(parsed(`${'['.repeat(32)}${']'.repeat(32)}`).value).toBeDefined()
  })

  it.each([
    ['short ones', '{"event_id":"a","list":[1,2,3]}', 1, 1],
    ['many brackets', `[${'[],'.repeat(100_000)}[]]`, 100, 200],
    ['many keys', `{${Array.from({ length: 50_000 }, (_, n) => `"${n}":1`).join(',')}}`, 90, 110],
    ['a long text', `["${'x'.repeat(1_000_000)}"]`, 1, 1],
    ['long spaces', `[${' '.repeat(1_000_000)}]`, 1, 1],
    ['a text without end', `["${'\\"'.repeat(500_000)}`, 1, 1],
  ])('takes as many turns as it is large: %s', (_, text, least, most) => {
    let turns = 1
    const reading = parsing(text)
    try {
      while (!reading.next().done) turns += 1
    } catch (error) {
      expect((error as Error).message).toBe('Error: the body must be valid JSON')
    }
    expect(turns).toBeGreaterThanOrEqual(least)
    expect(turns).toBeLessThanOrEqual(most)
  })
})
