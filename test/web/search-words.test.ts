import { describe, expect, it } from 'vitest'
import { isFiltered, matches, wordsOf } from '../../web/search-words.ts'
import { reserved } from './sites.ts'

const one = reserved('2026-03-15T03:00Z', '2026-03-15T04:00Z', {
  title: 'M51 LRGB',
  creator: 'Zoë Müller',
  observer: 'zoe',
  kind: 'project',
  project: { name: 'Messier sheet', createdAt: '2026' },
})

describe('what is searched for', () => {
  it.each([
    ['', true],
    ['m51', true],
    ['LRGB m5', true],
    ['zoe muller', true],
    ['MESSIER project', true],
    ['real-time', false],
    ['m51 bo', false],
  ])('%o: %o', (text, isFound) => {
    expect(matches(one, wordsOf(text))).toBe(isFound)
  })

  it("can be one's own alone", () => {
    expect(matches(one, [], 'zoe')).toBe(true)
    expect(matches(one, wordsOf('m51'), 'bo')).toBe(false)
  })

  it('is nothing if there are only spaces', () => {
    expect([isFiltered({ q: '  ' }), isFiltered({ q: 'a' }), isFiltered({ mine: true })]).toEqual([false, true, true])
  })
})
