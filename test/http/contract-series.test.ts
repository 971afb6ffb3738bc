import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../process/calendar.ts'
import { type Ask, freshId, fromNow, type Reply, serve, serveHere, type TestServer } from '../server.ts'
import { secretOf } from '../webhook-receiver.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const ada: Ask = { as: 'ada' }
const grace: Ask = { as: 'grace' }
const PROBLEM = { headers: { Accept: 'application/problem+json' } }

/** Series of different tests lie in years of their own. */
let years = 2030
/** A new series of Ada: three Thursdays at a quarter past ten, on either side of an odd night. */
function newSeries(overrides: Readonly<Record<string, unknown>> = {}) {
  years += 1
  return {
    series_id: freshId(),
    site: 'saf',
    first_night: `${years}-03-07`,
    nights: { every: 7, count: 3 } as unknown,
    start: { clock: '22:15' } as unknown,
    minutes: 45,
    ...overrides,
  }
}
const make = (body: object, ask: Ask = ada) => server.post('newseries', body, ask)
const made = async (body: object, ask: Ask = ada) => {
  const { status, body: answer } = await make(body, ask)
  expect(status).toBe(200)
  return answer.nights.map(({ event }: { event: object }) => event)
}
const read = async (event_id: string) => (await server.post('get-event', { event_id }, grace)).body
const historyOf = async (event_id: string) => (await server.post('event-history', { event_id }, grace)).body
const at = (site: string, start: string, end: string) => server.post('siteevents', { site, start, end }, grace)
const inYear = (year: number) => at('saf', `${year}-01-01T00:00Z`, `${year}-12-31T00:00Z`)
const codesOf = (reply: Reply) =>
  reply.body.nights.map(({ objections = [] }: { objections?: { code: string }[] }) =>
    objections.map(({ code }) => code),
  )
/** Reserves the hour from 04:00 to 05:00 UTC after an evening for Bo: in it lies 22:15 in summer time. */
const inTheWay = (evening: string, overrides: object = {}) => {
  const day = new Date(Date.parse(evening) + 86_400_000).toISOString().slice(0, 10)
  return server.post(
    'newevent',
    { event_id: freshId(), site: 'saf', start: `${day}T04:00Z`, end: `${day}T05:00Z`, ...overrides },
    { as: 'bo' },
  )
}

