import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, freshId, serve, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const make = (overrides: Readonly<Record<string, unknown>> = {}, ask: Ask = { as: 'ada' }) =>
  server.post('newevent', newEvent(overrides), ask)
const created = async (overrides: Readonly<Record<string, unknown>> = {}, ask?: Ask) => {
  const reply = await make(overrides, ask)
  expect([reply.status, reply.body.new_calendar_event === undefined ? reply.body : 'made']).toEqual([200, 'made'])
  return reply.body.new_calendar_event
}

describe('an omitted field', () => {
  const DEFAULTS = {
    creator_id: 'demo|ada',
    creator: 'Ada Lovelace',
    title: 'Ada Lovelace',
    reservation_type: 'realtime',
    origin: 'ptr',
    resourceId: 'saf',
    project_id: 'none',
    project_priority: 'standard',
    reservation_note: '',
  }

  it('gets its default', async () => {
    const least = { event_id: freshId(), start: '2030-05-01T03:00:00Z', site: 'saf' }
    const { body, headers } = await server.post('newevent', least, { as: 'ada' })
    expect(body.new_calendar_event).toEqual({
      ...least,
      ...DEFAULTS,
      end: '2030-05-01T03:30:00Z',
      last_modified: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
    expect(body.table_response).toEqual({ ResponseMetadata: { HTTPStatusCode: 200 } })
    expect(headers.get('etag')).toBe('"1"')
  })

  it('gets its default if it is null', async () => {
    const nulls = Object.fromEntries([...Object.keys(DEFAULTS), 'end'].map((field) => [field, null]))
    expect(await created({ ...nulls, start: '2030-05-02T03:00:00Z' })).toMatchObject({
      ...DEFAULTS,
      end: '2030-05-02T03:30:00Z',
    })
  })

  it('gets the id and name of the service that creates the event', async () => {
    expect(await created({}, { key: true })).toMatchObject({
      creator_id: 'service:scheduler',
      creator: 'scheduler',
      title: 'scheduler',
    })
  })

  it('is derived: the title from the creator, the resource from the site', async () => {
    expect(await created({ creator: 'Ada L.', site: 'mrc1' }, { as: 'grace' })).toMatchObject({
      creator: 'Ada L.',
      title: 'Ada L.',
      resourceId: 'mrc1',
    })
  })
})

describe('the field', () => {
  it.each([
    ['event_id', 'x'.repeat(128)],
    ['event_id', 'with spaces, #, / and ☾'],
    ['site', 'A-z_0'],
    ['site', 'x'.repeat(32)],
    ['reservation_type', 'project'],
    ['project_priority', 'low_priority'],
    ['project_priority', 'background'],
    ['project_priority', 'time_critical'],
    ['reservation_note', '☾'.repeat(2000)],
    ['reservation_note', '🔭'.repeat(2000)],
    ['title', '🔭'.repeat(256)],
    ['resourceId', '🔭'.repeat(256)],
    ['event_id', '🔭'.repeat(128)],
    ['resourceId', 'another'],
    ['title', 'Ada looks at M31 ☾ 月'],
    ['creator', ''],
    ['creator', '🔭'.repeat(256)],
  ])('%s may be %j', async (field, value) => {
    expect((await created({ [field]: value }, { as: field === 'creator' ? 'grace' : 'ada' }))[field]).toBe(value)
  })

  it.each([
    ['event_id', ''],
    ['event_id', 'x'.repeat(129)],
    ['event_id', 7],
    ['site', ''],
    ['site', 'x'.repeat(33)],
    ['site', 'no spaces'],
    ['site', '../..'],
    ['site', 'ѕaf'],
    ['site', 'saf\n'],
    ['site', ['saf']],
    ['creator_id', ''],
    ['creator_id', 1],
    ['creator', {}],
    ['title', 5],
    ['reservation_type', 'observation'],
    ['reservation_type', 'Realtime'],
    ['origin', 'other'],
    ['project_priority', 'high'],
    ['reservation_note', 'n'.repeat(2001)],
    ['reservation_note', '🔭'.repeat(2001)],
    ['title', 't'.repeat(257)],
    ['title', '🔭'.repeat(257)],
    ['creator', 'c'.repeat(257)],
    ['creator', '🔭'.repeat(257)],
    ['creator_id', 'c'.repeat(257)],
    ['resourceId', 'r'.repeat(257)],
    ['event_id', '🔭'.repeat(129)],
    ['reservation_note', 5],
    ['end', '2030-01-01T00:00:00Z'],
    ['override', 'yes'],
  ])('%s may not be %j', async (field, value) => {
    const reply = await make({ [field]: value })
    expect([reply.status, reply.type]).toEqual([400, 'application/json'])
    expect(reply.body).toMatch(new RegExp(`^Error: ${field} `))
  })

  it.each(['PTR', 'Ptr', 'ptr', 'LCO', 'lco'])(
    'origin is read in any case and written in lower case: %s',
    async (origin) => {
      expect((await created({ origin }, { key: true })).origin).toBe(origin.toLowerCase())
    },
  )

  it('last_modified is set by the server', async () => {
    expect((await created({ last_modified: '1999-01-01T00:00:00Z' })).last_modified).toMatch(/^20[2-9]\d/)
  })

  it('with an unknown name is stored unchanged', async () => {
    const extra = {
      rating: 0.1,
      big: 9007199254740991,
      tiny: 1e-9,
      nothing: null,
      yes: true,
      list: [1, [2.5]],
      deep: { a: { b: 'ü' } },
      constructor: 'x',
      '': 'empty',
    }
    const event = await created({ ...extra, event_id: 'extras' })
    expect(event).toMatchObject(extra)
    expect((await server.post('get-event', { event_id: 'extras' })).body).toMatchObject(extra)
    const { body } = await server.post('modifyevent', { event_id: 'extras', rating: 0.2, more: 1 }, { as: 'ada' })
    expect(body.modified_calendar_event).toMatchObject({ ...extra, rating: 0.2, more: 1 })
  })
})

describe('the creator', () => {
  it.each(['Grace Hopper (admin)', '', 'Ada', null])(
    'of a reservation that an observer makes is the observer, and not %j',
    async (creator) => {
      expect(await created({ creator })).toMatchObject({ creator: 'Ada Lovelace', creator_id: 'demo|ada' })
    },
  )

  it.each([{ as: 'grace' }, { key: true }] as const)(
    'of a reservation made by an admin or a service can be set: %j',
    async (ask) => {
      expect(await created({ creator: 'Bo Whoever', creator_id: 'demo|bo' }, ask)).toMatchObject({
        creator: 'Bo Whoever',
        creator_id: 'demo|bo',
      })
    },
  )
})

describe('a field that only the calendar sets', () => {
  it.each(['project', 'moved_from', 'series_id'])('is not stored when a client sends it: %s', async (field) => {
    const { event_id } = await created({ [field]: { project_name: 'not the service’s' }, conflicts: ['an extra one'] })
    const { body } = await server.post('modifyevent', { event_id, [field]: 'nor so', title: 'x' }, { as: 'ada' })
    expect(body.modified_calendar_event).toMatchObject({ title: 'x', conflicts: ['an extra one'] })
    expect((await server.post('get-event', { event_id })).body).not.toHaveProperty(field)
    const { body: history } = await server.post('event-history', { event_id }, { as: 'ada' })
    expect(history[0].after).not.toHaveProperty(field)
  })
})

describe('a project_id', () => {
  it.each([
    ['M31#2030-06-01T00:00:00Z', 'M31#2030-06-01T00:00:00Z'],
    ['C#, a name#with hashes#2030', 'C#, a name#with hashes#2030'],
    ['a#not a time', 'a#not a time'],
    [`${'n'.repeat(254)}#1`, `${'n'.repeat(254)}#1`],
    [`${'🔭'.repeat(254)}#1`, `${'🔭'.repeat(254)}#1`],
    ['none', 'none'],
    ['none#', 'none'],
    ['none#undefined', 'none'],
    ['undefined#undefined', 'none'],
    ['M31#undefined', 'M31#undefined'],
    ['', 'none'],
    [null, 'none'],
  ])('%j is written as %j', async (overrides, written) => {
    expect((await created({ project_id: overrides })).project_id).toBe(written)
  })

  it.each(['no hash', '#2030', 'name#', '#', `${'n'.repeat(255)}#1`, 'None', 7, ['a#b']])(
    '%j is answered 400',
    async (project_id) => {
      expect((await make({ project_id })).status).toBe(400)
    },
  )
})

describe('a time', () => {
  it.each([
    ['2030-06-20T16:15:00Z', '2030-06-20T16:15:00Z'],
    ['2030-06-21T16:15Z', '2030-06-21T16:15:00Z'],
    ['2030-06-22T16:15:00', '2030-06-22T16:15:00Z'],
    ['2030-06-23T16:15', '2030-06-23T16:15:00Z'],
    ['2030-06-24T16:15:00.999Z', '2030-06-24T16:15:00Z'],
    ['2030-06-25T16:15:00.1', '2030-06-25T16:15:00Z'],
    ['2030-06-26T16:15:00+02:00', '2030-06-26T14:15:00Z'],
    ['2030-06-27T16:15:00-07:30', '2030-06-27T23:45:00Z'],
    ['2030-06-28T23:15-0700', '2030-06-29T06:15:00Z'],
    ['2032-02-29T00:00:00Z', '2032-02-29T00:00:00Z'],
  ])('%s is written as %s', async (start, written) => {
    expect((await created({ start, end: null })).start).toBe(written)
  })

  it.each([
    '2030-02-30T00:00:00Z',
    '2031-02-29T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-10T00:00:00Z',
    '2030-01-00T00:00:00Z',
    '2030-04-31T00:00Z',
    '2030-06-20',
    '2030-06-20T16',
    '2030-06-20 16:15:00',
    '2030-06-20T24:00:00Z',
    '2030-06-20T23:60:00Z',
    '2030-06-20T23:59:60Z',
    '20300620T161500Z',
    'now',
    '',
    ' 2030-06-20T16:15:00Z',
    '2030-06-20T16:15:00Z\n',
    '2030-06-20T16:15:00z+',
    '2030-06-20T16:15:00+24:00',
    '+2030-06-20T16:15:00Z',
    '2030-6-20T16:15:00Z',
    '２０３０-06-20T16:15:00Z',
    1_900_000_000,
    {},
    true,
  ])('%j is answered 400', async (start) => {
    const reply = await make({ start })
    expect(reply.status).toBe(400)
    expect(reply.body).toMatch(/^Error: start /)
  })

  it.each([
    ['one second', 'realtime', '2030-08-01T00:00:00Z', '2030-08-01T00:00:01Z', 200],
    ['zero seconds', 'realtime', '2030-08-01T00:00:00Z', '2030-08-01T00:00:00Z', 400],
    ['less than a second', 'realtime', '2030-08-01T00:00:00.1Z', '2030-08-01T00:00:00.9Z', 400],
    ['a negative time', 'realtime', '2030-08-01T00:00:00Z', '2030-07-31T00:00:00Z', 400],
    ['seven days', 'realtime', '2030-08-02T00:00:00Z', '2030-08-09T00:00:00Z', 200],
    ['a second more than seven days', 'project', '2030-08-02T00:00:00Z', '2030-08-09T00:00:01Z', 400],
    ['400 days of maintenance', 'maintenance', '2040-01-01T00:00:00Z', '2041-02-04T00:00:00Z', 200],
    ['a second more than 400 days of maintenance', 'maintenance', '2040-01-01T00:00:00Z', '2041-02-04T00:00:01Z', 400],
  ])('range of %s (%s, %s to %s) is answered %i', async (_, reservation_type, start, end, status) => {
    expect((await make({ reservation_type, start, end, site: freshId() }, { as: 'grace' })).status).toBe(status)
  })
})

describe('a reservation with email addresses', () => {
  const ownWords = {
    creator: 'ada@example.org',
    title: 'M31 @ f/8 by ada@example.org',
    reservation_note: 'mail bo@example.org',
  }
  const masked = {
    creator: 'ada',
    title: 'M31 @ f/8 by ada',
    reservation_note: 'mail bo@example.org',
    creator_id: 'demo|ada',
  }
  const time = '2033-03-03T03:15:00Z'
  beforeAll(() =>
    created(
      {
        ...ownWords,
        creator_id: 'demo|ada',
        event_id: 'private',
        site: 'masks',
        start: '2033-03-03T03:00:00Z',
        end: '2033-03-03T04:00:00Z',
      },
      { key: true },
    ),
  )

  const readers: [string, Ask, object][] = [
    ['an anonymous caller', {}, masked],
    ['a caller with an undefined token', { headers: { Authorization: 'Bearer undefined' } }, masked],
    ['a caller with an invalid token', { headers: { Authorization: 'Bearer a.b.c' } }, masked],
    ['a caller with a wrong service key', { key: 'guess' }, masked],
    ['another observer', { as: 'bo' }, masked],
    ['its observer', { as: 'ada' }, ownWords],
    ['an admin', { as: 'grace' }, ownWords],
    ['a service', { key: true }, ownWords],
  ]

  it.each(readers)('is masked except for its observer, admins and services: read by %s', async (_, ask, expected) => {
    const window = { site: 'masks', start: '2033-03-03T00:00:00Z', end: '2033-03-04T00:00:00Z' }
    const lists = await Promise.all([
      server.post('siteevents', window, ask),
      server.post('siteevents', { ...window, full_project_details: true }, ask),
      server.get('siteevents?site=masks&start=2033-03-03T00:00Z&end=2033-03-04T00:00Z', ask),
      server.post('get-event-at-time', { site: 'masks', time }, ask),
      server.post('user-events-ending-after-time', { user_id: 'demo|ada', time }, ask),
    ])
    for (const { body } of lists) expect(body).toMatchObject([expected])
    expect((await server.post('get-event', { event_id: 'private' }, ask)).body).toMatchObject(expected)
  })

  it('is masked in a conflict, even for an admin', async () => {
    const taken = { site: 'masks', start: '2033-03-03T03:30:00Z', end: '2033-03-03T04:30:00Z' }
    const headers = { Accept: 'application/problem+json' }
    for (const as of ['bo', 'grace'] as const) {
      const plain = await make(taken, { as })
      expect([plain.status, plain.text.includes('example.org')]).toEqual([409, false])
      const { body } = await make(taken, { as, headers })
      expect(body.conflicts).toMatchObject([masked])
    }
  })
})
