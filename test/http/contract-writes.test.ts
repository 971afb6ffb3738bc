import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, freshId, type Reply, serve, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const ada: Ask = { as: 'ada' }
const make = async (overrides: Readonly<Record<string, unknown>> = {}, ask: Ask = ada) => {
  const { status, body } = await server.post('newevent', newEvent(overrides), ask)
  expect(status).toBe(200)
  return body.new_calendar_event
}
const read = async (event_id: string) => (await server.post('get-event', { event_id }, { as: 'grace' })).body
const modify = (body: object, ask: Ask = ada) => server.post('modifyevent', body, ask)

describe('newevent', () => {
  it('sent again with the same event is answered 200 and creates nothing', async () => {
    const body = newEvent({
      title: 'again',
      rating: 0.5,
      origin: 'PTR',
      start: '2030-04-01T01:00Z',
      end: '2030-04-01T02:00:00+00:00',
    })
    const first = await server.post('newevent', body, ada)
    const again = await server.post('newevent', { ...body, start: '2030-04-01T01:00:00.5', origin: 'ptr' }, ada)
    expect([first.status, again.status]).toEqual([200, 200])
    expect(again.body.new_calendar_event).toEqual(first.body.new_calendar_event)
    expect(again.headers.get('etag')).toBe('"1"')
    expect((await server.post('event-history', { event_id: body.event_id }, ada)).body).toHaveLength(1)
  })

  it.each([
    ['another title', { title: 'other' }, ada],
    ['another start', { start: '2030-04-03T01:00Z', end: '2030-04-03T02:00Z' }, ada],
    ['another site', { site: 'mrc1' }, ada],
    ['another extra field', { more: 1 }, ada],
    ['another caller', {}, { as: 'bo' }],
    ['an admin in the name of the same observer', { creator_id: 'demo|ada', creator: 'Ada Lovelace' }, { as: 'grace' }],
  ] as const)('with a known event_id and %s is answered 409, and overwrites nothing', async (_, changes, ask) => {
    const body = newEvent()
    await server.post('newevent', body, ada)
    const before = await read(body.event_id)
    const reply = await server.post('newevent', { ...body, ...changes }, ask)
    expect([reply.status, typeof reply.body]).toEqual([409, 'string'])
    expect(await read(body.event_id)).toEqual(before)
  })

  it('with the id of a cancelled reservation is answered 409, and restore-event restores it', async () => {
    const body = newEvent()
    await server.post('newevent', body, ada)
    await server.post('delete', { event_id: body.event_id }, ada)
    expect((await server.post('newevent', body, ada)).status).toBe(409)
    expect((await server.post('newevent', newEvent({ event_id: body.event_id }), { key: true })).status).toBe(409)
    const restored = await server.post('restore-event', { event_id: body.event_id, revision: 1 }, ada)
    expect(restored.status).toBe(200)
    expect(await read(body.event_id)).toMatchObject(body)
  })

  it('sent ten times at once creates one reservation', async () => {
    const body = newEvent()
    const replies = await Promise.all(Array.from({ length: 10 }, () => server.post('newevent', body, ada)))
    expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect((await server.post('event-history', { event_id: body.event_id }, ada)).body).toHaveLength(1)
  })
})

