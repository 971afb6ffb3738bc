import { describe, expect, it } from 'vitest'
import { parsePlain } from '../../src/http/plain-json.ts'
import { parsing } from '../../src/http/strict-json.ts'

/** For a million texts: `JSON_TEXTS=1000000 npx vitest run test/http/plain-json.test.ts`. */
const TEXTS = Number(process.env['JSON_TEXTS'] ?? 30_000)

/** A seeded random number generator (mulberry32). */
const seededRandom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
}

const KEYS = ['a', 'b', 'site', '', 'a:b', '0', 'toString', '__proto__', '\\u0061', '\\u005f_proto__', 'é', '\ud83d']
const STRINGS = [
  'saf',
  '2030-06-17T18:00:00Z',
  ':',
  '::',
  '{"a":1}',
  '\\"',
  '\\ud800',
  '\\ud83d\\ude00',
  '😀',
  '\ud800',
  'a,b',
]
const NUMBERS = ['0', '-0', '1.5', '1e2', '1e400', '9007199254740991', '9007199254740993', '1e300', '0.1e-9', '01', '-']
const WORDS = ['true', 'false', 'null', 'NaN', 'nul']
const SPACES = ['', '', '', ' ', '\n', '\t\r\n', '\u00a0', '\ufeff']
const PIECES = ['{', '}', '[', ']', ',', ':', '"', '\\', '"a":1,', ':1', '"a"', '1', ' ', '__proto__', '\u0000']

/** Makes valid and broken JSON: duplicate keys, odd numbers, escapes, deep nesting, inserted and deleted pieces. */
function textMaker(random: () => number) {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T
  const times = <T>(max: number, make: () => T) => Array.from({ length: Math.floor(random() * (max + 1)) }, make)
  const space = () => (random() < 0.9 ? '' : pick(SPACES))
  const scalar = () => {
    const kind = random()
    if (kind < 0.5) return `"${random() < 0.7 ? pick(STRINGS.slice(0, 5)).replaceAll('"', '') : pick(STRINGS)}"`
    return kind < 0.9 ? pick(random() < 0.7 ? NUMBERS.slice(0, 4) : NUMBERS) : pick(WORDS)
  }
  const value = (depth: number): string => {
    const kind = random()
    if (depth === 0 || kind < 0.4) return scalar()
    const inner = () => `${space()}${value(depth - 1)}${space()}`
    if (kind < 0.6) return `[${times(4, inner).join(',')}]`
    return `{${times(5, () => `${space()}"${random() < 0.9 ? pick(KEYS.slice(0, 7)) : pick(KEYS)}"${space()}:${inner()}`).join(',')}}`
  }
  const nested = () => {
    const depth = 28 + Math.floor(random() * 8)
    return random() < 0.5 ? '['.repeat(depth) + ']'.repeat(depth) : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  }
  const mutated = (text: string) => {
    const at = Math.floor(random() * (text.length + 1))
    return text.slice(0, at) + (random() < 0.6 ? pick(PIECES) : '') + text.slice(at + Math.floor(random() * 3))
  }
  return () => {
    let text = random() < 0.02 ? nested() : value(4)
    while (random() < 0.3) text = mutated(text)
    return text
  }
}

function inspected(text: string): { value?: unknown; error?: string } {
  const reading = parsing(text)
  try {
    for (;;) {
      const { done, value } = reading.next()
      if (done) return { value }
    }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

describe('the fast JSON parser', () => {
  it(`agrees with the strict parser on ${TEXTS} texts, or leaves them to it`, () => {
    const next = textMaker(seededRandom(20_300_617))
    const counts = { plain: 0, inspected: 0, refused: 0 }
    for (let n = 0; n < TEXTS; n += 1) {
      const text = next()
      const [plain, full] = [parsePlain(text), inspected(text)]
      if (full.error === undefined) counts[plain === undefined ? 'inspected' : 'plain'] += 1
      else counts.refused += 1
      // As text, which also compares the order of the keys.
      if (plain !== undefined && JSON.stringify({ value: plain }) !== JSON.stringify(full))
        expect.fail(`${JSON.stringify(text)}: ${JSON.stringify(plain)} is not ${JSON.stringify(full)}`)
    }
    // Each kind of text occurs often enough.
    for (const count of Object.values(counts)) expect(count / TEXTS).toBeGreaterThan(0.01)
  })

  it.each([
    '{"site":"saf","start":"2030-06-17T18:00:00Z","end":"2030-06-24T18:00:00Z"}',
    '{"event_id":"a","start":"2030-06-17T18:00:00Z","site":"saf","extra":{"list":[1,2.5,null,true,{"a:b":":"}]}}',
    '{"toString":1,"constructor":{}}',
    `${'['.repeat(32)}${']'.repeat(32)}`,
    '[]',
    'null',
  ])('parses %s', (text) => {
    expect(parsePlain(text)).toEqual(JSON.parse(text))
  })

  it.each([
    ['a duplicate key', '{"a":1,"a":2}'],
    ['a duplicate key that hides colons', '{"a":{"b":":"},"a":"x"}'],
    ['a nested duplicate key', '{"a":[{"b":1,"b":1}]}'],
    ['__proto__', '{"__proto__":1}'],
    ['an escape', '{"\\u0061":1}'],
    ['half a surrogate pair', '"\ud800"'],
    ['a number above 2^53', '[9007199254740993]'],
    ['a number beyond a double', '[-1e400]'],
    ['33 nested lists', `${'['.repeat(33)}${']'.repeat(33)}`],
    ['invalid JSON', '{"a":1'],
    ['a text that is too long', `"${'x'.repeat(65_535)}"`],
  ])('leaves %s to the strict parser', (_, text) => {
    expect(parsePlain(text)).toBeUndefined()
  })
})
