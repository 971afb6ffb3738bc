import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { Failure } from '../../src/domain/failure.ts'
import { DAY, HOUR, type Interval, MINUTE } from '../../src/domain/interval.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Rules } from '../../src/domain/rules.ts'
import type { Site } from '../../src/domain/site.ts'
import { type AvailabilityQuery, findAvailability } from '../../src/service/availability.ts'
import { darkTime } from '../../src/sky/sun.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, at, bo, changing, from, grace, memoryStore, on, proposed, saf, scheduler, worldOf } from '../context.ts'

/** The night of 8 March 2030 at `saf`, and its dark time. */
const NIGHT: Interval = { start: on(8, '19:00'), end: on(9, '19:00') }
const [DARK = NIGHT] = darkTime({ site: saf, date: '2030-03-08' }, 'astronomical')
/** High at the beginning of that night, and gone before its middle. */
const M42 = { ra: 83.822, dec: -5.391 }
/** High before dawn. */
const M13 = { ra: 250.4235, dec: 36.4613 }

let store: Store
beforeEach(() => {
  store = memoryStore()
  onTestFinished(() => store.close())
})

interface Asking extends Partial<AvailabilityQuery> {
  readonly as?: Actor
  readonly sitesOf?: readonly Site[]
  readonly networkRules?: Rules
  readonly now?: number
}

const find = ({ as = anonymous, sitesOf = [saf], networkRules = {}, now = on(1, '00:00'), ...question }: Asking = {}) =>
  findAvailability(
    {
      sites: ['saf'],
      during: NIGHT,
      length: 45 * MINUTE,
      darkness: 'astronomical',
      maxAirmass: 2,
      order: 'soonest',
      limit: 200,
      ...question,
    },
    as,
    worldOf(store, { sites: new Map(sitesOf.map((site) => [site.code, site])), networkRules, now: () => now }),
  )
const spansIn = async (asking: Asking = {}) => (await find(asking)).offers.map(({ start, end }) => ({ start, end }))
const reasonsIn = async (asking: Asking = {}, site = 'saf') => (await find(asking)).reasons.get(site)
const reserved = (...all: Parameters<typeof proposed>[0][]) =>
  changing(
    store,
    all.map((one) => ({ after: proposed(one) })),
  )

describe('what is free', () => {
  it('is a dark night', async () => {
    const { offers, hasMore, reasons } = await find()
    expect(offers).toMatchObject([{ ...DARK, night: { site: saf, date: '2030-03-08' } }])
    expect([hasMore, reasons.size]).toEqual([false, 0])
  })

  it('is cut by the reservations of anybody, low priority too', async () => {
    await reserved({ ...from(9, '04:00', '05:00') }, { by: bo, priority: 'low_priority', ...from(9, '07:00', '08:00') })
    expect(await spansIn()).toEqual([
      { start: DARK.start, end: on(9, '04:00') },
      { start: on(9, '05:00'), end: on(9, '07:00') },
      { start: on(9, '08:00'), end: DARK.end },
    ])
  })

  it('is cut by closures of the telescope and of its enclosure, but not by other reservations there', async () => {
    const closure = { by: grace, kind: 'maintenance' } as const
    await reserved(
      { ...closure, ...from(9, '04:00', '05:00') },
      { ...closure, site: 'aro', ...from(9, '07:00', '08:00') },
      { site: 'aro', ...from(9, '09:00', '10:00') },
      { site: 'other', ...from(9, '10:00', '11:00') },
    )
    expect(await spansIn({ sitesOf: [{ ...saf, wema: 'aro' }] })).toEqual([
      { start: DARK.start, end: on(9, '04:00') },
      { start: on(9, '05:00'), end: on(9, '07:00') },
      { start: on(9, '08:00'), end: DARK.end },
    ])
  })

  it('is long enough', async () => {
    await reserved({ start: DARK.start + HOUR, end: DARK.end - HOUR - 1 })
    const late = { start: DARK.end - HOUR - 1, end: DARK.end }
    expect(await spansIn({ length: HOUR })).toEqual([{ start: DARK.start, end: DARK.start + HOUR }, late])
    expect(await spansIn({ length: HOUR + 1 })).toEqual([late])
    expect(await spansIn({ length: HOUR + 2 })).toEqual([])
  })

  it('lies within the question', async () => {
    expect(await spansIn({ during: from(9, '05:00', '06:00') })).toEqual([from(9, '05:00', '06:00')])
  })

  it('ends at noon, by day as well', async () => {
    const during = { start: on(8, '12:00'), end: on(9, '12:00') }
    expect(await spansIn({ during, darkness: 'none' })).toEqual([
      { start: on(8, '12:00'), end: on(8, '19:00') },
      { start: on(8, '19:00'), end: on(9, '12:00') },
    ])
  })

  it('is not in the past', async () => {
    const now = on(9, '05:00') + 7
    expect(await spansIn({ now })).toEqual([{ start: now, end: DARK.end }])
    expect(await reasonsIn({ now: on(20, '00:00') })).toEqual(['rules'])
  })

  it.each(['civil', 'nautical', 'astronomical'] as const)('is as dark as asked: %s', async (darkness) => {
    expect(await spansIn({ darkness })).toEqual(darkTime({ site: saf, date: '2030-03-08' }, darkness))
  })

  it('is refused where it cannot fit', async () => {
    await expect(find({ during: from(9, '05:00', '05:30') })).rejects.toThrow(Failure)
  })
})

