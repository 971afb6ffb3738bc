import { describe, expect, it } from 'vitest'
import { SeriesRefused } from '../../src/domain/series.ts'
import type { Site } from '../../src/domain/site.ts'
import type { StartRule } from '../../src/domain/start-rule.ts'
import { amend } from '../../src/service/amend.ts'
import { amendSeries } from '../../src/service/amend-series.ts'
import { type ProposedSeries, reserveSeries } from '../../src/service/reserve-series.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { ada, at, bo, memoryStore, proposed, saf, worldOf } from '../context.ts'

const HOUR = 3600
const DAY = 86_400
const ZONES: readonly (readonly [zone: string, latitude: number, longitude: number])[] = [
  ['America/Denver', 35.55, -105.87],
  ['Australia/Lord_Howe', -31.55, 159.08],
  ['Pacific/Chatham', -43.95, -176.56],
  ['Asia/Kathmandu', 27.7, 85.3],
  ['America/St_Johns', 47.56, -52.71],
  ['Pacific/Apia', -13.83, -171.76],
  ['Australia/Sydney', -33.87, 151.21],
  ['Europe/Oslo', 59.91, 10.75],
  ['America/Santiago', -33.45, -70.67],
  ['Africa/Casablanca', 33.57, -7.59],
]
const siteIn = ([timeZone, latitude, longitude]: (typeof ZONES)[number]): Site => ({
  ...saf,
  code: timeZone.replace('/', '-'),
  timeZone,
  latitude,
  longitude,
})
const sites = new Map(ZONES.map(siteIn).map((site) => [site.code, site]))
const worldWith = () => worldOf(memoryStore(), { sites, now: () => at('2011-01-01T00:00Z') })

const weekly = (first: string, count: number) =>
  Array.from({ length: count }, (_, n) => new Date(Date.parse(first) + n * 7 * DAY * 1000).toISOString().slice(0, 10))
const series = (site: Site, start: StartRule, nights: readonly string[]): ProposedSeries => ({
  id: `${site.code}-${JSON.stringify(start)}`,
  site: site.code,
  nights,
  start,
  minutes: 45,
  proposedIn: (id, interval) => proposed({ id, site: site.code, ...interval }),
})
const OPTIONS = { override: false, skipsRefused: false, dryRun: false }

describe('a season of weekly series', () => {
  it.each(ZONES.map(siteIn))('has each night once, and keeps the clock, at $code', async (site) => {
    const context = worldWith()
    const nights = weekly('2030-02-02', 48)
    for (const start of [{ clock: '21:30' }, { clock: '02:30' }, { after: 'dusk', minutes: 20 }] as const) {
      const made = await reserveSeries(series(site, start, nights), ada, OPTIONS, context)
      expect(made.map(({ night }) => night)).toEqual(nights)
      const stored = await context.store.list(
        { sites: [site.code], during: { start: at('2030-01-01T00:00Z'), end: at('2031-02-01T00:00Z') } },
        ({ reservation }) => reservation,
      )
      const own = stored.filter(({ extra }) => extra['series_id'] === series(site, start, nights).id)
      expect(own.map((one) => nightAt(site, one.start).date)).toEqual(nights)
    }
  })

  it('says which date a zone never had, and makes the others', async () => {
    const apia = siteIn(ZONES[5]!)
    const context = worldWith()
    const proposal = series(apia, { clock: '21:30' }, ['2011-12-29', '2011-12-30', '2011-12-31'])
    await expect(reserveSeries(proposal, ada, OPTIONS, context)).rejects.toMatchObject({
      nights: [{ night: '2011-12-30', problem: 'no_such_night' }],
    })
    const made = await reserveSeries(proposal, ada, { ...OPTIONS, skipsRefused: true }, context)
    expect(made.map((one) => 'written' in one)).toEqual([true, false, true])
  })
})

describe('a series', () => {
  const denver = siteIn(ZONES[0]!)

  it('is refused as a whole for one night that is taken, with each such night', async () => {
    const context = worldWith()
    const start = { sidereal: 5.5 }
    const nights = weekly('2030-09-07', 6)
    await reserveSeries(series(denver, start, [nights[2]!, nights[4]!]), ada, OPTIONS, context)
    const bos = {
      ...series(denver, start, nights),
      id: 'bo',
      proposedIn: (id: string, interval: object) => proposed({ by: bo, id, site: denver.code, ...interval }),
    }
    const refused = await reserveSeries(bos, bo, OPTIONS, context).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(SeriesRefused)
    expect((refused as SeriesRefused).nights.map(({ night }) => night)).toEqual([nights[2], nights[4]])
    expect(await context.store.find(`bo:${nights[0]}`)).toEqual([])
  })

  it('is changed from a night on only where its reservations still are', async () => {
    const context = worldWith()
    const nights = weekly('2030-09-07', 4)
    const proposal = series(denver, { clock: '21:30' }, nights)
    await reserveSeries(proposal, ada, OPTIONS, context)
    const { store } = context
    // Between the search for them and the change, the last one moves to a night before.
    const racing = {
      ...context,
      store: {
        ...store,
        async list<T>(query: Parameters<typeof store.list>[0], valueOf: Parameters<typeof store.list<T>>[1]) {
          const listed = await store.list(query, valueOf)
          const [last] = await store.find(`${proposal.id}:${nights[3]}`)
          const moved = { ...last!.reservation, start: at('2030-09-02T05:00Z'), end: at('2030-09-02T06:00Z') }
          await store.change({ ids: [moved.id] }, () => ({
            changes: [{ before: last!, after: moved, at: 0, by: 'x', via: 'amend' }],
            answer: undefined,
          }))
          return listed
        },
      },
    }
    const amendment = {
      id: proposal.id,
      observer: ada.id,
      fromNight: nights[2]!,
      start: undefined,
      minutes: 60,
      site: undefined,
      change: (before: ReturnType<typeof proposed>, interval: object) => ({ ...before, ...interval }),
      override: false,
    }
    const changed = await amendSeries(amendment, ada, { dryRun: false }, racing)
    expect(changed.map(({ night }) => night)).toEqual([nights[2]])
  })

  it.each([
    ['first', 0],
    ['last', 1],
  ] as const)('that is lengthened counts the %s one, which has its length already', async (_, changedByHand) => {
    const site = { ...denver, rules: { per7Nights: 1.5 * HOUR } }
    const context = { ...worldWith(), sites: new Map([[site.code, site]]) }
    const nights = ['2030-09-07', '2030-09-08']
    const proposal = { ...series(site, { clock: '21:30' }, nights), minutes: 30 }
    await reserveSeries(proposal, ada, OPTIONS, context)
    const lengthened = (before: ReturnType<typeof proposed>) => ({ ...before, end: before.start + HOUR })
    const reference = { id: `${proposal.id}:${nights[changedByHand]}` }
    await amend({ reference, change: lengthened, override: false }, ada, context)
    const amendment = {
      id: proposal.id,
      observer: ada.id,
      fromNight: nights[0]!,
      start: undefined,
      minutes: 60,
      site: undefined,
      change: (before: ReturnType<typeof proposed>, interval: object) => ({ ...before, ...interval }),
      override: false,
    }
    await expect(amendSeries(amendment, ada, { dryRun: false }, context)).rejects.toBeInstanceOf(SeriesRefused)
  })
})
