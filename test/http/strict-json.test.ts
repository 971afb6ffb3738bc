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

/** The result of `JSON.parse`; undefined if it rejects the text. */
function parsedByJson(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    return undefined
  }
}

/** The errors for valid JSON, each with an independent check of whether it applies. */
const STRICT: readonly (readonly [message: RegExp, holds: (text: string, values: readonly unknown[]) => boolean])[] = [
  [
    /^Error: the key .* is given twice$/su,
    (text, values) => bare(text).split(':').length - 1 > values.flatMap((one) => Object.keys(entriesOf(one))).length,
  ],
  [
    /^Error: the key __proto__ is not allowed$/,
    (_, values) => values.some((one) => Object.hasOwn(entriesOf(one), '__proto__')),
  ],
  [/^Error: the body is nested more than 32 deep$/, (text) => deepestOf(bare(text)) > 32],
  [
    /^Error: a number is too large to be kept exactly$/,
    (text) =>
      (bare(text).match(/-?\d[\d.eE+-]*/g) ?? []).some(
        (one) => !Number.isFinite(Number(one)) || (/^-?\d+$/.test(one) && !Number.isSafeInteger(Number(one))),
      ),
  ],
  [
    /^Error: a text holds half a surrogate pair$/,
    (text) => (text.match(/"(?:[^"\\]|\\.)*"/gs) ?? []).some((one) => !(JSON.parse(one) as string).isWellFormed()),
  ],
]

/** A JSON text with its strings emptied. */
const bare = (text: string) => text.replaceAll(/"(?:[^"\\]|\\.)*"/gs, '""')

const entriesOf = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}

function deepestOf(brackets: string): number {
  let [depth, deepest] = [0, 0]
  for (const one of brackets) {
    if (one === '{' || one === '[') deepest = Math.max(deepest, (depth += 1))
    if (one === '}' || one === ']') depth -= 1
  }
  return deepest
}

/** A value and all values within it. */
const within = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(within)] : [value]

/** Asserts that the parser agrees with `JSON.parse`, or rejects the text by a strict rule that applies. */
function assertParsedCorrectly(text: string): void {
  const plain = parsedByJson(text)
  let read: { value: unknown } | undefined
  let output = ''
  try {
    read = { value: parsed(text).value }
  } catch (error) {
    output = (error as Error).message
  }
  const strict = STRICT.some(([message]) => message.test(output))
  if (plain === undefined) {
    // Any of its errors may be reported.
    expect(read).toBeUndefined()
    if (!strict) expect(output).toBe('Error: the body must be valid JSON')
    return
  }
  const values = within(plain.value)
  const applies = STRICT.some(([, holds]) => holds(text, values))
  if (read) expect(read).toEqual(plain)
  // One of several errors is reported; the value lacks what a duplicate key has hidden.
  expect([strict, output]).toEqual([applies, applies ? output : ''])
}

describe('the strict JSON parser', () => {
  const NAMES = [
    'toString',
    'constructor',
    'hasOwnProperty',
    '__proto__',
    'length',
    'then',
    'asymmetricMatch',
    '',
    '0',
    'a',
    'b',
  ]
  const key = fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: 'binary' }))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(null, true, false, 0),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'binary' }),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }))
  const aJson = fc.oneof(
    fc.json({ maxDepth: 8 }),
    tree.map((value) => JSON.stringify(value)),
  )

  it('gives the value that JSON.parse gives, whatever the white space', () => {
    const spaced = fc
      .tuple(aJson, fc.constantFrom(undefined, 1, '\t', '\r\n'))
      .map(([text, space]) => JSON.stringify(JSON.parse(text), null, space as string))
    fc.assert(
      fc.property(fc.oneof(aJson, spaced), (text) => assertParsedCorrectly(` \n${text}\t`)),
      { numRuns: 500 },
    )
  })

  it('rejects everything that is not JSON', () => {
    const chunk = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"a":1,',
      '"',
      '\\',
      '\\u0041',
      '\\ud83d',
      '\ud83d',
      '1',
      '-',
      '01',
      '1.',
      '.5',
      '1e5',
      '-0',
      '9007199254740993',
      'true',
      'nul',
      'null',
      ' ',
      '\n',
      '\v',
      '\u00a0',
      '\ufeff',
      '//',
      '/**/',
      "'a'",
      'NaN',
      '\u2028',
      '\u0000',
      'é',
    )
    const mangled = fc.tuple(aJson, fc.nat(), fc.nat(3), chunk).map(([text, at, cut, put]) => {
      const from = at % (text.length + 1)
      return text.slice(0, from) + put + text.slice(from + cut)
    })
    const soup = fc.array(chunk, { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(fc.property(fc.oneof(mangled, soup), assertParsedCorrectly), { numRuns: 5000 })
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
  ])('rejects %s', (text, message) => {
    expect(() => parsed(text)).toThrow(message)
  })

  it('keeps keys such as constructor as own properties', () => {
    const names = ['constructor', 'toString', 'hasOwnProperty', '', 'length']
    const { value } = parsed(JSON.stringify(Object.fromEntries(names.map((name) => [name, 1]))))
    expect(Object.keys(value as object).toSorted()).toEqual(names.toSorted())
    expect(parsed(`${'['.repeat(32)}${']'.repeat(32)}`).value).toBeDefined()
  })

  it.each([
    ['a short text', '{"event_id":"a","list":[1,2,3]}', 1, 1],
    ['many brackets', `[${'[],'.repeat(100_000)}[]]`, 100, 200],
    ['many keys', `{${Array.from({ length: 50_000 }, (_, n) => `"${n}":1`).join(',')}}`, 90, 110],
    ['a long string', `["${'x'.repeat(1_000_000)}"]`, 1, 1],
    ['much white space', `[${' '.repeat(1_000_000)}]`, 1, 1],
    ['an unterminated string', `["${'\\"'.repeat(500_000)}`, 1, 1],
  ])('yields in proportion to the input: %s', (_, text, least, max) => {
    let turns = 1
    const reading = parsing(text)
    try {
      while (!reading.next().done) turns += 1
    } catch (error) {
      expect((error as Error).message).toBe('Error: the body must be valid JSON')
    }
    expect(turns).toBeGreaterThanOrEqual(least)
    expect(turns).toBeLessThanOrEqual(max)
  })
})
