import ICAL from 'ical.js'
import nodeIcal from 'node-ical'
import { expect, it, onTestFinished } from 'vitest'
import { DAY, HOUR, type Instant } from '../../src/domain/interval.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { createApp } from '../../src/http/app.ts'
import type { HttpResponse } from '../../src/http/exchange.ts'
import { uidOf } from '../../src/http/feed-body.ts'
import { openLog, requestLogOf } from '../../src/ops/log.ts'
import { chunksOf } from '../../src/concurrency.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { MAX_FEED_EVENTS } from '../../src/service/feed-events.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { appOptions, requestTo } from '../app-options.ts'
import { ada, at, bo, changing, enclosureOf, grace, on, proposed, saf, scheduler, TODAY, worldOf } from '../context.ts'

/** A calendar with a clock of its own, where the caller is who the Authorization says. */
function openCalendar(overrides: Parameters<typeof worldOf>[1] = {}, options: Parameters<typeof appOptions>[1] = {}) {
  const store = sqliteStore(openDatabase(':memory:'), eventCodec)
  onTestFinished(() => store.close())
  const world = worldOf(store, overrides)
  const people: Readonly<Record<string, Actor>> = { ada, bo, grace }
  const app = createApp(
    appOptions(store, {
      context: world,
      identity: { authenticate: async ({ authorization = '' }) => ({ actor: people[authorization] ?? anonymous }) },
      ...options,
    }),
  )
  const get = (path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') =>
    app(requestTo(method, `/dev/${path}`, { header: (name) => headers[name] }))
  const post = async (body: object, as?: string) => {
    const response = await app(
      requestTo('POST', '/dev/calendar-feeds', {
        body: Buffer.from(JSON.stringify(body)),
        header: (name) => (name === 'authorization' ? as : undefined),
      }),
    )
    return {
      ...response,
      json: JSON.parse(textOf(response)) as { feeds: { feed_id: string }[]; made: { path: string } },
    }
  }
  return {
    store,
    world,
    get,
    post,
    read: async (path: string) => textOf(await get(path)),
    make: async (one: Parameters<typeof proposed>[0] = {}) =>
      (await reserve(proposed({ modified: world.time, ...one }), one.by ?? ada, { override: false }, world))
        .reservation,
    change: (id: string, changes: Partial<Reservation>) =>
      amend(
        {
          reference: { id },
          change: (before) => ({ ...before, ...changes, modified: world.now() }),
          override: false,
        },
        grace,
        world,
      ),
    remove: (id: string) => cancel({ reference: { id } }, grace, world),
    restore: (id: string, number: number) => restore({ id, number, override: false }, grace, world),
  }
}

const textOf = ({ body }: HttpResponse) => Buffer.from((body ?? '') as Uint8Array).toString()

interface Parsed {
  readonly uid: string
  readonly summary: string
  readonly status: string
  readonly sequence: number
  readonly start: Instant
  readonly end: Instant
  readonly modified: Instant
  readonly description: string
}

/** A text without parameters. */
const plain = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** What two foreign parsers read, which is the same. */
function parsed(text: string): Parsed[] {
  const events = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((one): Parsed => {
    const value = (name: string) => one.getFirstPropertyValue(name)
    const time = (name: string) => (value(name) as ICAL.Time).toUnixTime()
    return {
      uid: String(value('uid')),
      summary: String(value('summary')),
      status: String(value('status')),
      sequence: Number(value('sequence')),
      start: time('dtstart'),
      end: time('dtend'),
      modified: time('last-modified'),
      description: String(value('description')),
    }
  })
  const others = Object.values(nodeIcal.sync.parseICS(text)).filter((one) => one?.type === 'VEVENT')
  const seen = others.map((one) => ({
    uid: one.uid,
    summary: plain(one.summary),
    status: one.status,
    sequence: Number(one.sequence),
    start: one.start.getTime() / 1000,
    end: (one.end?.getTime() ?? 0) / 1000,
    modified: one.lastmodified!.getTime() / 1000,
    description: plain(one.description),
  }))
  const byUid = (a: Parsed, b: Parsed) => (a.uid < b.uid ? -1 : 1)
  expect((seen as Parsed[]).toSorted(byUid)).toEqual(events.toSorted(byUid))
  return events
}

it('a feed has the name of its telescope, how often to ask, and no method', async () => {
  const { get, make } = openCalendar()
  const { id, start } = await make({ title: 'M31', note: 'two lines\nof it' })
  const response = await get('sites/saf.ics')
  expect(response.status).toBe(200)
  expect(response.headers).toMatchObject({
    'Content-Type': 'text/calendar; charset=utf-8',
    'Cache-Control': 'public, no-cache',
    ETag: expect.stringMatching(/^"[\w-]+"$/),
  })
  const text = textOf(response)
  expect(text.split('\r\n').slice(0, 9)).toEqual([
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Photon Ranch//Calendar//EN',
    'CALSCALE:GREGORIAN',
    'NAME:Apache Ridge Observatory',
    'X-WR-CALNAME:Apache Ridge Observatory',
    'REFRESH-INTERVAL;VALUE=DURATION:PT1H',
    'X-PUBLISHED-TTL:PT1H',
    'BEGIN:VEVENT',
  ])
  expect(text).not.toContain('METHOD')
  expect(text).toContain('GEO:35.554298;-105.870197\r\n')
  expect(text).toContain('LOCATION:Apache Ridge Observatory\r\n')
  expect(text).toContain('CATEGORIES:REALTIME\r\n')
  expect(parsed(text)).toEqual([
    {
      uid: uidOf(id, start),
      summary: 'M31',
      status: 'CONFIRMED',
      sequence: 0,
      start,
      end: start + HOUR,
      modified: TODAY,
      // Masked for everybody.
      description: 'Observer: ada\ntwo lines\nof it',
    },
  ])
})

it('an empty feed is a valid one', async () => {
  const { read } = openCalendar()
  const text = await read('sites/saf.ics')
  expect(parsed(text)).toEqual([])
  expect(new ICAL.Component(ICAL.parse(text)).getAllSubcomponents()).toHaveLength(1)
})

it('a feed of no telescope is a 404 with a sentence', async () => {
  const { get } = openCalendar({ sites: new Map([[saf.code, saf], ...enclosureOf('aro')]) })
  for (const path of [
    'sites/none.ics',
    'sites/aro.ics',
    'sites/saf',
    'sites/saf.ical',
    'sites/SAF.ics',
    'sites/.ics',
  ]) {
    const { status, headers, body } = await get(path)
    expect([path, status, headers['Content-Type'], typeof JSON.parse(body as string)]).toEqual([
      path,
      404,
      'application/json',
      'string',
    ])
  }
})

it('a HEAD has the headers alone', async () => {
  const { get } = openCalendar()
  const { headers } = await get('sites/saf.ics')
  expect(await get('sites/saf.ics', {}, 'HEAD')).toEqual({ status: 200, headers, body: undefined })
})

it('a feed goes from 30 days back to all that is to come', async () => {
  const { read, store } = openCalendar()
  const named = (id: string, days: number) =>
    proposed({ id, title: id, start: TODAY + days * DAY, end: TODAY + days * DAY + HOUR })
  for (const one of [named('old', -31), named('recent', -30), named('past', -1), named('far', 5000)])
    await changing(store, [{ after: one }])
  expect(parsed(await read('sites/saf.ics')).map(({ summary }) => summary)).toEqual(['recent', 'past', 'far'])
})

it('what was cancelled is in a feed if it ends after this begins', async () => {
  const { make, remove, read } = openCalendar()
  const from = TODAY - 30 * DAY
  for (const [title, end] of [
    ['before', from],
    ['within', from + 1],
  ] as const)
    await remove((await make({ title, start: from - HOUR, end })).id)
  expect(parsed(await read('sites/saf.ics')).map(({ summary }) => summary)).toEqual(['within'])
})

it('a closure of its enclosure is in the feed of a telescope', async () => {
  const { make, read, remove } = openCalendar({ sites: enclosureOf('aro') })
  const closure = await make({ site: 'aro', kind: 'maintenance', title: 'Roof', by: grace })
  const [event] = parsed(await read('sites/aro1.ics'))
  expect(event).toMatchObject({ summary: 'Roof', status: 'CONFIRMED' })
  await remove(closure.id)
  expect(parsed(await read('sites/aro2.ics'))).toEqual([{ ...event, status: 'CANCELLED', sequence: 1 }])
})

it('what the original had at an enclosure beside closures is in the feed of no telescope', async () => {
  const { store, read, remove } = openCalendar({ sites: enclosureOf('aro') })
  const odd = proposed({ site: 'aro' })
  await changing(store, [{ after: odd }])
  expect(parsed(await read('sites/aro1.ics'))).toEqual([])
  await remove(odd.id)
  expect(parsed(await read('sites/aro1.ics'))).toEqual([])
})

it('the tag stands still while nothing changes, also in another process', async () => {
  const { world, get, make, change } = openCalendar()
  const { id } = await make()
  const { headers } = await get('sites/saf.ics')
  const known = { 'if-none-match': headers['ETag'] ?? '' }
  world.time += HOUR
  const again = await get('sites/saf.ics', known)
  expect([again.status, again.body, again.headers]).toEqual([304, undefined, headers])
  world.time += 3 * DAY
  expect((await get('sites/saf.ics', known)).status).toBe(304)
  await change(id, { note: 'new' })
  expect((await get('sites/saf.ics', known)).status).toBe(200)
})

it('a cancelled reservation stays for 30 days, and a restored one is confirmed again', async () => {
  const { world, make, remove, restore, read } = openCalendar()
  const { id, start } = await make({ start: TODAY + 100 * DAY, end: TODAY + 100 * DAY + HOUR })
  const event = { uid: uidOf(id, start), start, sequence: 0, status: 'CONFIRMED' }
  world.time += DAY
  await remove(id)
  const cancelled = { ...event, status: 'CANCELLED', sequence: 1, modified: TODAY + DAY }
  expect(parsed(await read('sites/saf.ics'))).toEqual([expect.objectContaining(cancelled)])
  world.time = TODAY + 31 * DAY
  expect(parsed(await read('sites/saf.ics'))).toEqual([expect.objectContaining(cancelled)])
  world.time += DAY
  expect(parsed(await read('sites/saf.ics'))).toEqual([])
  await restore(id, 1)
  expect(parsed(await read('sites/saf.ics'))).toEqual([expect.objectContaining({ ...event, sequence: 2 })])
})

it('a reservation that moves to another telescope is the same event in another feed, and cancelled in none', async () => {
  const other = { ...saf, code: 'saf2', name: 'The other one' }
  const { make, change, remove, read } = openCalendar({ sites: new Map([saf, other].map((one) => [one.code, one])) })
  const { id, start } = await make()
  await change(id, { site: 'saf2', resource: 'saf2' })
  expect(parsed(await read('sites/saf.ics'))).toEqual([])
  const uid = uidOf(id, start)
  expect(parsed(await read('sites/saf2.ics'))).toEqual([expect.objectContaining({ uid, sequence: 1 })])
  await remove(id)
  expect(parsed(await read('sites/saf.ics'))).toEqual([])
  expect(parsed(await read('sites/saf2.ics'))).toEqual([expect.objectContaining({ uid, status: 'CANCELLED' })])
})

it('two rows of the original with one id are two events', async () => {
  const { store, read } = openCalendar()
  const first = proposed()
  const second = { ...first, start: on(20, '01:00'), end: on(20, '02:00') }
  await changing(store, [{ after: first }])
  await changing(store, [{ after: second }])
  expect(new Set(parsed(await read('sites/saf.ics')).map(({ uid }) => uid)).size).toBe(2)
})

it('a feed is followed through a year by two foreign parsers', async () => {
  const places: readonly (readonly [string, string])[] = [
    ['saf', 'America/Denver'],
    ['sro', 'Europe/Berlin'],
    ['whs', 'Australia/Sydney'],
  ]
  const { world, make, change, remove, restore, read } = openCalendar({
    sites: new Map(places.map(([code, timeZone]) => [code, { ...saf, code, timeZone }])),
  })
  const titles = ['مرصد النجوم، ليلة; أولى', 'Andromeda 🔭🌌, “M31”', '天文台\\北', 'x'.repeat(256), '👩‍🚀'.repeat(20)]
  const uids = new Map<string, string>()
  for (let week = 0; week < 52; week += 1) {
    world.time = TODAY + week * 7 * DAY
    for (const [code] of places) {
      const start = world.time + 9 * DAY + 2 * HOUR
      const title = titles[week % titles.length] ?? ''
      const made = await make({ site: code, start, end: start + HOUR, title, note: `${title}\n,;` })
      uids.set(made.id, uidOf(made.id, start))
      if (week % 4 === 1) await change(made.id, { start: start + 3 * HOUR, end: start + 4 * HOUR })
      if (week % 4 === 2) await remove(made.id)
      if (week % 4 === 3) {
        await remove(made.id)
        await restore(made.id, 1)
      }
      const events = parsed(await read(`sites/${code}.ics`))
      const event = events.find(({ uid }) => uid === uids.get(made.id))
      expect(event).toMatchObject({
        summary: title,
        start: week % 4 === 1 ? start + 3 * HOUR : start,
        status: week % 4 === 2 ? 'CANCELLED' : 'CONFIRMED',
        sequence: [0, 1, 1, 2][week % 4],
        modified: world.time,
      })
      expect(new Set(events.map(({ uid }) => uid)).size).toBe(events.length)
      // Nine days ahead and 30 back.
      expect(events.length).toBeLessThanOrEqual(7)
    }
  }
  expect(at('2031-02-21T00:00:00Z')).toBe(world.time)
})

it('a feed of too many events is a 413 with a sentence', async () => {
  const { store, get } = openCalendar()
  const many = Array.from({ length: MAX_FEED_EVENTS + 1 }, (_, n) =>
    proposed({ start: TODAY + n * HOUR, end: TODAY + n * HOUR + HOUR }),
  )
  const entries = many.map((reservation) => ({
    id: reservation.id,
    reservations: [{ reservation, revision: 0 }],
    history: [],
    messages: [],
  }))
  await store.archive.importAll(entries.slice(1))
  expect((await get('sites/saf.ics')).status).toBe(200)
  await store.archive.importAll(entries)
  const { status, body } = await get('sites/saf.ics')
  expect([status, JSON.parse(body as string)]).toEqual([413, expect.stringContaining('more than 10000 events')])
})

it('a feed shows as much of what was cancelled as there is room for: the newest, and people’s first', async () => {
  const { store, world, make, read } = openCalendar()
  const current = Array.from({ length: MAX_FEED_EVENTS - 3 }, (_, n) =>
    proposed({ start: on(20, '00:00') + n * HOUR, end: on(20, '01:00') + n * HOUR }),
  )
  await store.archive.importAll(
    current.map((reservation) => ({
      id: reservation.id,
      reservations: [{ reservation, revision: 0 }],
      history: [],
      messages: [],
    })),
  )
  const removed: Reservation[] = []
  for (const by of [ada, bo, scheduler, scheduler]) {
    removed.push(await make({ by, start: on(9, '01:00') + removed.length * HOUR }))
    world.time += HOUR
    await cancel({ reference: { id: removed.at(-1)!.id } }, grace, world)
  }
  const shown = async () => {
    const feed = await read('sites/saf.ics')
    return [removed.map(({ id, start }) => feed.includes(uidOf(id, start))), feed.split('BEGIN:VEVENT').length - 1]
  }
  expect(await shown()).toEqual([[true, true, false, true], MAX_FEED_EVENTS])
  for (let n = 0; n < 2; n += 1) await make({ start: on(10, '01:00') + n * HOUR })
  expect(await shown()).toEqual([[false, true, false, false], MAX_FEED_EVENTS])
})

it('a feed shows the newest 2,500 of what programs cleared, whatever they clear', async () => {
  const { store, world, make, read } = openCalendar()
  const mine = await make({ start: on(8, '01:00') })
  world.time += HOUR
  await cancel({ reference: { id: mine.id } }, grace, world)
  const blocks = Array.from({ length: 2600 }, (_, n) =>
    proposed({ by: scheduler, origin: 'lco', start: on(9, '00:00') + n * HOUR, end: on(9, '01:00') + n * HOUR }),
  )
  for (const some of chunksOf(blocks, store.maxBatch))
    await changing(
      store,
      some.map((after) => ({ after })),
    )
  world.time += HOUR
  await expireLco('saf', TODAY, scheduler, world)
  const feed = await read('sites/saf.ics')
  expect(feed.split('STATUS:CANCELLED').length - 1).toBe(2501)
  expect(feed).toContain(uidOf(mine.id, mine.start))
})

it('a secret feed has what its observer sees, as long as it is not revoked', async () => {
  const { make, post, get, read } = openCalendar()
  await make({ title: 'ada@example.org at M31' })
  await make({ by: bo, title: 'M57', start: on(10, '01:00') })
  const { headers, json } = await post({ make: true }, 'ada')
  expect(headers['Cache-Control']).toBe('no-store')
  expect(json.made).toEqual({
    ...json.feeds[0],
    secret: expect.stringMatching(/^[\w-]{43}$/),
    path: expect.stringMatching(/^feeds\/[\w-]{43}\.ics$/),
  })
  const { path } = json.made
  const response = await get(path)
  expect(response.headers).toMatchObject({ 'Cache-Control': 'private, no-cache', 'X-Robots-Tag': 'noindex' })
  expect(parsed(textOf(response))).toEqual([
    expect.objectContaining({ summary: 'ada@example.org at M31', description: 'Observer: ada@example.org' }),
  ])
  expect(textOf(response)).toContain('TRANSP:OPAQUE')
  expect((await get(path, { 'if-none-match': response.headers['ETag'] ?? '' })).status).toBe(304)
  expect(await read('sites/saf.ics')).toContain('TRANSP:TRANSPARENT')
  // Listed without its secret.
  expect((await post({}, 'ada')).json).toEqual({ feeds: json.feeds })
  expect((await post({}, 'bo')).json).toEqual({ feeds: [] })
  const revoking = { feed_id: json.feeds[0]?.feed_id, revoke: true }
  expect((await post(revoking, 'bo')).status).toBe(404)
  expect((await get(path)).status).toBe(200)
  expect((await post(revoking, 'ada')).json).toEqual({ feeds: [] })
  const unknown = await get(`feeds/${'x'.repeat(43)}.ics`)
  expect(unknown.status).toBe(404)
  for (const gone of [path, path.slice(0, -4), 'feeds/.ics', `feeds/${'y'.repeat(5000)}`])
    expect(await get(gone)).toEqual(unknown)
})

it('a token is required, and the fields must belong together', async () => {
  const { post } = openCalendar()
  expect((await post({ make: true })).status).toBe(401)
  for (const body of [
    { make: false },
    { make: 'yes' },
    { revoke: true },
    { feed_id: 'x' },
    { feed_id: '', revoke: true },
    { make: true, feed_id: 'x', revoke: true },
  ])
    expect([body, (await post(body, 'ada')).status]).toEqual([body, 400])
  for (let n = 0; n < 10; n += 1) expect((await post({ make: true }, 'ada')).status).toBe(200)
  const { status, json } = await post({ make: true }, 'ada')
  expect([status, json]).toEqual([400, expect.stringContaining('10 feeds')])
})

it.each(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])(
  'no secret is in the log at level %s, in a metric, or in an answer that fails',
  async (level) => {
    const lines: string[] = []
    const log = openLog(level, {
      write: (line) => lines.push(line),
      lostLines: () => 0,
      onRecovered: () => {},
      diskSpace: async () => undefined,
      close: async () => {},
    })
    const counted: object[] = []
    const { metrics } = appOptions(openCalendar().store)
    const counting = {
      ...metrics,
      requests: { inc: (labels: object) => counted.push(labels) },
    } as unknown as typeof metrics
    const { get, post, store } = openCalendar({}, { log, logRequest: requestLogOf(log), metrics: counting })
    const { path } = (await post({ make: true }, 'ada')).json.made
    const secret = path.slice('feeds/'.length, -4)
    const answers: unknown[] = []
    for (const one of [path, `${path}x`, path.slice(0, -4), `${path}/more`]) {
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])
        answers.push({ ...(await get(one, {}, method)), ...(one === path && method === 'GET' && { body: '' }) })
    }
    const { calendarFeeds } = store
    Object.assign(calendarFeeds, { find: () => Promise.reject(new Error('a fault')) })
    const failed = await get(path)
    expect(failed.status).toBe(500)
    for (const text of [...lines, JSON.stringify(answers), JSON.stringify(failed), JSON.stringify(counted)])
      expect(text).not.toContain(secret)
    expect(lines.length > 0).toBe(level !== 'fatal')
  },
)