describe.each([
  [
    'originalEvent and modifiedEvent',
    ({ event_id, start }: { event_id: string; start: string }, changes: object) => ({
      originalEvent: { event_id, start },
      modifiedEvent: changes,
    }),
  ],
  [
    'one flat event',
    ({ event_id }: { event_id: string; start: string }, changes: object) => ({ event_id, ...changes }),
  ],
])('modifyevent with %s', (_, form) => {
  it('changes the given fields and keeps the others', async () => {
    const before = await make({ title: 'before', project_id: 'a#1', reservation_note: 'note', rating: 0.5 })
    const { status, body, headers } = await modify(form(before, { title: 'after' }))
    expect(status).toBe(200)
    expect(body.modified_calendar_event).toEqual({ ...before, title: 'after', last_modified: expect.any(String) })
    expect(body.table_response).toEqual({ ResponseMetadata: { HTTPStatusCode: 200 } })
    expect(headers.get('etag')).toBe('"2"')
    expect(await read(before.event_id)).toEqual(body.modified_calendar_event)
  })

  it('moves an event, to another site too', async () => {
    const before = await make()
    const to = { start: '2030-09-09T09:00:00Z', end: '2030-09-09T10:00:00Z', site: freshId() }
    const { body } = await modify(form(before, to))
    expect(body.modified_calendar_event).toMatchObject({ ...to, event_id: before.event_id, resourceId: to.site })
    expect((await server.post('get-event-at-time', { site: 'saf', time: before.start })).body).toEqual([])
    expect((await server.post('get-event-at-time', { site: to.site, time: to.start })).body).toHaveLength(1)
  })

  it('ignores the creator and last_modified', async () => {
    const before = await make()
    const { body } = await modify(
      form(before, { title: 'mine', creator_id: 'demo|bo', creator: 'Bo', last_modified: '1999-01-01T00:00:00Z' }),
    )
    expect(body.modified_calendar_event).toEqual({
      ...before,
      title: 'mine',
      last_modified: expect.stringMatching(/^20[2-9]/),
    })
  })

  it('ignores null, except for a null project_id, which detaches the project', async () => {
    const before = await make({ project_id: 'a#1', title: 'kept', reservation_note: 'kept' })
    const nulls = { title: null, end: null, site: null, reservation_note: null, origin: null, project_id: null }
    const { body } = await modify(form(before, nulls))
    expect(body.modified_calendar_event).toEqual({ ...before, project_id: 'none', last_modified: expect.any(String) })
  })

  it.each([
    ['a malformed change', { end: '2030-02-30T00:00:00Z' }, ada, 400],
    ['an end before its start', { end: '2000-01-01T00:00:00Z' }, ada, 400],
    ['another observer', { title: 'x' }, { as: 'bo' }, 403],
    ['an anonymous caller', { title: 'x' }, {}, 401],
    ['a kind reserved for admins', { reservation_type: 'maintenance' }, ada, 403],
    ['an origin reserved for admins', { origin: 'LCO' }, ada, 403],
    ['an older revision', { title: 'x' }, { as: 'ada', headers: { 'If-Match': '"7"' } }, 412],
  ] as const)('leaves the event unchanged when it rejects %s', async (_what, changes, ask, status) => {
    const before = await make()
    expect((await modify(form(before, changes), ask)).status).toBe(status)
    expect(await read(before.event_id)).toEqual(before)
    expect((await server.post('event-history', { event_id: before.event_id }, ada)).body).toHaveLength(1)
  })

  it('answers 404 for an unknown event', async () => {
    const reply = await modify(form({ event_id: freshId(), start: '2031-01-01T00:00:00Z' }, { title: 'x' }))
    expect([reply.status, reply.body]).toEqual([404, 'There is no such event.'])
  })
})

describe('an event larger than 64 kB', () => {
  const LARGEST = 65_536
  const tooLarge = [413, expect.stringContaining(`at most ${LARGEST}`)]

  it('is rejected, although its request was smaller', async () => {
    const one = newEvent({ numbers: Array.from({ length: 5000 }, () => 1e20) })
    const raw = JSON.stringify(one).replaceAll('100000000000000000000', '1e20')
    expect(raw.length).toBeLessThan(LARGEST)
    const { status, body } = await server.post('newevent', undefined, { ...ada, raw })
    expect([status, body]).toEqual(tooLarge)
    expect((await server.post('get-event', { event_id: one.event_id })).status).toBe(404)
  })

  it('cannot result from many small changes', async () => {
    const { event_id } = await make()
    const grow = (n: number) => server.post('modifyevent', { event_id, [`more${n}`]: 'x'.repeat(30_000) }, ada)
    expect([(await grow(1)).status, (await grow(2)).status]).toEqual([200, 200])
    const { status, body } = await grow(3)
    expect([status, body]).toEqual(tooLarge)
    expect(await read(event_id)).not.toHaveProperty('more3')
  })
})

