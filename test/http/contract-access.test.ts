import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, freshId, fromNow, serve, serveHere, type TestServer, newEvent } from '../server.ts'

let server: TestServer
let strict: TestServer
beforeAll(async () => {
  server = await serve()
  strict = await serve({ WRITE_GUARD: 'strict' })
})
afterAll(async () => {
  await server.stop()
  await strict.stop()
})

const CALLERS = {
  anonymous: {},
  'undefined token': { headers: { Authorization: 'Bearer undefined' } },
  'invalid token': { headers: { Authorization: 'Bearer no.such.token' } },
  'wrong service key': { key: 'guess' },
  observer: { as: 'ada' },
  admin: { as: 'grace' },
  service: { key: true },
} as const satisfies Record<string, Ask>
type Caller = keyof typeof CALLERS
const callers = Object.keys(CALLERS) as Caller[]

const bos = (overrides: Readonly<Record<string, unknown>> = {}) => ({ creator_id: 'demo|bo', ...overrides })

/** Creates a reservation of Bo. */
async function stored(overrides: Readonly<Record<string, unknown>> = {}, where = server): Promise<string> {
  const { status, body } = await where.post('newevent', newEvent({ site: freshId(), ...bos(overrides) }), {
    as: 'grace',
  })
  expect(status).toBe(200)
  return body.new_calendar_event.event_id
}

type Row = readonly [
  what: string,
  ask: (ask: Ask) => Promise<{ status: number }>,
  statuses: Readonly<Record<Caller, number>>,
]

const everyone = (status: number, but: Partial<Record<Caller, number>> = {}) => ({
  ...(Object.fromEntries(callers.map((caller) => [caller, status])) as Record<Caller, number>),
  ...but,
})
/** Allowed to everyone who has signed in. */
const signedIn = everyone(401, { observer: 200, admin: 200, service: 200 })
const trusted = everyone(401, { observer: 403, admin: 200, service: 200 })

const TABLE: Row[] = [
  [
    'read a list',
    (ask) => server.post('siteevents', { site: 'saf', start: fromNow(0), end: fromNow(60) }, ask),
    everyone(200),
  ],
  [
    'read whether an observer is scheduled',
    (ask) => server.post('is-user-scheduled', { user_id: 'demo|bo', site: 'saf', time: fromNow(0) }, ask),
    everyone(200),
  ],
  ['read one reservation', async (ask) => server.post('get-event', { event_id: await stored() }, ask), everyone(200)],
  ['create a reservation', (ask) => server.post('newevent', newEvent(), ask), signedIn],
  ['create a reservation for another observer', (ask) => server.post('newevent', newEvent(bos()), ask), trusted],
  ['create maintenance', (ask) => server.post('newevent', newEvent({ reservation_type: 'maintenance' }), ask), trusted],
  ['create a reservation of origin LCO', (ask) => server.post('newevent', newEvent({ origin: 'LCO' }), ask), trusted],
  [
    'amend a reservation of another observer',
    async (ask) => server.post('modifyevent', { event_id: await stored(), title: 'x' }, ask),
    trusted,
  ],
  [
    'amend a low-priority reservation of another observer',
    async (ask) =>
      server.post('modifyevent', { event_id: await stored({ project_priority: 'low_priority' }), title: 'x' }, ask),
    trusted,
  ],
  [
    'cancel a reservation of another observer',
    async (ask) => server.post('delete', { event_id: await stored() }, ask),
    trusted,
  ],
  [
    'amend a background reservation of another observer',
    async (ask) =>
      server.post('modifyevent', { event_id: await stored({ project_priority: 'background' }), title: 'x' }, ask),
    trusted,
  ],
  [
    'cancel a background reservation of another observer',
    async (ask) => server.post('delete', { event_id: await stored({ project_priority: 'background' }) }, ask),
    signedIn,
  ],
  [
    'cancel a time-critical reservation of another observer',
    async (ask) => server.post('delete', { event_id: await stored({ project_priority: 'time_critical' }) }, ask),
    trusted,
  ],
  [
    'cancel a low-priority reservation of another observer',
    async (ask) => server.post('delete', { event_id: await stored({ project_priority: 'low_priority' }) }, ask),
    signedIn,
  ],
]

