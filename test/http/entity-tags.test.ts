import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectedRevisions, namesTag } from '../../src/http/entity-tags.ts'

/** The tag `"3"` as compressing proxies alter it. */
const ALTERED = [
  'W/"3"',
  '"3-gzip"',
  'W/"3-gzip"',
  '"3;gzip"',
  '"3--gzip"',
  '"3-br"',
  '"3-zstd"',
  '"3-deflate"',
  '"3:gzip"',
  '"3-x-gzip"',
  '"3-GZIP"',
  '"3"-gzip',
  '"3-gzip-gzip"',
  '"3-gzip--br"',
]
const OTHERS = [
  '"30"',
  '"3-"',
  '"3-x"',
  '"33-gzip"',
  '"-gzip"',
  '"3gzip"',
  '"3-gzipped"',
  '"a3-gzip"',
  '3',
  "'3'",
  '"',
  '""',
  'W/',
  '"3',
  '',
  ',,,',
]

describe('a tag that a proxy has altered', () => {
  it.each(ALTERED)('is recognized: %s', (header) => {
    expect(namesTag(header, '"3"')).toBe(true)
    expect(expectedRevisions(header)).toEqual([3])
  })

  it.each(OTHERS)('is not a similar one: %s', (header) => {
    expect(namesTag(header, '"3"')).toBe(false)
    expect(expectedRevisions(header)).not.toContain(3)
    expect(expectedRevisions(header)).toBeDefined()
  })

  it('may itself end like a suffix', () => {
    for (const header of ['"x-br"', '"x-br-gzip"', 'W/"x-br"']) expect(namesTag(header, '"x-br"')).toBe(true)
    expect(namesTag('"x"', '"x-br"')).toBe(false)
  })
})

describe('a conditional header', () => {
  it('is absent without a header, and matches anything with *', () => {
    expect([namesTag(undefined, '"3"'), expectedRevisions(undefined)]).toEqual([false, undefined])
    for (const any of ['*', ' * ']) expect([namesTag(any, '"3"'), expectedRevisions(any)]).toEqual([true, undefined])
    expect(namesTag('"*"', '"3"')).toBe(false)
  })

  it('may have several tags, also with commas', () => {
    expect(expectedRevisions('"1", W/"2",\t"3-gzip","a,4"')).toEqual([1, 2, 3, -1])
    expect(namesTag('"a,b", W/"c"', '"a,b"')).toBe(true)
    expect(namesTag('"a,b", W/"c"', '"b"')).toBe(false)
  })

  const suffix = fc.constantFrom('', '-gzip', '--gzip', ';gzip', '-br', '-zstd', '-x-gzip')
  const ours = fc.oneof(fc.stringMatching(/^[A-Za-z0-9_-]{27}$/), fc.nat().map(String))

  it('finds our tag among others, altered or not', () => {
    const other = fc.stringMatching(/^[\x21\x23-\x7e]{0,20}$/).map((tag) => `"${tag}"`)
    fc.assert(
      fc.property(
        fc.array(other),
        ours,
        fc.boolean(),
        fc.array(suffix, { maxLength: 3 }),
        fc.array(other),
        (before, tag, weak, altered, after) => {
          const theirs = `${weak ? 'W/' : ''}"${tag}${altered.join('')}"`
          expect(namesTag([...before, theirs, ...after].join(', '), `"${tag}"`)).toBe(true)
        },
      ),
    )
  })

  it('never mistakes one of our tags for another', () => {
    const apart = (a: string, b: string) => !a.startsWith(b)
    fc.assert(
      fc.property(ours, ours, suffix, (tag, other, altered) => {
        fc.pre(apart(tag, other))
        expect(namesTag(`"${tag}${altered}"`, `"${other}"`)).toBe(false)
      }),
    )
  })

  it.each(['"', '"a', '"a",', 'W/', '-gzip', '"3-gzip-gzip', ',', '"3"-'])(
    'is parsed in linear time: a megabyte of %s',
    (part) => {
      // A parser that backtracks at each character would not finish.
      const header = part.repeat(Math.ceil(1_048_576 / part.length))
      expect(namesTag(header, '"x"')).toBe(false)
      expect(expectedRevisions(header)).toBeDefined()
    },
  )
})