describe('modifyevent', () => {
  it.each([
    [{}, 'Error: missing required key event_id'],
    [{ title: 'x' }, 'Error: missing required key event_id'],
    [{ modifiedEvent: {} }, 'Error: missing required key originalEvent'],
    [{ originalEvent: { event_id: 'a' } }, 'Error: missing required key modifiedEvent'],
    [{ originalEvent: {}, modifiedEvent: {} }, 'Error: missing required key event_id'],
  ])('answers %j with "%s"', async (body, sentence) => {
    const reply = await modify(body)
    expect([reply.status, reply.body]).toEqual([400, sentence])
  })

  it('ignores another id in modifiedEvent', async () => {
    const [one, two] = [await make(), await make()]
    const { body } = await modify({ originalEvent: one, modifiedEvent: { event_id: two.event_id, title: 'one' } })
    expect(body.modified_calendar_event).toMatchObject({ event_id: one.event_id, title: 'one' })
    expect(await read(two.event_id)).toEqual(two)
  })

  it.each([7, null, '', {}, 'x'.repeat(5000)])(
    'ignores id, creator and last_modified, whatever their value: %j',
    async (whatever) => {
      const before = await make()
      const changes = {
        event_id: whatever,
        creator_id: whatever,
        creator: whatever,
        last_modified: whatever,
        title: 'x',
      }
      const reply = await modify({ originalEvent: { event_id: before.event_id }, modifiedEvent: changes })
      expect([reply.status, reply.body.modified_calendar_event]).toEqual([
        200,
        { ...before, title: 'x', last_modified: expect.any(String) },
      ])
      expect(
        (await modify({ ...changes, event_id: before.event_id, title: 'y' })).body.modified_calendar_event,
      ).toMatchObject({ title: 'y', creator: before.creator })
    },
  )

  it('accepts whole events, as the page sends them', async () => {
    const before = await make()
    const { status, body } = await modify({
      originalEvent: before,
      modifiedEvent: { ...before, end: before.end.replace(':30:', ':45:') },
    })
    expect([status, body.modified_calendar_event.end]).toEqual([200, before.end.replace(':30:', ':45:')])
  })

  it('accepts originalEvent without a start, or with it in any format', async () => {
    const before = await make({ start: '2030-10-01T02:00:00Z', end: '2030-10-01T03:00:00Z' })
    const ways = [undefined, null, '2030-10-01T02:00', '2030-09-30T19:00:00-07:00']
    for (const start of ways) {
      expect(
        (await modify({ originalEvent: { event_id: before.event_id, start }, modifiedEvent: { title: String(start) } }))
          .status,
        String(start),
      ).toBe(200)
    }
  })
})

describe('an outdated start', () => {
  const stale = '2030-01-01T00:00:00Z'

  it('makes modifyevent and delete answer 404', async () => {
    const before = await make()
    const replies = [
      await modify({ originalEvent: { event_id: before.event_id, start: stale }, modifiedEvent: { title: 'x' } }),
      await server.post('delete', { event_id: before.event_id, start: stale }, ada),
    ]
    for (const { status, body } of replies) expect([status, body]).toEqual([404, 'There is no such event.'])
    expect(await read(before.event_id)).toEqual(before)
  })

  it('makes the project endpoints answer not_found', async () => {
    const { event_id } = await make({ project_id: 'kept#1' })
    const events = [{ event_id, start: stale }]
    for (const [name, body] of [
      ['add-projects-to-events', { project_id: 'a#1', events }],
      ['remove-project-from-events', { events }],
    ] as const) {
      expect((await server.post(name, body)).body).toEqual([{ event_id, status: 'not_found' }])
    }
    expect((await read(event_id)).project_id).toBe('kept#1')
  })
})