const GUARDED_TABLE: Row[] = [
  [
    'attach a project',
    async (ask) => server.post('add-projects-to-events', { project_id: 'a#1', events: [await stored()] }, ask),
    everyone(200, { 'invalid token': 401, 'wrong service key': 401 }),
  ],
  [
    'detach a project',
    async (ask) => server.post('remove-project-from-events', { events: [await stored({ project_id: 'a#1' })] }, ask),
    everyone(200, { 'invalid token': 401, 'wrong service key': 401 }),
  ],
  [
    'remove an expired schedule',
    (ask) => server.post('remove-expired-lco-schedule', { site: 'none', cutoff_time: fromNow(0) }, ask),
    everyone(200, { 'invalid token': 401, 'wrong service key': 401 }),
  ],
  [
    'attach a project under WRITE_GUARD=strict',
    async (ask) =>
      strict.post('add-projects-to-events', { project_id: 'a#1', events: [await stored({}, strict)] }, ask),
    signedIn,
  ],
  [
    'detach a project under WRITE_GUARD=strict',
    async (ask) => strict.post('remove-project-from-events', { events: [await stored({}, strict)] }, ask),
    signedIn,
  ],
  [
    'remove an expired schedule under WRITE_GUARD=strict',
    (ask) => strict.post('remove-expired-lco-schedule', { site: 'none', cutoff_time: fromNow(0) }, ask),
    signedIn,
  ],
]

describe.each([...TABLE, ...GUARDED_TABLE])('the right to %s', (_, ask, statuses) => {
  it.each(callers)('depends on the caller: %s', async (caller) => {
    const reply = (await ask(CALLERS[caller])) as Awaited<ReturnType<TestServer['post']>>
    expect(reply.status, JSON.stringify(reply.body)).toBe(statuses[caller])
    expect(reply.type).toBe('application/json')
    if (reply.status !== 200) expect(reply.body).toBeTypeOf('string')
    if (reply.status === 401) expect(reply.headers.get('www-authenticate')).toContain('Bearer')
  })
})

describe('a malformed request', () => {
  const MALFORMED: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>> = {
    'an empty body': '',
    'an empty object': '{}',
    'a list': '[]',
    'invalid JSON': '{"event_id":',
    'invalid times': '{"event_id":"","start":"soon","site":"saf","cutoff_time":"soon","events":[7]}',
    'a body of 70 kB': `{"event_id":"${'x'.repeat(70_000)}"}`,
    'invalid UTF-8': Uint8Array.from([0x7b, 0xff, 0x7d]),
  }
  const malformed = Object.entries(MALFORMED)
  const SERIES = ['newseries', 'move-reservations']
  const WRITES = ['newevent', 'modifyevent', 'delete', 'restore-event', 'event-history', ...SERIES]
  const GUARDED = ['add-projects-to-events', 'remove-project-from-events', 'remove-expired-lco-schedule']

  it.each(malformed)('is answered 401 without credentials, and 400 or 413 with them: %s', async (_, raw) => {
    const strangers = [
      CALLERS.anonymous,
      CALLERS['undefined token'],
      CALLERS['invalid token'],
      CALLERS['wrong service key'],
    ]
    for (const name of [...WRITES, ...GUARDED]) {
      for (const [index, anonymous] of strangers.entries()) {
        const isOpen = GUARDED.includes(name) && index < 2
        const reply = await server.post(name, undefined, { ...anonymous, raw })
        expect([name, reply.status, typeof reply.body]).toEqual([
          name,
          isOpen ? expect.toBeOneOf([400, 413]) : 401,
          'string',
        ])
      }
      expect([name, (await strict.post(name, undefined, { raw })).status]).toEqual([name, 401])
      expect([name, (await server.post(name, undefined, { as: 'ada', raw })).status]).toEqual([
        name,
        expect.toBeOneOf([400, 413]),
      ])
    }
  })

  it('is answered 401 without credentials by GET too', async () => {
    expect((await server.get('event-history')).status).toBe(401)
    expect((await server.get('event-history', { as: 'ada' })).status).toBe(400)
  })

  it('is answered 400 rather than 403', async () => {
    expect((await server.post('newevent', newEvent(bos({ end: 'soon' })), { as: 'ada' })).status).toBe(400)
  })
})

