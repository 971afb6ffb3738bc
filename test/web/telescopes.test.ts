import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { telescopeStateAt } from '../../web/frame/telescope-state.ts'
import { stateLines } from '../../web/lanes/format-state.ts'
import { bySoonest, telescopeAt } from '../../web/lanes/telescopes.ts'
import { at, ofBo, reserved, saf, southPole, sydney, tromso } from './sites.ts'

/** Thursday evening in Denver, 21:42. */
const NOW = at('2026-11-27T04:42Z')
const linesOf = (site: Site, reservations: Reservation[], now = NOW) =>
  stateLines(site, telescopeStateAt(site, reservations, 'ada', now), now)

describe('what a telescope does, in two lines', () => {
  it('is until when it is free, and who follows', () => {
    expect(linesOf(saf, [ofBo('2026-11-27T07:30Z', '2026-11-27T10:30Z')])).toEqual([
      'Free and dark until 00:30',
      'Then Bo Jansson',
    ])
    expect(linesOf(saf, [])).toEqual(['Free and dark until 05:21', 'No one follows'])
  })

  it('is by whom it is used', () => {
    expect(linesOf(saf, [ofBo('2026-11-27T03:15Z', '2026-11-27T05:30Z')])).toEqual([
      'In use until 22:30',
      'By Bo Jansson',
    ])
    expect(linesOf(saf, [reserved('2026-11-27T03:15Z', '2026-11-27T05:30Z')])).toEqual([
      'Yours until 22:30',
      'Reserved for you',
    ])
  })

  it('is until when it is light, and when it is dark', () => {
    expect(linesOf(sydney, [], at('2026-11-27T04:42Z'))).toEqual(['Daylight until 19:47', 'Dark 21:28–03:58'])
    expect(linesOf(tromso, [], at('2026-06-14T12:00Z'))).toEqual(['Daylight', 'Not dark in two days'])
    expect(linesOf(southPole, [], at('2026-05-11T12:00Z'))[1]).toMatch(/^Dark from (Tue 12 May )?\d\d:\d\d$/)
    expect(linesOf(saf, [], at('2026-11-27T00:30Z'))[0]).toBe('Twilight until 18:21')
  })

  it('is why it is closed, with a date alone if that is far', () => {
    const closure = reserved('2026-11-25T22:00Z', '2026-12-03T05:00Z', { kind: 'maintenance', title: 'Roof motor' })
    expect(linesOf(saf, [closure])).toEqual(['Closed until Wed 2 Dec', 'Roof motor'])
  })
})

describe('the filters', () => {
  const filters = (site: Site, reservations: Reservation[] | undefined, now = NOW) => [
    ...telescopeAt(site, reservations, now, 'ada').matches,
  ]

  it('tell what is free tonight, dark now, in the north or south, and mine', () => {
    expect(filters(saf, [])).toEqual(['free', 'dark', 'north'])
    expect(filters({ ...sydney, code: 'saf' }, [reserved('2026-11-28T03:15Z', '2026-11-28T05:30Z')])).toEqual([
      'free',
      'south',
      'mine',
    ])
    const night = ofBo('2026-11-27T00:00Z', '2026-11-27T15:00Z')
    expect(filters(saf, [night])).toEqual(['dark', 'north'])
    expect(filters(saf, undefined)).toEqual(['dark', 'north'])
  })

  it('take the coming night for tonight once the dark of the last one is over', () => {
    expect(filters(saf, [], at('2026-11-27T16:00Z'))).toContain('free')
    const coming = ofBo('2026-11-28T00:00Z', '2026-11-28T15:00Z')
    expect(filters(saf, [coming], at('2026-11-27T16:00Z'))).not.toContain('free')
  })

  it('take no reservation that is over for mine', () => {
    expect(filters(saf, [reserved('2026-11-27T02:00Z', '2026-11-27T04:42Z')])).not.toContain('mine')
  })
})

describe('the order of telescopes', () => {
  it('is by the soonest free time, of these the longest, and then by when they open', () => {
    const site = (code: string): Site => ({ ...saf, code })
    const busy = (code: string, start: string, end: string, other: Partial<Reservation> = {}) =>
      ofBo(start, end, { site: code, id: code, ...other })
    const closed = { kind: 'maintenance' } as const
    const all = [
      busy('short', '2026-11-27T06:00Z', '2026-11-27T13:00Z'),
      busy('later', '2026-11-27T04:00Z', '2026-11-27T06:15Z'),
      busy('shut', '2026-11-20T00:00Z', '2026-12-20T00:00Z', closed),
      busy('soon', '2026-11-20T00:00Z', '2026-12-03T00:00Z', closed),
      busy('full', '2026-11-20T00:00Z', '2026-12-20T00:00Z'),
    ]
    const codes = ['full', 'shut', 'later', 'soon', 'short', 'long']
    const telescopes = codes.map((code) => telescopeAt(site(code), all, NOW, 'ada')).toSorted(bySoonest)
    expect(telescopes.map((one) => one.site.code)).toEqual(['long', 'short', 'later', 'soon', 'shut', 'full'])
    expect(telescopes.map(({ opens }) => opens)).toEqual([
      undefined,
      undefined,
      undefined,
      at('2026-12-03T00:00Z'),
      at('2026-12-20T00:00Z'),
      undefined,
    ])
  })

  it('keeps the next free time of one that is closed for a part of tonight only', () => {
    const maintenance = reserved('2026-11-27T04:00Z', '2026-11-27T06:00Z', { kind: 'maintenance' })
    const { opens, free } = telescopeAt(saf, [maintenance], NOW, undefined)
    expect(opens).toBeUndefined()
    expect(free?.start).toBe(NOW + 78 * 60)
    expect((free?.end ?? 0) - (free?.start ?? 0)).toBeGreaterThan(6 * HOUR)
  })

  it('is by when it opens if that is the noon at which tonight ends', () => {
    const noon = '2026-11-27T19:00Z'
    const maintenance = reserved('2026-11-27T04:00Z', noon, { kind: 'maintenance' })
    const { opens, free } = telescopeAt(saf, [maintenance], NOW, undefined)
    expect([opens, free]).toEqual([at(noon), undefined])
  })
})
