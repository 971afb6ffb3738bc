import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, at as instantOf, changing, proposed } from '../context.ts'
import { type Ask, serve, serveHere, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const at = (time: string) => `2030-07-01T${time}Z`
const idsIn = (body: readonly { event_id: string }[]) => body.map(({ event_id }) => event_id)

describe('a missing key', () => {
  const TABLE: [endpoint: string, keys: readonly string[]][] = [
    ['newevent', ['event_id', 'start', 'site']],
    ['delete', ['event_id']],
    ['add-projects-to-events', ['project_id', 'events']],
    ['remove-project-from-events', ['events']],
    ['remove-expired-lco-schedule', ['site', 'cutoff_time']],
    ['siteevents', ['site', 'start', 'end']],
    ['scheduler-observations', ['site', 'start', 'end']],
    ['user-events-ending-after-time', ['user_id', 'time']],
    ['get-event-at-time', ['site', 'time']],
    ['is-user-scheduled', ['user_id', 'site', 'time']],
    ['does-conflicting-event-exist', ['user_id', 'site', 'time']],
    ['may-command', ['user_id', 'site']],
    ['targets', ['q']],
    ['target-visibility', ['target', 'start', 'end', 'site']],
    ['get-event', ['event_id']],
  ]
  const GOOD: Record<string, unknown> = {
    event_id: 'an-id',
    start: at('04:00:00'),
    end: at('05:00:00'),
    site: 'saf',
    project_id: 'a#1',
    events: [],
    cutoff_time: at('04:00:00'),
    user_id: 'demo|ada',
    time: at('04:30:00'),
    q: 'M31',
    target: 'M31',
  }

  for (const [endpoint, keys] of TABLE) {
    it.each(keys.map((key, index) => [key, keys.slice(0, index)] as const))(
      `of ${endpoint} is named, the first of them first: %s`,
      async (missing, present) => {
        const body = Object.fromEntries(present.map((key) => [key, GOOD[key]]))
        for (const nothing of [{}, { [missing]: null }]) {
          const reply = await server.post(endpoint, { ...body, ...nothing }, { as: 'ada' })
          expect([reply.status, reply.body]).toEqual([400, `Error: missing required key ${missing}`])
        }
      },
    )
  }

  it('is reported before malformed values', async () => {
    expect((await server.post('siteevents', { site: '???', start: 'soon' })).body).toBe(
      'Error: missing required key end',
    )
  })

  it('of a window in does-conflicting-event-exist is the other end', async () => {
    const body = { user_id: 'demo|ada', site: 'saf' }
    expect((await server.post('does-conflicting-event-exist', { ...body, start: at('04:00:00') })).body).toBe(
      'Error: missing required key end',
    )
    expect((await server.post('does-conflicting-event-exist', { ...body, end: at('04:00:00') })).body).toBe(
      'Error: missing required key start',
    )
  })
})

describe('an event from 04:00 to 05:00', () => {
  beforeAll(async () => {
    for (const event of [
      { event_id: 'it', site: 'one', start: at('04:00:00'), end: at('05:00:00') },
      { event_id: 'next', site: 'one', start: at('05:00:00'), end: at('06:00:00') },
      { event_id: 'elsewhere', site: 'two', start: at('03:00:00'), end: at('04:30:00') },
    ]) {
      expect((await server.post('newevent', newEvent(event), { as: 'ada' })).status).toBe(200)
    }
  })

  it.each([
    ['03:00:00', '04:00:00', []],
    ['03:00:00', '04:00:01', ['it']],
    ['04:59:59', '05:00:00', ['it']],
    ['04:59:59', '05:00:01', ['it', 'next']],
    ['05:00:00', '05:00:01', ['next']],
    ['00:00:00', '23:00:00', ['it', 'next']],
    ['04:20:00', '04:40:00', ['it']],
    ['06:00:00', '07:00:00', []],
  ])('is in the list from %s to %s only if they overlap: %j', async (start, end, ids) => {
    const { status, body } = await server.post('siteevents', { site: 'one', start: at(start), end: at(end) })
    expect([status, idsIn(body)]).toEqual([200, ids])
  })

  it('is listed with the events of other sites, by start', async () => {
    const window = { start: at('00:00:00'), end: at('23:00:00') }
    expect(idsIn((await server.post('siteevents', { site: ['one', 'two', 'one', 'none'], ...window })).body)).toEqual([
      'elsewhere',
      'it',
      'next',
    ])
    expect(idsIn((await server.post('siteevents', { site: ['two'], ...window })).body)).toEqual(['elsewhere'])
    expect((await server.post('siteevents', { site: 'ONE', ...window })).body).toEqual([])
  })

  it.each([
    ['03:59:59', []],
    ['04:00:00', ['it']],
    ['04:59:59', ['it']],
    ['04:59:59.999', ['it']],
    ['05:00:00', ['next']],
    ['06:00:00', []],
  ])('is found at %s: %j', async (time, ids) => {
    expect(idsIn((await server.post('get-event-at-time', { site: 'one', time: at(time) })).body)).toEqual(ids)
    const scheduled = { user_id: 'demo|ada', site: 'one', time: at(time) }
    expect((await server.post('is-user-scheduled', scheduled)).body).toBe(ids.length > 0)
    expect((await server.post('is-user-scheduled', { ...scheduled, user_id: 'demo|bo' })).body).toBe(false)
    expect((await server.post('does-conflicting-event-exist', { ...scheduled, user_id: 'demo|bo' })).body).toBe(
      ids.length > 0,
    )
    expect((await server.post('does-conflicting-event-exist', scheduled)).body).toBe(false)
  })

  it.each([
    ['03:00:00', '04:00:00', false],
    ['03:00:00', '04:00:01', true],
    ['06:00:00', '07:00:00', false],
    ['05:59:59', '06:00:00', true],
  ])('conflicts with a reservation of Bo from %s to %s: %s', async (start, end, expected) => {
    const input = { site: 'one', start: at(start), end: at(end) }
    expect((await server.post('does-conflicting-event-exist', { user_id: 'demo|bo', ...input })).body).toBe(expected)
    expect((await server.post('does-conflicting-event-exist', { user_id: 'demo|ada', ...input })).body).toBe(false)
  })

  it.each([
    ['04:30:00', ['elsewhere', 'it', 'next']],
    ['04:30:01', ['it', 'next']],
    ['05:00:00', ['it', 'next']],
    ['06:00:00', ['next']],
    ['06:00:01', []],
  ])('is in the list of Ada’s events that end at %s or later, by end: %j', async (time, ids) => {
    expect(
      idsIn((await server.post('user-events-ending-after-time', { user_id: 'demo|ada', time: at(time) })).body),
    ).toEqual(ids)
    expect(
      (await server.post('user-events-ending-after-time', { user_id: 'demo|nobody', time: at(time) })).body,
    ).toEqual([])
  })

  it('conflicts with reservations of the admin who made it if it is maintenance', async () => {
    await server.post(
      'newevent',
      newEvent({ site: 'works', reservation_type: 'maintenance', start: at('04:00:00'), end: at('05:00:00') }),
      { as: 'grace' },
    )
    const body = { user_id: 'demo|grace', site: 'works', time: at('04:30:00') }
    expect((await server.post('does-conflicting-event-exist', body)).body).toBe(true)
  })
})

describe('a window', () => {
  it.each([
    ['that ends before it starts', at('05:00:00'), at('04:00:00'), 400],
    ['of zero length', at('05:00:00'), at('05:00:00'), 400],
    ['of 366 days', '2030-01-01T00:00:00Z', '2031-01-02T00:00:00Z', 200],
    ['of 366 days and a second', '2030-01-01T00:00:00Z', '2031-01-02T00:00:01Z', 400],
  ])('%s (%s to %s) is answered %i', async (_, start, end, status) => {
    for (const [name, more] of [
      ['siteevents', {}],
      ['does-conflicting-event-exist', { user_id: 'demo|ada' }],
    ] as const) {
      const reply = await server.post(name, { site: 'saf', start, end, ...more })
      expect([name, reply.status]).toEqual([name, status])
      if (status === 400) expect(reply.body).toMatch(/^Error: /)
    }
  })

  it('may span MAX_WINDOW_DAYS and no more', async () => {
    const narrow = await serveHere({ MAX_WINDOW_DAYS: '2' })
    const window = (days: number) => ({
      site: 'saf',
      start: '2030-01-01T00:00:00Z',
      end: `2030-01-0${1 + days}T00:00:00Z`,
    })
    expect((await narrow.post('siteevents', window(2))).status).toBe(200)
    const reply = await narrow.post('siteevents', window(3))
    expect([reply.status, reply.body]).toEqual([400, expect.stringContaining('2 days')])
  })

  it('is listed completely, however many reservations it has', async () => {
    const minute = (n: number) => new Date(Date.UTC(2035, 0, 1, 0, n)).toISOString()
    const store = sqliteStore(openDatabase(server.file), eventCodec)
    const nth = (n: number) => proposed({ site: 'full', start: instantOf(minute(n)), end: instantOf(minute(n + 1)) })
    await changing(
      store,
      Array.from({ length: 1500 }, (_, n) => ({ after: nth(n) })),
    )
    await store.close()
    const { body } = await server.post('siteevents', {
      site: 'full',
      start: '2035-01-01T00:00Z',
      end: '2035-02-01T00:00Z',
    })
    expect(body).toHaveLength(1500)
    expect(body).toEqual(body.toSorted((a: { start: string }, b: { start: string }) => (a.start < b.start ? -1 : 1)))
    expect(
      (await server.post('user-events-ending-after-time', { user_id: ada.id, time: '2035-01-01T00:00Z' })).body,
    ).toHaveLength(1500)
  })
})

describe('a malformed query', () => {
  const window = { site: 'saf', start: at('04:00:00'), end: at('05:00:00') }

  it.each([
    ['siteevents', { ...window, site: [] }],
    ['siteevents', { ...window, site: ['saf', 7] }],
    ['siteevents', { ...window, site: { code: 'saf' } }],
    ['siteevents', { ...window, start: 5 }],
    ['siteevents', { ...window, end: '2030-02-30T00:00:00Z' }],
    ['siteevents', { ...window, start: ['2030-01-01T00:00Z'] }],
    ['get-event-at-time', { site: ['saf'], time: at('04:00:00') }],
    ['get-event-at-time', { site: 'saf', time: '2030-07-01' }],
    ['user-events-ending-after-time', { user_id: '', time: at('04:00:00') }],
    ['user-events-ending-after-time', { user_id: 5, time: at('04:00:00') }],
    ['is-user-scheduled', { user_id: 'demo|ada', site: 'saf', time: 0 }],
    ['does-conflicting-event-exist', { user_id: 'demo|ada', site: 'saf', start: 'a', end: 'b' }],
    ['get-event', { event_id: 'x'.repeat(129) }],
  ])('is answered 400: %s %j', async (name, body) => {
    const reply = await server.post(name, body)
    expect([reply.status, reply.type, reply.body]).toEqual([400, 'application/json', expect.stringMatching(/^Error: /)])
  })

  it.each([false, null, 'true', 1, {}])(
    'is not one with full_project_details %j, which means no details',
    async (full_project_details) => {
      expect(await server.post('siteevents', { ...window, full_project_details })).toMatchObject({
        status: 200,
        body: [],
      })
    },
  )
})

it('get-event gives one event with its revision as the ETag, or 404', async () => {
  const { body } = await server.post('newevent', newEvent({ event_id: 'the one' }), { as: 'ada' })
  for (const reply of [
    await server.post('get-event', { event_id: 'the one' }),
    await server.get('get-event?event_id=the%20one'),
  ]) {
    expect([reply.status, reply.body, reply.headers.get('etag')]).toEqual([200, body.new_calendar_event, '"1"'])
  }
  expect((await server.get('get-event?event_id=the%20one', { headers: { 'If-None-Match': '"1"' } })).status).toBe(304)
  const none = await server.post('get-event', { event_id: 'no one' })
  expect([none.status, none.body]).toEqual([404, 'There is no such event.'])
})

describe('a reservation that anonymous callers see masked', () => {
  const overrides = { event_id: 'of-a-mail', title: 'for ada@example.org' }
  const where = `get-event?event_id=${overrides.event_id}`
  const tagOf = async (ask: Ask) => (await server.get(where, ask)).headers.get('etag') ?? ''
  beforeAll(async () => {
    await server.post('newevent', newEvent(overrides), { as: 'ada' })
  })

  it('has another entity tag for each view in get-event', async () => {
    const [whole, masked] = [await tagOf({ as: 'ada' }), await tagOf({})]
    expect([whole, masked]).toEqual(['"1"', '"1m"'])
    for (const ask of [{}, { as: 'bo' }, { headers: { Authorization: 'Bearer nonsense' } }] satisfies Ask[]) {
      const reply = await server.get(where, { ...ask, headers: { ...ask.headers, 'If-None-Match': whole } })
      expect([reply.status, reply.body?.title]).toEqual([200, 'for ada'])
      expect((await server.get(where, { ...ask, headers: { ...ask.headers, 'If-None-Match': masked } })).status).toBe(
        304,
      )
    }
    for (const ask of [{ as: 'ada' }, { as: 'grace' }, { key: true }] satisfies Ask[]) {
      const reply = await server.get(where, { ...ask, headers: { 'If-None-Match': masked } })
      expect([reply.status, reply.body?.title]).toEqual([200, overrides.title])
      expect((await server.get(where, { ...ask, headers: { 'If-None-Match': whole } })).status).toBe(304)
    }
  })

  it.each([
    ['siteevents', 'siteevents?site=saf&start=2031-01-01T00:00Z&end=2031-12-31T00:00Z'],
    ['user-events-ending-after-time', 'user-events-ending-after-time?user_id=demo%7Cada&time=2031-01-01T00:00Z'],
  ])('has another entity tag for each view in %s', async (_, list) => {
    const [whole, masked] = [await server.get(list, { as: 'ada' }), await server.get(list)]
    expect(whole.headers.get('etag')).not.toBe(masked.headers.get('etag'))
    const again = await server.get(list, { headers: { 'If-None-Match': whole.headers.get('etag') ?? '' } })
    expect([again.status, again.text.includes('ada@example.org')]).toEqual([200, false])
  })

  it('accepts either tag in If-Match, also as proxies alter it, until it changes', async () => {
    const amend = (header: string) =>
      server.post(
        'modifyevent',
        { event_id: overrides.event_id, reservation_note: header },
        { as: 'ada', headers: { 'If-Match': header } },
      )
    const statuses = []
    for (const header of ['"1m"', '"1m"', '"2"', '"2m"', 'W/"3m-gzip"', '"4m;gzip", "9"', '"mm"', '"5mm"', '"m"'])
      statuses.push((await amend(header)).status)
    expect(statuses).toEqual([200, 412, 200, 412, 200, 200, 412, 412, 412])
  })
})