describe('newseries', () => {
  it('makes an ordinary reservation in each night, at the same time on the clocks', async () => {
    const series = newSeries({ first_night: '2030-03-07', title: 'M 31', rating: 0.5 })
    const events = await made(series)
    expect(events).toEqual(
      // The clocks go forward on the second Sunday of March.
      ['2030-03-08T05:15', '2030-03-15T04:15', '2030-03-22T04:15'].map((start, index) =>
        expect.objectContaining({
          event_id: `${series.series_id}:2030-03-${['07', '14', '21'][index]}`,
          series_id: series.series_id,
          start: `${start}:00Z`,
          end: `${start.slice(0, 11)}${index === 0 ? '06' : '05'}:00:00Z`,
          creator_id: 'demo|ada',
          title: 'M 31',
          rating: 0.5,
          site: 'saf',
        }),
      ),
    )
    for (const event of events) expect(await read(event.event_id)).toEqual(event)
    expect(await historyOf(events[0].event_id)).toMatchObject([{ revision: 1, via: 'reserve', by: 'demo|ada' }])
  })

  it('is answered the same again, and makes nothing', async () => {
    const series = newSeries()
    const first = await make(series)
    const again = await make(series)
    expect([again.status, again.body]).toEqual([200, first.body])
    expect(await historyOf(first.body.nights[0].event.event_id)).toHaveLength(1)
  })

  it('with more nights makes those as well', async () => {
    const series = newSeries()
    await made(series)
    expect(await made({ ...series, nights: { every: 7, count: 4 } })).toHaveLength(4)
  })

  it.each([
    ['another title', { title: 'other' }, ada],
    ['another length', { minutes: 50 }, ada],
    ['another caller', {}, { as: 'bo' }],
  ] as const)('with a known id and %s is answered 409', async (_, changes, ask) => {
    const series = newSeries()
    const [event] = await made(series)
    expect((await make({ ...series, ...changes }, ask)).status).toBe(409)
    expect(await read(event.event_id)).toEqual(event)
  })

  it('is refused as a whole if a night is taken', async () => {
    const series = newSeries()
    await inTheWay(`${years}-03-14`)
    const reply = await make(series)
    expect([reply.status, reply.body]).toEqual([
      409,
      expect.stringMatching(/^In the night of \d{4}-03-14: saf is taken by Bo .* from \S+ to \S+\.$/),
    ])
    const problem = await make(series, { ...ada, ...PROBLEM })
    expect(problem.body).toMatchObject({
      code: 'series',
      nights: [{ night: `${years}-03-14`, objections: [{ code: 'conflict', overridable: false }] }],
    })
    expect((await inYear(years)).body).toHaveLength(1)
  })

  it('leaves out the nights that are taken, if that is wanted', async () => {
    const series = newSeries({ on_conflict: 'skip' })
    await inTheWay(`${years}-03-14`)
    const reply = await make(series)
    expect([reply.status, codesOf(reply)]).toEqual([200, [[], ['conflict'], []]])
    expect((await make(series)).body).toEqual(reply.body)
    expect((await inYear(years)).body).toHaveLength(3)
  })

  it('says what it would do in a dry run, and changes nothing', async () => {
    const series = newSeries()
    const dry = await make({ ...series, dry_run: true })
    expect([dry.status, dry.body.dry_run]).toEqual([200, true])
    expect((await inYear(years)).body).toEqual([])
    const { body } = await make(series)
    const withoutTimes = (text: string) => text.replaceAll(/"last_modified":"[^"]*"/g, '')
    expect(withoutTimes(JSON.stringify(dry.body.nights))).toBe(withoutTimes(JSON.stringify(body.nights)))
    await inTheWay(`${years}-03-28`)
    expect((await make({ ...series, nights: { every: 7, count: 4 }, dry_run: true })).status).toBe(409)
  })

  it('names the nights in which there is no such time', async () => {
    const late = newSeries({ start: { after: 'dark', minutes: 1400 } })
    expect((await make(late)).status).toBe(409)
    const none = ['no_such_time']
    expect(codesOf(await make({ ...late, on_conflict: 'skip' }))).toEqual([none, none, none])
    const sidereal = newSeries({ start: { sidereal: '09:30' }, nights: { every: 1, count: 10 }, on_conflict: 'skip' })
    expect(codesOf(await make(sidereal)).flat().length).toBeLessThanOrEqual(1)
  })

  it('of maintenance is for admins and services', async () => {
    const closed = newSeries({ reservation_type: 'maintenance' })
    expect((await make(closed)).status).toBe(403)
    const [event] = await made(closed, grace)
    expect(event.reservation_type).toBe('maintenance')
    expect((await make({ ...closed, series_id: freshId() }, grace)).status).toBe(409)
    expect((await make({ ...closed, series_id: freshId(), override: true }, grace)).body.nights[0]).toMatchObject({
      across: [event.event_id],
    })
  })

  it('for another observer is for admins and services', async () => {
    const bos = newSeries({ creator_id: 'demo|bo' })
    expect((await make(bos)).status).toBe(403)
    expect((await made(bos, { key: true }))[0].creator_id).toBe('demo|bo')
    expect((await make({ ...bos, series_id: freshId(), override: true })).status).toBe(403)
    expect((await make(bos, {})).status).toBe(401)
  })

  it.each([
    ['no first night', { first_night: undefined }, 'missing required key first_night'],
    ['a night that does not exist', { first_night: '2030-02-30' }, 'first_night must be a date such as 2030-03-14'],
    ['a night twice', { nights: ['2030-03-07', '2030-03-07'] }, 'not 2030-03-07'],
    ['a night before the first', { first_night: '2030-03-08', nights: ['2030-03-07'] }, 'none before first_night'],
    ['nights after the year 9998', { first_night: '9998-12-31', nights: { every: 366, count: 3 } }, 'not +01'],
    ['no nights', { nights: [] }, 'nights must not be empty'],
    ['nights without a distance', { nights: { count: 3 } }, 'nights must be'],
    ['an unknown moment', { start: { after: 'noon' } }, 'after one of sunset, dusk, nautical_dusk, dark'],
    ['two kinds of start', { start: { clock: '22:15', sidereal: 5 } }, 'start must be'],
    ['a time that no clock has', { start: { clock: '24:00' } }, 'start.clock must be a time such as 22:15'],
    ['a sidereal time of 24 hours', { start: { sidereal: 24 } }, 'start.sidereal must be'],
    ['a length of two days', { minutes: 2880 }, 'minutes must be a whole number from 1 to 1440'],
    ['a site without a position', { site: 'nowhere' }, 'the position of nowhere is not known'],
  ])('with %s is answered 400', async (_, changes, message) => {
    const reply = await make(newSeries(changes))
    expect([reply.status, reply.body]).toEqual([400, expect.stringContaining(message)])
  })

  it('has as many nights as the store takes at once, and no more', async () => {
    const { max_series: max } = (await server.get('config')).body
    // The most expensive: each touches two days, has a project, and lies in an enclosure.
    const series = newSeries({ nights: { every: 3, count: max }, minutes: 1440, project_id: 'M31#2030', site: 'aro1' })
    expect(await made(series)).toHaveLength(max)
    const reply = await make(newSeries({ nights: { every: 1, count: max + 1 } }))
    expect([reply.status, reply.body]).toEqual([400, `Error: a series has at most ${max} nights`])
    const moved = { series_id: series.series_id, from_night: series.first_night, start: { clock: '21:45' } }
    expect((await server.post('modifyseries', moved, ada)).status).toBe(200)
    await made({ ...series, start: moved.start, first_night: undefined, nights: [`${years - 1}-01-05`] })
    const all = await server.post('modifyseries', { ...moved, from_night: `${years - 1}-01-01` }, ada)
    expect([all.status, all.body]).toEqual([
      400,
      expect.stringContaining(`at most ${max} nights can be changed at once`),
    ])
  })

  it('is deleted at once, however many nights it has', async () => {
    const { max_series: max } = (await server.get('config')).body
    const series = newSeries({ nights: { every: 3, count: max }, minutes: 1440, project_id: 'M31#2030', site: 'aro1' })
    expect(await made(series)).toHaveLength(max)
    const removed = await server.post(
      'deleteseries',
      { series_id: series.series_id, from_night: series.first_night },
      ada,
    )
    expect([removed.status, removed.body.nights?.length]).toEqual([200, max])
  })

  it.each([0, 1, 5])('of the most nights fits with a projects service and %i receivers of webhooks', async (count) => {
    const receivers = Array.from({ length: count }, (_, n) => `receiver-${n}`)
    const nowhere = `http://127.0.0.1:${await freePort()}`
    const told = await serveHere({
      PROJECTS_URL: nowhere,
      WEBHOOKS: receivers.map((name) => `${name}=${nowhere}`).join(','),
      WEBHOOK_SECRETS: receivers.map((name) => `${name}=${secretOf(1)}`).join(','),
    })
    const { max_series: max } = (await told.get('config')).body
    const nights = { every: 3, count: max }
    const series = newSeries({ nights, minutes: 1440, project_id: 'M31#2030', site: 'aro1' })
    const all = { series_id: series.series_id, from_night: series.first_night }
    for (const [endpoint, body] of [
      ['newseries', series],
      ['modifyseries', { ...all, start: { clock: '21:45' } }],
      ['deleteseries', all],
    ] as const) {
      const reply = await told.post(endpoint, body, ada)
      expect([endpoint, reply.status, reply.body.nights?.length ?? reply.body]).toEqual([endpoint, 200, max])
    }
  })

  it('of maintenance at an enclosure closes its telescopes', async () => {
    const closed = newSeries({ site: 'aro', reservation_type: 'maintenance' })
    const [event] = await made(closed, grace)
    expect(event).toMatchObject({ site: 'aro', start: `${years}-03-08T05:15:00Z` })
    expect((await make(newSeries({ site: 'aro1', first_night: closed.first_night }))).status).toBe(409)
    const later = { series_id: closed.series_id, from_night: closed.first_night, start: { clock: '23:15' } }
    expect((await server.post('modifyseries', later, grace)).body.nights[0].event.start).toBe(
      `${years - 1}-03-08T06:15:00Z`,
    )
  })

  it('races with others: each has all of its nights or none, and none is taken twice', async () => {
    years += 1
    const wished = Array.from({ length: 32 }, (_, n) => ({
      ...newSeries({ creator_id: `demo|racer${n}` }),
      first_night: `2090-03-0${1 + (n % 4)}`,
      nights: { every: 2, count: 3 },
    }))
    const replies = await Promise.all(wished.map((series) => make(series, { key: true })))
    expect(replies.filter(({ status }) => status !== 200 && status !== 409)).toEqual([])
    const all = (await at('saf', '2090-01-01T00:00Z', '2090-12-31T00:00Z')).body
    const starts = all.map(({ start }: { start: string }) => start)
    expect(new Set(starts).size).toBe(starts.length)
    expect(
      Object.values(Object.groupBy(all, (one: { series_id: string }) => one.series_id)).map((of) => of?.length),
    ).toEqual(replies.filter(({ status }) => status === 200).map(() => 3))
    expect(starts.length).toBeGreaterThan(0)
  })
})