describe('a target', () => {
  it('is high enough all the while, and leaves several intervals where it dips or a reservation splits them', async () => {
    const [high] = await spansIn({ target: M13 })
    expect(high).toMatchObject({ end: DARK.end })
    expect(high?.start).toBeGreaterThan(DARK.start + 3 * HOUR)
    const closer = (await find({ target: M13, maxAirmass: 1.2 })).offers[0]
    expect(closer?.start).toBeGreaterThan(high?.start ?? 0)
    expect(closer?.airmasses?.start).toBeCloseTo(1.2, 2)
    // A circumpolar target dips and returns in a long night.
    const north = { ...saf, latitude: 60 }
    const circumpolar = { ra: 180, dec: 55 }
    const question = { darkness: 'none', maxAirmass: 1.5, target: circumpolar } as const
    const during = { start: on(8, '19:00'), end: on(10, '19:00') }
    expect((await spansIn({ ...question, during, sitesOf: [north] })).length).toBeGreaterThan(1)
  })

  it('has its airmass at both ends and the least, and its best part', async () => {
    const { offers } = await find({ target: M13, length: HOUR })
    const [{ airmasses, best, airmass, start, end } = offers[0]!] = offers
    expect(airmasses?.start).toBeCloseTo(2, 2)
    expect(airmasses?.least).toBeLessThan(1.01)
    expect(airmasses?.end).toBeLessThan(1.2)
    expect(best.end - best.start).toBe(HOUR)
    expect(best.start).toBeGreaterThan(start)
    expect(best.end).toBeLessThanOrEqual(end)
    expect(airmass).toBeLessThan(1.05)
  })

  it('is far enough from a Moon above the horizon', async () => {
    // The Moon of 20 March 2030 is full, and near this place.
    const during = { start: on(19, '19:00'), end: on(20, '19:00') }
    const near = { ra: 178, dec: 2 }
    expect(await reasonsIn({ during, target: near, minLunarDistance: 20 })).toEqual(['moon'])
    expect(await reasonsIn({ during, target: near })).toBeUndefined()
    expect(await reasonsIn({ during, maxLunarPhase: 0.5, length: 3 * HOUR })).toEqual(['moon'])
    const [offer] = (await find({ during, target: near })).offers
    expect(offer?.isMoonUp).toBe(true)
    expect(offer?.moon.illumination).toBeGreaterThan(0.97)
    expect(offer?.moon.separation).toBeLessThan(20)
  })
})

describe('the order', () => {
  const twoNights = { start: on(8, '19:00'), end: on(10, '19:00') }
  const east: Site = { ...saf, code: 'east', longitude: -70, timeZone: 'America/New_York' }
  const asked = { during: twoNights, sites: ['saf', 'east'], sitesOf: [saf, east] }
  const named = async (asking: Asking) =>
    (await find({ ...asked, ...asking })).offers.map(({ night }) => `${night.site.code} ${night.date}`)

  it('is by time over all sites', async () => {
    expect(await named({})).toEqual(['east 2030-03-08', 'saf 2030-03-08', 'east 2030-03-09', 'saf 2030-03-09'])
  })

  it('is by the score for the best', async () => {
    await reserved({ start: DARK.start, end: DARK.start + HOUR })
    const { offers } = await find({ ...asked, target: M42, order: 'best', length: HOUR })
    const scores = offers.map(({ score }) => score)
    expect(scores.length).toBeGreaterThan(3)
    expect(scores).toEqual(scores.toSorted((a, b) => a - b))
    expect(offers.map(({ start }) => start)).not.toEqual(offers.map(({ start }) => start).toSorted((a, b) => a - b))
  })

  it.each(['soonest', 'best'] as const)(
    'has the first of all up to the limit, and says of others: %s',
    async (order) => {
      const all = await named({ order, target: M42 })
      for (const limit of [1, 2, 3, 4, 5]) {
        const { offers, hasMore } = await find({ ...asked, order, target: M42, limit })
        expect(offers.map(({ night }) => `${night.site.code} ${night.date}`)).toEqual(all.slice(0, limit))
        expect(hasMore).toBe(limit < all.length)
      }
    },
  )

  it('has no site twice', async () => {
    expect(await named({ sites: ['saf', 'saf'] })).toEqual(['saf 2030-03-08', 'saf 2030-03-09'])
  })
})

describe('a reservation to ignore', () => {
  const hers = { id: 'hers', ...from(9, '04:00', '05:00') }

  it.each([
    ['its observer', ada, true],
    ['another observer', bo, false],
    ['an admin', grace, true],
    ['a service', scheduler, true],
    ['someone not signed in', anonymous, false],
  ])('is left out for %s: %s', async (_, actor, isIgnored) => {
    await reserved(hers)
    expect(await spansIn({ as: actor, ignore: 'hers' })).toHaveLength(isIgnored ? 1 : 2)
  })
})