describe('If-Match', () => {
  it('accepts only the tag of the last revision', async () => {
    const { event_id } = await make()
    const tag = (await server.get(`get-event?event_id=${event_id}`)).headers.get('etag') ?? ''
    const match = (header: string): Ask => ({ as: 'ada', headers: { 'If-Match': header } })
    const second = await modify({ event_id, title: 'two' }, match(tag))
    expect(second.status).toBe(200)
    const late = await modify({ event_id, title: 'late' }, match(tag))
    expect([late.status, late.type, typeof late.body]).toEqual([412, 'application/json', 'string'])
    expect((await server.post('delete', { event_id }, match(tag))).status).toBe(412)
    for (const header of ['"x"', 'nonsense', '""', '2'])
      expect((await modify({ event_id, title: 'x' }, match(header))).status, header).toBe(412)
    for (const header of ['*', `"9", ${second.headers.get('etag')}`]) {
      expect((await modify({ event_id, title: 'three' }, match(header))).status, header).toBe(
        header === '*' ? 200 : 412,
      )
    }
    expect((await server.post('delete', { event_id }, match('"3"'))).status).toBe(200)
  })

  it.each(['W/"1"', '"1-gzip"', '"1;gzip"', '"1--gzip"', '"1-br"', 'W/"1-zstd"'])(
    'accepts the tag %s, as a compressing proxy alters it',
    async (header) => {
      const { event_id } = await make()
      const ask: Ask = { as: 'ada', headers: { 'If-Match': header } }
      expect((await modify({ event_id, title: 'two' }, ask)).status).toBe(200)
      expect((await modify({ event_id, title: 'late' }, ask)).status).toBe(412)
      expect((await server.post('delete', { event_id }, ask)).status).toBe(412)
      expect(
        (await server.post('delete', { event_id }, { as: 'ada', headers: { 'If-Match': header.replace('1', '2') } }))
          .status,
      ).toBe(200)
    },
  )

  it('accepts exactly one of ten concurrent changes of one revision', async () => {
    const { event_id } = await make()
    const ask: Ask = { as: 'ada', headers: { 'If-Match': '"1"' } }
    const statuses = (
      await Promise.all(Array.from({ length: 10 }, (_, n) => modify({ event_id, title: `${n}` }, ask)))
    ).map(({ status }) => status)
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, ...Array<number>(9).fill(412)])
  })
})

describe('delete', () => {
  it('answers with the cancelled reservation, which is then gone', async () => {
    const before = await make()
    const reply = await server.post(
      'delete',
      { event_id: before.event_id, start: before.start, creator_id: 'whoever' },
      ada,
    )
    expect([reply.status, reply.body]).toEqual([200, { deleted_calendar_event: before }])
    expect((await server.post('get-event', { event_id: before.event_id })).status).toBe(404)
    expect((await server.post('delete', { event_id: before.event_id }, ada)).status).toBe(404)
    expect((await server.post('get-event-at-time', { site: 'saf', time: before.start })).body).toEqual([])
  })

  it('needs only the id', async () => {
    const { event_id } = await make()
    expect((await server.post('delete', {}, ada)).body).toBe('Error: missing required key event_id')
    expect((await server.post('delete', { event_id, start: null }, ada)).status).toBe(200)
  })
})