describe('an observer', () => {
  it('may name themselves as creator', async () => {
    expect((await server.post('newevent', newEvent({ creator_id: 'demo|ada' }), { as: 'ada' })).status).toBe(200)
  })

  it('may amend and cancel a reservation that an admin made for them', async () => {
    const event_id = await stored()
    expect((await server.post('modifyevent', { event_id, title: 'mine' }, { as: 'bo' })).status).toBe(200)
    expect((await server.post('delete', { event_id }, { as: 'bo' })).status).toBe(200)
  })

  it.each(['modifyevent', 'delete'])('gets the reason with the 403 of %s', async (name) => {
    const { status, body } = await server.post(name, { event_id: await stored(), title: 'x' }, { as: 'ada' })
    expect([status, body]).toEqual([403, 'You may only modify your own events.'])
  })
})

describe('a guarded endpoint', () => {
  const add = (events: unknown, ask?: Ask, where = server) =>
    where.post('add-projects-to-events', { project_id: 'a#1', events }, ask)

  it('changes at most 200 reservations at a time, and more for admins and services', async () => {
    const ids = (count: number) => Array.from({ length: count }, (_, n) => `none-${n}`)
    expect((await add(ids(200))).body).toHaveLength(200)
    for (const ask of [{}, { as: 'ada' }] as const) {
      const { status, body } = await add(ids(201), ask)
      expect([status, typeof body]).toEqual([400, 'string'])
    }
    for (const ask of [{ as: 'grace' }, { key: true }] as const)
      expect((await add(ids(450), ask)).body).toHaveLength(450)
    expect((await server.post('remove-project-from-events', { events: ids(201) })).body).toHaveLength(201)
  })

  it('does not change reservations that have ended, except for a service', async () => {
    const past = { start: fromNow(-90), end: fromNow(-30), project_id: 'old#1' }
    const [ended, current] = [await stored(past), await stored({ start: fromNow(-30), end: fromNow(30) })]
    for (const ask of [{}, { as: 'bo' }] as const) {
      expect((await add([ended, current], ask)).body.map(({ status }: { status: string }) => status)).toEqual([
        'finished',
        'updated',
      ])
      expect((await server.post('remove-project-from-events', { events: [ended] }, ask)).body).toEqual([
        { event_id: ended, status: 'finished' },
      ])
    }
    expect((await server.post('get-event', { event_id: ended })).body.project_id).toBe('old#1')
    expect((await add([ended], { key: true })).body).toEqual([{ event_id: ended, status: 'updated' }])
    expect((await server.post('get-event', { event_id: ended })).body.project_id).toBe('a#1')
  })

  it('records changes in the history, which can be undone', async () => {
    const event_id = await stored({ project_id: 'first#1' })
    await add([event_id])
    const { body } = await server.post('event-history', { event_id }, { as: 'bo' })
    expect(body.at(-1)).toMatchObject({
      by: 'anonymous',
      before: { project_id: 'first#1' },
      after: { project_id: 'a#1' },
    })
    await server.post('restore-event', { event_id, revision: 1 }, { as: 'bo' })
    expect((await server.post('get-event', { event_id })).body.project_id).toBe('first#1')
  })

  it('limits the changes of anonymous callers in an hour, and nothing else', async () => {
    const limited = await serveHere({ ANONYMOUS_CHANGES_PER_HOUR: '3' })
    const writes: [string, object][] = [
      ['add-projects-to-events', { project_id: 'none', events: [] }],
      ['remove-project-from-events', { events: [] }],
      ['remove-expired-lco-schedule', { site: 'saf', cutoff_time: fromNow(0) }],
    ]
    for (const [name, body] of writes) expect((await limited.post(name, body)).status).toBe(200)
    for (const [name, body] of writes) {
      const rejected = await limited.post(name, body)
      expect([rejected.status, rejected.type, typeof rejected.body]).toEqual([429, 'application/json', 'string'])
      expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(3500)
      for (const ask of [{ as: 'ada' }, { as: 'grace' }, { key: true }] as const)
        expect((await limited.post(name, body, ask)).status).toBe(200)
    }
    const window = { site: 'saf', start: fromNow(0), end: fromNow(60) }
    const reads = await Promise.all(Array.from({ length: 20 }, () => limited.post('siteevents', window)))
    expect(new Set(reads.map(({ status }) => status))).toEqual(new Set([200]))
    expect((await limited.post('newevent', newEvent(), { as: 'ada' })).status).toBe(200)
  })

  describe('counts for an anonymous caller', () => {
    const limitedTo = async (changes: number, events: number) => {
      const limited = await serveHere({ ANONYMOUS_CHANGES_PER_HOUR: String(changes) })
      const make = async (overrides: Readonly<Record<string, unknown>>, ask: Ask) => {
        const event = newEvent(overrides)
        expect((await limited.post('newevent', event, ask)).status).toBe(200)
        return event.event_id
      }
      const ids: string[] = []
      for (let n = 0; n < events; n += 1) ids.push(await make({}, { as: 'bo' }))
      const attach = async (project_id: string, some = ids) =>
        (await limited.post('add-projects-to-events', { project_id, events: some })).status
      return { limited, ids, make, attach }
    }

    it('changes rather than calls', async () => {
      const { attach } = await limitedTo(8, 4)
      expect(await attach('a#1')).toBe(200)
      expect(await attach('b#1')).toBe(200)
      expect(await attach('c#1')).toBe(429)
    })

    it('no entries that it did not change', async () => {
      const { ids, attach, limited } = await limitedTo(8, 4)
      expect(await attach('a#1')).toBe(200)
      // Reservations that have the project already or do not exist stay unchanged: each call counts as one.
      expect(await attach('a#1')).toBe(200)
      expect(await attach('b#1', ['x', 'y'])).toBe(200)
      expect(await attach('b#1', ids.slice(0, 1))).toBe(200)
      expect(await attach('b#1', ids.slice(0, 2))).toBe(429)
      expect((await limited.post('get-event', { event_id: ids[1] })).body.project_id).toBe('a#1')
      expect(await attach('b#1', ids.slice(1, 2))).toBe(200)
      expect(await attach('b#1', ids.slice(2, 3))).toBe(429)
    })

    it('a malformed call as one change', async () => {
      const { attach, limited } = await limitedTo(3, 1)
      for (const raw of ['{', '{}', '{"project_id":"a#1","events":[""]}'])
        expect((await limited.post('add-projects-to-events', {}, { raw })).status).toBe(400)
      expect(await attach('a#1')).toBe(429)
    })

    it('every reservation of a removed schedule', async () => {
      const { limited, make, attach } = await limitedTo(3, 1)
      for (let n = 0; n < 5; n += 1) await make({ origin: 'lco' }, { as: 'grace' })
      const expire = async () =>
        (await limited.post('remove-expired-lco-schedule', { site: 'saf', cutoff_time: fromNow(0) })).status
      expect(await expire()).toBe(200)
      expect(
        (await limited.post('siteevents', { site: 'saf', start: '2031-01-01T00:00:00Z', end: '2031-12-31T00:00:00Z' }))
          .body,
      ).toHaveLength(1)
      expect([await expire(), await attach('a#1')]).toEqual([429, 429])
    })
  })
})

it('an address that guesses service keys is answered 429, except for reads and for observers', async () => {
  const guessed = await serveHere()
  const guess = () => guessed.post('newevent', newEvent(), { key: 'guess' })
  for (let n = 0; n < 100; n += 1) expect((await guess()).status).toBe(401)
  const rejected = await guess()
  expect([rejected.status, rejected.body]).toEqual([
    429,
    'Too many wrong service keys from your address; please wait a minute.',
  ])
  expect(Number(rejected.headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect(
    (await guessed.post('siteevents', { site: 'saf', start: fromNow(0), end: fromNow(60) }, { key: 'guess' })).body,
  ).toEqual([])
  expect((await guessed.post('newevent', newEvent(), { as: 'ada' })).status).toBe(200)
})
