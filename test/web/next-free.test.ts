import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { darkness } from '../../src/sky/sun.ts'
import { formatFree, nextFreeDark, searchWindow } from '../../web/pages/next-free.ts'
import { at, saf, sydney, tromso } from './sites.ts'

const freeText = (now: string, taken: { start: string; end: string }[] = []) => {
  const free = nextFreeDark(
    saf,
    taken.map(({ start, end }) => ({ start: at(start), end: at(end) })),
    at(now),
  )
  return free && formatFree(saf, free, at(now))
}

describe('the next free dark time', () => {
  it('is tonight, in whole minutes within the dark', () => {
    const [dark] = darkness({ site: saf, date: '2026-03-14' })
    const free = nextFreeDark(saf, [], at('2026-03-14T20:00Z'))!
    expect(free.start).toBeGreaterThanOrEqual(dark!.start)
    expect(free.start - dark!.start).toBeLessThan(60)
    expect(free.end).toBeLessThanOrEqual(dark!.end)
    expect([free.start % 60, free.end % 60]).toEqual([0, 0])
    expect(freeText('2026-03-14T20:00Z')).toBe('tonight 20:36–05:49')
  })

  it('begins now if it is dark and free', () => {
    expect(freeText('2026-03-15T06:07:20Z')).toBe('now until 05:49')
    expect(freeText('2026-03-15T06:00Z', [{ start: '2026-03-15T07:30Z', end: '2026-03-15T08:00Z' }])).toBe(
      'now until 01:30',
    )
  })

  it('skips a night that ends within half an hour', () => {
    expect(freeText('2026-03-15T11:30Z')).toBe('tonight 20:37–05:47')
  })

  it('names another night', () => {
    const full = { start: '2026-03-14T12:00Z', end: '2026-03-15T18:00Z' }
    expect(freeText('2026-03-14T20:00Z', [full])).toBe('tomorrow 20:37–05:47')
    expect(freeText('2026-03-15T09:00Z', [{ start: '2026-03-15T09:00Z', end: '2026-03-15T10:00Z' }])).toBe(
      'tonight 04:00–05:49',
    )
    expect(freeText('2026-03-15T06:00Z', [full])).toBe('tonight 20:37–05:47')
    expect(freeText('2026-03-14T20:00Z', [{ ...full, end: '2026-03-18T18:00Z' }])).toBe(
      'Wednesday 18 March 20:39–05:43',
    )
  })

  it('is undefined in the white nights of Tromsø', () => {
    expect(nextFreeDark(tromso, [], at('2026-06-14T20:00Z'))).toBeUndefined()
  })

  it('is undefined if all nights are taken', () => {
    expect(freeText('2026-03-14T20:00Z', [{ start: '2026-03-01T00:00Z', end: '2026-05-01T00:00Z' }])).toBeUndefined()
  })
})

describe('the search window', () => {
  it('reaches from the start of the view to the last night of every site, and changes a few times a day at most', () => {
    const spans = new Set<string>()
    for (let now = at('2026-03-14T00:00Z'); now < at('2026-03-16T00:00Z'); now += HOUR / 2) {
      const read = searchWindow([saf, sydney, tromso], now - 2 * HOUR, now)
      spans.add(`${read.start} ${read.end}`)
      expect(read.start).toBeLessThanOrEqual(now - 2 * HOUR)
      expect(read.end - read.start).toBeLessThan(18 * DAY)
      for (const site of [saf, sydney, tromso])
        expect(read.end).toBeGreaterThanOrEqual(searchedSpan(site, { start: now, end: now + 1 }, 14).end)
    }
    expect(spans.size).toBeLessThan(8)
  })
})