describe('event-history and restore-event', () => {
  it('list every revision and restore any of them', async () => {
    const first = await make({ title: 'first' })
    const { event_id } = first
    await modify({ event_id, title: 'second' })
    await server.post('add-projects-to-events', { project_id: 'p#1', events: [event_id] })
    await server.post('delete', { event_id }, { as: 'grace' })
    const { body } = await server.post('event-history', { event_id }, ada)
    expect(body).toMatchObject([
      { revision: 1, by: 'demo|ada', before: null, after: first },
      { revision: 2, by: 'demo|ada', before: first, after: { title: 'second' } },
      { revision: 3, by: 'anonymous', before: { project_id: 'none' }, after: { title: 'second', project_id: 'p#1' } },
      { revision: 4, by: 'demo|grace', before: { project_id: 'p#1' }, after: null },
    ])
    const back = await server.post('restore-event', { event_id, revision: 3 }, ada)
    expect(back.body.restored_calendar_event).toMatchObject({ title: 'second', project_id: 'p#1' })
    expect(back.headers.get('etag')).toBe('"5"')
    const older = await server.post('restore-event', { event_id, revision: 1 }, ada)
    expect(older.body.restored_calendar_event).toEqual({ ...first, last_modified: expect.any(String) })
    expect(await read(event_id)).toEqual(older.body.restored_calendar_event)
  })

  it.each([
    ['an anonymous caller', {}, 401],
    ['another observer', { as: 'bo' }, 403],
    ['its observer', { as: 'ada' }, 200],
    ['an admin', { as: 'grace' }, 200],
    ['a service', { key: true }, 200],
  ] as const)('answer %s (%j) with %i', async (_, ask, status) => {
    const { event_id } = await make()
    expect((await server.post('event-history', { event_id }, ask)).status).toBe(status)
    expect((await server.post('restore-event', { event_id, revision: 1 }, ask)).status).toBe(status)
  })

  it.each([
    [{}, 400, 'Error: missing required key event_id'],
    [{ event_id: 'never' }, 400, 'Error: missing required key revision'],
    [{ event_id: 'never', revision: 1 }, 404, 'There is no such event.'],
  ])('answer %j with %i', async (body, status, sentence) => {
    const reply = await server.post('restore-event', body, ada)
    expect([reply.status, reply.body]).toEqual([status, sentence])
  })

  it('return a history in pages, the newest first, by POST and GET', async () => {
    const { event_id } = await make()
    for (const title of ['2', '3', '4', '5']) await modify({ event_id, title })
    const numbers = (reply: Reply) => (reply.body as { revision: number }[]).map(({ revision }) => revision)
    const parts: [object, number[]][] = [
      [{ limit: 2 }, [4, 5]],
      [{ limit: 2, before: 4 }, [2, 3]],
      [{ before: 2 }, [1]],
      [{ before: 1, limit: 7 }, []],
    ]
    for (const [part, expected] of parts) {
      expect(numbers(await server.post('event-history', { event_id, ...part }, ada))).toEqual(expected)
      const query = new URLSearchParams(
        Object.entries({ event_id, ...part }).map(([key, value]): [string, string] => [key, String(value)]),
      )
      expect(numbers(await server.get(`event-history?${String(query)}`, ada))).toEqual(expected)
    }
    for (const part of [{ limit: 0 }, { before: -1 }, { limit: 1.5 }, { limit: 'all' }]) {
      expect((await server.post('event-history', { event_id, ...part }, ada)).status).toBe(400)
    }
  })

  it('answer 413 for a history that is too large, with the parameters to use', async () => {
    const { event_id } = await make()
    for (let n = 0; n < 70; n += 1) await modify({ event_id, padding: `${n}${'x'.repeat(60_000)}` })
    const { status, body } = await server.post('event-history', { event_id }, ada)
    expect([status, body]).toEqual([413, expect.stringMatching(/^Error: .*8 MB.*limit.*before/)])
    expect((await server.post('event-history', { event_id, limit: 3 }, ada)).body).toHaveLength(3)
  })

  it('reject an invalid or unknown revision', async () => {
    const { event_id } = await make()
    await server.post('delete', { event_id }, ada)
    for (const [revision, status] of [
      [3, 404],
      [2, 400],
      [0, 400],
      [-1, 400],
      [1.5, 400],
      ['1', 400],
    ] as const) {
      expect((await server.post('restore-event', { event_id, revision }, ada)).status, String(revision)).toBe(status)
    }
  })

  it('reject a restoration that conflicts, unless an admin overrides', async () => {
    const { event_id, start, end } = await make()
    await server.post('delete', { event_id }, ada)
    await make({ start, end }, { as: 'bo' })
    expect((await server.post('restore-event', { event_id, revision: 1 }, ada)).status).toBe(409)
    expect((await server.post('get-event', { event_id })).status).toBe(404)
    expect((await server.post('restore-event', { event_id, revision: 1, override: true }, ada)).status).toBe(403)
    expect(
      (await server.post('restore-event', { event_id, revision: 1, override: true }, { as: 'grace' })).status,
    ).toBe(200)
  })

  it.each([{ reservation_type: 'maintenance' }, { origin: 'lco' }])(
    'do not let an observer restore what only admins may set: %j',
    async (kept) => {
      const { event_id } = await make()
      await modify({ event_id, ...kept }, { as: 'grace' })
      await modify({ event_id, reservation_type: 'realtime', origin: 'ptr' }, { as: 'grace' })
      expect((await server.post('restore-event', { event_id, revision: 2 }, ada)).status).toBe(403)
      expect((await server.post('restore-event', { event_id, revision: 2 }, { as: 'grace' })).status).toBe(200)
    },
  )
})