describe('modifyseries', () => {
  const modify = (series: { series_id: string }, changes: object, ask: Ask = ada) =>
    server.post('modifyseries', { series_id: series.series_id, from_night: `${years}-01-01`, ...changes }, ask)

  it('changes the reservations from a night on, each with a revision of its own', async () => {
    const series = newSeries()
    const events = await made(series)
    const { status, body } = await modify(series, {
      from_night: `${years}-03-14`,
      start: { clock: '23:00' },
      minutes: 30,
      title: 'later',
    })
    expect([status, body.nights.length]).toEqual([200, 2])
    expect(body.nights[0]).toEqual({
      night: `${years}-03-14`,
      event: {
        ...events[1],
        start: `${years}-03-15T05:00:00Z`,
        end: `${years}-03-15T05:30:00Z`,
        title: 'later',
        last_modified: expect.any(String),
      },
    })
    expect(await read(events[0].event_id)).toEqual(events[0])
    expect(await read(events[2].event_id)).toMatchObject({ title: 'later', series_id: series.series_id })
    expect(await historyOf(events[1].event_id)).toMatchObject([{}, { revision: 2, via: 'amend', by: 'demo|ada' }])
    await server.post('restore-event', { event_id: events[1].event_id, revision: 1 }, ada)
    expect(await read(events[1].event_id)).toMatchObject({ start: events[1].start, title: events[1].title })
  })

  it('keeps the start or the length that it does not name, and moves to another telescope', async () => {
    const series = newSeries()
    const events = await made(series)
    const longer = await modify(series, { minutes: 60 })
    expect(longer.body.nights[0].event).toMatchObject({ start: events[0].start })
    const moved = await modify(series, { site: 'mrc1', start: { clock: '22:15' } })
    // An hour to the west the clocks show the same.
    expect(Date.parse(moved.body.nights[0].event.start) - Date.parse(events[0].start)).toBe(3_600_000)
    expect(moved.body.nights[2].event).toMatchObject({ site: 'mrc1', resourceId: 'mrc1' })
  })

  it('changes those that were changed by hand as well, in the night in which they are now', async () => {
    const series = newSeries()
    const events = await made(series)
    const start = `${years}-03-17T04:00:00Z`
    const end = `${years}-03-17T05:00:00Z`
    await server.post('modifyevent', { event_id: events[1].event_id, start, end, title: 'by hand' }, ada)
    const { body } = await modify(series, { start: { clock: '23:00' } })
    expect(body.nights[1]).toMatchObject({
      night: `${years}-03-16`,
      event: { start: `${years}-03-17T05:00:00Z`, end: `${years}-03-17T06:00:00Z`, title: 'by hand' },
    })
  })

  it('is refused as a whole if a night is taken', async () => {
    const series = newSeries({ start: { clock: '20:00' } })
    const events = await made(series)
    await inTheWay(`${years}-03-21`)
    const reply = await modify(series, { start: { clock: '22:15' } }, { ...ada, ...PROBLEM })
    expect([reply.status, reply.body.nights]).toMatchObject([409, [{ night: `${years}-03-21` }]])
    expect((await modify(series, { start: { clock: '22:15' }, dry_run: true })).status).toBe(409)
    for (const event of events) expect(await read(event.event_id)).toEqual(event)
  })

  it('lets maintenance of one night after the other move along', async () => {
    const series = newSeries({ nights: { every: 1, count: 3 }, minutes: 1440, reservation_type: 'maintenance' })
    // A day of 24 hours does not fit into a night of 23.
    series.first_night = `${years}-04-07`
    await made(series, grace)
    expect((await modify(series, { start: { clock: '23:00' } }, grace)).status).toBe(200)
    expect((await modify(series, { start: { clock: '21:00' } }, grace)).status).toBe(200)
  })

  it('leaves those that have ended as they are', async () => {
    const series = newSeries({ first_night: '2020-03-05' })
    series.nights = ['2020-03-05', `${years}-03-07`]
    const events = await made(series)
    const { body } = await modify(series, { from_night: '2020-01-01', title: 'now' })
    expect(body.nights).toHaveLength(1)
    expect(await read(events[0].event_id)).toEqual(events[0])
    expect((await modify({ series_id: 'none' }, { title: 'x' })).status).toBe(404)
    expect((await modify(series, { from_night: '9000-01-01', title: 'x' })).status).toBe(404)
  })

  it("of another observer is an admin's", async () => {
    const series = newSeries()
    await made(series)
    expect((await modify(series, { creator_id: 'demo|ada', title: 'x' }, { as: 'bo' })).status).toBe(403)
    expect((await modify(series, { title: 'x' }, { as: 'bo' })).status).toBe(404)
    expect((await modify(series, { creator_id: 'demo|ada', title: 'x' }, grace)).status).toBe(200)
    expect((await modify(series, { reservation_type: 'maintenance' })).status).toBe(403)
  })
})