describe('the rules', () => {
  const ruled = (rules: Rules, asking: Asking = {}) => ({ sitesOf: [{ ...saf, rules }], ...asking })
  const now = on(9, '04:00')

  it('let a reservation start at the horizon, and no later', async () => {
    const asking = ruled({ horizon: 2 * HOUR }, { now })
    expect(await spansIn(asking)).toEqual([{ start: now, end: on(9, '06:45') }])
    expect(await reasonsIn({ ...asking, during: { start: on(9, '19:00'), end: on(10, '19:00') } })).toEqual(['rules'])
  })

  it('ask for notice', async () => {
    expect(await spansIn(ruled({ notice: 3 * HOUR }, { now }))).toEqual([{ start: on(9, '07:00'), end: DARK.end }])
  })

  it('may ask for more darkness than the question', async () => {
    const asking = ruled({ darkness: 'astronomical' }, { darkness: 'civil' })
    expect(await spansIn(asking)).toEqual([DARK])
    expect(await spansIn(ruled({ darkness: 'civil' }))).toEqual([DARK])
    const dusk = { start: DARK.start - HOUR, end: DARK.start }
    expect(await reasonsIn({ ...asking, during: dusk, length: 20 * MINUTE })).toEqual(['rules'])
  })

  it('may forbid the length of either kind', async () => {
    const realtime = { longest: 30 * MINUTE }
    expect(await spansIn(ruled({ lengths: { realtime } }))).toEqual([DARK])
    expect(await reasonsIn(ruled({ lengths: { realtime, project: { allowed: [HOUR] } } }))).toEqual(['rules'])
    expect(await spansIn(ruled({ lengths: { realtime, project: { allowed: [HOUR] } } }, { length: HOUR }))).toEqual([
      DARK,
    ])
  })

  it('are the stricter of the site and the network', async () => {
    const asking = ruled({ notice: HOUR }, { networkRules: { notice: 2 * HOUR }, now })
    expect(await spansIn(asking)).toEqual([{ start: on(9, '06:00'), end: DARK.end }])
  })
})

describe('the reasons', () => {
  const all = { ...from(9, '00:00', '13:00') }

  it('name what takes the last time that would have been enough', async () => {
    await reserved({ ...all })
    expect(await reasonsIn()).toEqual(['taken'])
    await reserved({ id: 'closed', by: grace, kind: 'maintenance', ...from(9, '05:00', '13:00') })
    expect(await reasonsIn()).toEqual(['taken'])
    await reserved({ id: 'all', by: grace, kind: 'maintenance', ...all })
    expect(await reasonsIn()).toEqual(['closed'])
    expect(await reasonsIn({ target: { ra: 0, dec: -80 } })).toEqual(['target_low'])
  })

  it('are those of all nights, in one order', async () => {
    await reserved({ ...all })
    const rules = { horizon: 10 * DAY }
    const asking = { during: { ...NIGHT, end: NIGHT.end + 3 * DAY }, sitesOf: [{ ...saf, rules }] }
    await reserved({ id: 'later', by: grace, kind: 'maintenance', ...from(10, '00:00', '13:00') })
    expect(await reasonsIn(asking)).toEqual(['taken', 'closed', 'rules'])
  })

  it('are missing for a site with an interval, and no night is dark in summer', async () => {
    const during = { start: at('2030-06-20T12:00Z'), end: at('2030-06-21T12:00Z') }
    const north = { ...saf, code: 'north', latitude: 69, longitude: 0, timeZone: 'UTC' }
    const { reasons } = await find({ during, sites: ['north', 'saf', 'nowhere', '__proto__'], sitesOf: [saf, north] })
    expect([...reasons]).toEqual([
      ['north', ['not_dark']],
      ['nowhere', ['unknown_site']],
      ['__proto__', ['unknown_site']],
    ])
  })

  it('pass over a part of a night that is bright alone', async () => {
    const during = { start: on(8, '15:00'), end: on(9, '18:00') }
    await reserved({ ...all })
    expect(await reasonsIn({ during })).toEqual(['taken'])
    expect(await reasonsIn({ during: from(9, '15:00', '18:00') })).toEqual(['not_dark'])
  })

  it('do not know an enclosure', async () => {
    expect(await reasonsIn({ sites: ['aro'], sitesOf: [{ ...saf, wema: 'aro' }] }, 'aro')).toEqual(['unknown_site'])
  })
})

it('yields to the event loop every few nights', async () => {
  let [turns, isOn] = [0, true]
  const turn = () => {
    turns += 1
    if (isOn) setImmediate(turn)
  }
  setImmediate(turn)
  const sites = Array.from({ length: 10 }, (_, n) => ({ ...saf, code: `site${n}` }))
  const { hasMore } = await find({
    sites: sites.map(({ code }) => code),
    sitesOf: sites,
    during: { start: on(1, '19:00'), end: on(1, '19:00') + 31 * DAY },
    target: M42,
    limit: 20,
  })
  isOn = false
  expect(hasMore).toBe(true)
  expect(turns).toBeGreaterThan(80)
})