describe('deleteseries', () => {
  it('deletes the reservations from a night on, and each can be restored', async () => {
    const series = newSeries()
    const events = await made(series)
    const body = { series_id: series.series_id, from_night: `${years}-03-14` }
    expect((await server.post('deleteseries', { ...body, dry_run: true }, ada)).status).toBe(200)
    expect((await server.post('deleteseries', { ...body, creator_id: 'demo|ada' }, { as: 'bo' })).status).toBe(403)
    expect((await inYear(years)).body).toHaveLength(3)
    const reply = await server.post('deleteseries', body, ada)
    expect([reply.status, reply.body.nights]).toEqual([
      200,
      [
        { night: `${years}-03-14`, event: events[1] },
        { night: `${years}-03-21`, event: events[2] },
      ],
    ])
    expect((await inYear(years)).body).toEqual([events[0]])
    expect((await server.post('deleteseries', body, ada)).status).toBe(404)
    expect((await make(series)).status).toBe(409)
    const back = await server.post('restore-event', { event_id: events[2].event_id, revision: 1 }, ada)
    expect(back.body.restored_calendar_event).toMatchObject({ series_id: series.series_id, start: events[2].start })
  })
})

describe('move-reservations', () => {
  const move = (moves: readonly object[], ask: Ask = grace, more: object = {}) =>
    server.post('move-reservations', { moves, ...more }, ask)
  const reserve = async (overrides: object = {}, ask: Ask = ada) => {
    years += 1
    const body = {
      event_id: freshId(),
      site: 'saf',
      start: `${years}-06-20T05:00:00Z`,
      end: `${years}-06-20T05:40:00Z`,
    }
    const reply = await server.post('newevent', { ...body, ...overrides }, ask)
    expect(reply.status).toBe(200)
    return reply.body.new_calendar_event
  }

  it('is for admins and services', async () => {
    const { event_id } = await reserve()
    expect((await move([{ event_id, site: 'mrc1' }], ada)).status).toBe(403)
    expect((await move([{ event_id, site: 'mrc1' }], {})).status).toBe(401)
    expect((await move([{ event_id, site: 'mrc1' }], { key: true })).body).toMatchObject([{ status: 'moved' }])
  })

  it('moves each to where the caller says, keeps its length, and says where it was', async () => {
    const event = await reserve()
    const start = `${years}-06-21T06:00:00Z`
    const end = `${years}-06-21T06:40:00Z`
    const { status, body } = await move([{ event_id: event.event_id, start, site: 'mrc1' }])
    expect([status, body]).toEqual([200, [{ event_id: event.event_id, status: 'moved', site: 'mrc1', start, end }]])
    const moved_from = { site: 'saf', start: event.start, end: event.end }
    expect(await read(event.event_id)).toMatchObject({ start, end, site: 'mrc1', resourceId: 'mrc1', moved_from })
    expect(await historyOf(event.event_id)).toMatchObject([{}, { via: 'amend', by: 'demo|grace' }])
    await server.post('restore-event', { event_id: event.event_id, revision: 1 }, grace)
    expect(await read(event.event_id)).toEqual({ ...event, last_modified: expect.any(String) })
  })

  it('says where it was until its observer changes it', async () => {
    const { event_id, start, end } = await reserve()
    const field = async () => (await read(event_id)).moved_from
    const original = { site: 'saf', start, end }
    await move([{ event_id, start: `${years}-06-22T06:00Z` }])
    await move([{ event_id, start: `${years}-06-23T06:00Z` }])
    expect(await field()).toEqual(original)
    await server.post('modifyevent', { event_id, title: 'by an admin' }, grace)
    expect(await field()).toEqual(original)
    await server.post('modifyevent', { event_id, moved_from: { site: 'x' } }, grace)
    expect(await field()).toEqual(original)
    await server.post('modifyevent', { event_id }, ada)
    expect(await field()).toBeUndefined()
    await move([{ event_id, start: `${years}-06-24T06:00Z` }])
    await move([{ event_id, start: `${years}-06-23T06:00Z` }])
    expect(await field()).toBeUndefined()
    expect((await reserve({ moved_from: original })).moved_from).toBeUndefined()
  })

  it('moves to the nearest free dark time, if none is given', async () => {
    const event = await reserve()
    const day = `${years}-06-20`
    await reserve({ start: `${day}T05:40:00Z`, end: `${day}T06:10:00Z` }, { as: 'bo' })
    years -= 1
    const [moved] = (await move([{ event_id: event.event_id }])).body
    expect(moved).toMatchObject({ status: 'moved', site: 'saf' })
    expect(moved.end <= event.start || moved.start >= `${day}T06:10:00Z`).toBe(true)
    expect(Math.abs(Date.parse(moved.start) - Date.parse(event.start))).toBeLessThanOrEqual(70 * 60_000)
    expect(Date.parse(moved.end) - Date.parse(moved.start)).toBe(40 * 60_000)
  })

  it('answers for each, in order, and never moves onto another', async () => {
    const [one, two] = [await reserve(), await reserve()]
    const taken = await reserve({}, { as: 'bo' })
    const past = await reserve({ start: '2020-01-01T05:00Z', end: '2020-01-01T06:00Z' })
    const moves = [
      { event_id: one.event_id, start: taken.start },
      { event_id: two.event_id, start: two.start },
      { event_id: 'nobody', site: 'mrc1' },
      { event_id: past.event_id, site: 'mrc1' },
      { event_id: taken.event_id, site: 'nowhere' },
    ]
    const { body } = await move(moves, grace, { override: true })
    expect(body.map(({ status, code }: { status: string; code?: string }) => [status, code])).toEqual([
      ['refused', 'conflict'],
      ['moved', undefined],
      ['not_found', undefined],
      ['finished', undefined],
      ['refused', 'malformed'],
    ])
    expect(body[0].detail).toMatch(/^saf is taken by Bo/)
    expect(await historyOf(two.event_id)).toHaveLength(1)
  })

  it('moves them one after the other, so that one may take the place of another', async () => {
    const [one, two] = [await reserve({}, { as: 'bo' }), await reserve()]
    const moves = [
      { event_id: two.event_id, start: `${years}-06-25T06:00Z` },
      { event_id: one.event_id, start: two.start },
    ]
    expect((await move(moves.toReversed())).body).toMatchObject([{ status: 'refused' }, { status: 'moved' }])
    expect((await move(moves)).body).toMatchObject([{ status: 'moved' }, { status: 'moved' }])
  })

  it('races with others, and double-books nothing', async () => {
    const events = await Promise.all(
      Array.from({ length: 12 }, (_, n) => reserve({ creator_id: `demo|mover${n}` }, { key: true })),
    )
    const start = `${(years += 1)}-06-20T05:00Z`
    const replies = await Promise.all(events.map(({ event_id }) => move([{ event_id, start }])))
    expect(replies.filter(({ body }) => body[0].status === 'moved')).toHaveLength(1)
    expect((await inYear(years)).body).toHaveLength(1)
  })

  it.each([
    ['no list', { moves: 'a' }],
    ['an event twice', { moves: [{ event_id: 'a' }, { event_id: 'a' }] }],
    ['more than 200', { moves: Array.from({ length: 201 }, (_, n) => ({ event_id: String(n) })) }],
    ['a malformed entry', { moves: [{ event_id: 'a' }, { event_id: 'b', start: 'soon' }] }],
  ])('of %s is answered 400', async (_, body) => {
    expect((await server.post('move-reservations', body, grace)).status).toBe(400)
  })
})

describe('under rules', () => {
  const DENVER = {
    latitude: 35.55,
    longitude: -105.87,
    elevation: 2194,
    time_zone: 'America/Denver',
    enclosure: 'dome',
  }
  const siteWith = (code: string, rules: object) => ({ code, name: code, ...DENVER, rules })
  const SITES = [
    siteWith('hours', { hours_per_7_nights: 2 }),
    siteWith('few', { upcoming: 3 }),
    siteWith('dark', { darkness: 'astronomical' }),
    siteWith('kept', { cancel_notice_minutes: 5_256_000 }),
    siteWith('other', { one_at_a_time: true }),
    siteWith('notice', { notice_minutes: 14_400 }),
  ]
  let ruled: TestServer
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-series-'))
    const file = join(folder, 'sites.json')
    writeFileSync(file, JSON.stringify(SITES))
    ruled = await serve({ SITES_FILE: file })
  })
  afterAll(async () => {
    await ruled.stop()
    rmSync(folder, { recursive: true })
  })
  const post = (endpoint: string, body: object, ask: Ask = ada) => ruled.post(endpoint, body, ask)
  const daily = (site: string, count: number, more: object = {}) =>
    newSeries({ site, nights: { every: 1, count }, ...more })

  it('the reservations of a series count against each other', async () => {
    const series = daily('hours', 9, { on_conflict: 'skip' })
    const seven = Array.from({ length: 9 }, (_, n) => (n < 2 || n > 6 ? [] : ['hours_per_7_nights']))
    expect(codesOf(await post('newseries', { ...series, dry_run: true }))).toEqual(seven)
    expect(codesOf(await post('newseries', series))).toEqual(seven)
    const longer = { series_id: series.series_id, from_night: series.first_night, minutes: 61 }
    const refused = await post('modifyseries', longer, { ...ada, ...PROBLEM })
    expect([refused.status, codesOf(refused)]).toEqual([409, [['hours_per_7_nights'], ['hours_per_7_nights']]])
    expect((await post('modifyseries', { ...longer, minutes: 60 })).status).toBe(200)
    const few = await post('newseries', daily('few', 4), { ...ada, ...PROBLEM })
    expect([few.status, codesOf(few)]).toEqual([409, [['upcoming']]])
    expect((await post('newseries', daily('few', 3))).status).toBe(200)
  })

  it('an admin is told, and may override, which each reservation records', async () => {
    const series = daily('few', 5)
    const refused = await post('newseries', series, { ...grace, ...PROBLEM })
    expect(refused.body.nights).toMatchObject([{ objections: [{ overridable: true }] }, {}])
    const { status, body } = await post('newseries', { ...series, override: true }, grace)
    expect(status).toBe(200)
    const history = await post('event-history', { event_id: body.nights[4].event.event_id }, grace)
    expect(history.body).toMatchObject([{ overridden: ['upcoming'] }])
  })

  it('of series that race for a quota one has it', async () => {
    const wished = Array.from({ length: 8 }, () => ({ ...daily('hours', 2), first_night: '2095-01-01' }))
    const replies = await Promise.all(wished.map((series) => post('newseries', series)))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(7)
    const window = { site: 'hours', start: '2095-01-01T00:00Z', end: '2095-02-01T00:00Z' }
    expect((await post('siteevents', window)).body).toHaveLength(2)
  })

  it('a series in the light is refused, and one after dark is not', async () => {
    expect((await post('newseries', daily('dark', 2, { start: { clock: '17:00' } }))).status).toBe(409)
    expect((await post('newseries', daily('dark', 2, { start: { after: 'dark', minutes: 0 } }))).status).toBe(200)
  })

  it('a series that is too near is deleted by an admin who overrides', async () => {
    const soon = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10)
    const series = { ...daily('kept', 2), first_night: soon }
    expect((await post('newseries', series)).status).toBe(200)
    const body = { series_id: series.series_id, from_night: soon, creator_id: 'demo|ada' }
    const refused = await post('deleteseries', body, { ...ada, ...PROBLEM })
    expect([refused.status, codesOf(refused)]).toEqual([409, [['cancel_notice'], ['cancel_notice']]])
    expect((await post('deleteseries', { ...body, override: true })).status).toBe(403)
    expect((await post('deleteseries', { ...body, override: true }, grace)).status).toBe(200)
  })

  it('a move that breaks one is refused until it is overridden, and never overrides a conflict', async () => {
    years += 1
    const [start, end] = [`${years}-06-20T05:00:00Z`, `${years}-06-20T06:00:00Z`]
    const [one, two] = [freshId(), freshId()]
    await post('newevent', { event_id: one, site: 'few', start, end }, { as: 'cleo' })
    await post(
      'newevent',
      { event_id: two, site: 'other', start: `${years}-06-21T05:00Z`, end: `${years}-06-21T06:00Z` },
      { as: 'cleo' },
    )
    const move = (more: object = {}) => post('move-reservations', { moves: [{ event_id: two, start }], ...more }, grace)
    expect((await move()).body).toMatchObject([{ status: 'refused', code: 'rules' }])
    expect((await move({ override: true })).body).toMatchObject([{ status: 'moved', start }])
    const bos = freshId()
    await post(
      'newevent',
      { event_id: bos, site: 'other', start: `${years}-06-22T05:00Z`, end: `${years}-06-22T06:00Z` },
      { as: 'bo' },
    )
    const onto = { moves: [{ event_id: two, start: `${years}-06-22T05:00Z` }], override: true }
    expect((await post('move-reservations', onto, grace)).body).toMatchObject([{ status: 'refused', code: 'conflict' }])
  })

  it('a move without a start goes to a time that they allow', async () => {
    const soon = (minutes: number) => fromNow(3 * 1440 + minutes)
    const one = freshId()
    const body = { event_id: one, site: 'notice', start: soon(0), end: soon(30), creator_id: 'demo|cleo' }
    expect((await post('newevent', body, { key: true })).status).toBe(200)
    const [moved] = (await post('move-reservations', { moves: [{ event_id: one }] }, grace)).body
    expect(moved).toMatchObject({ status: 'moved', site: 'notice' })
    expect(Date.parse(moved.start)).toBeGreaterThanOrEqual(Date.now() + 14_399 * 60_000)
  })
})
