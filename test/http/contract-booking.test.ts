import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, freshId, serve, serveHere, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const night = (time: string) => `2030-07-01T${time}:00Z`
const reserve = (start: string, end: string, overrides: Readonly<Record<string, unknown>>, ask: Ask, where = server) =>
  where.post('newevent', newEvent({ start: night(start), end: night(end), ...overrides }), ask)

describe('two observers at one site', () => {
  it.each([
    ['the same time', '04:00', '05:00', 409],
    ['the beginning', '03:30', '04:30', 409],
    ['the end', '04:30', '05:30', 409],
    ['the middle', '04:15', '04:45', 409],
    ['all of it and more', '03:00', '06:00', 409],
    ['right before the first', '03:00', '04:00', 200],
    ['right after the first', '05:00', '06:00', 200],
  ])('conflict only if they overlap: the second reserves %s', async (_, start, end, status) => {
    const site = freshId()
    expect((await reserve('04:00', '05:00', { site }, { as: 'ada' })).status).toBe(200)
    expect((await reserve(start, end, { site }, { as: 'bo' })).status).toBe(status)
    expect((await reserve(start, end, { site: freshId() }, { as: 'bo' })).status).toBe(200)
  })

  it('get the conflicting reservation and free dark time in a 409', async () => {
    await reserve('04:00', '05:00', { title: 'M31', creator: 'Ada' }, { as: 'ada' })
    const plain = await reserve('04:15', '04:45', {}, { as: 'bo' })
    expect([plain.status, plain.type]).toEqual([409, 'application/json'])
    for (const part of ['saf', 'Ada', 'M31', night('04:00'), night('05:00'), 'free dark time'])
      expect(plain.body).toContain(part)
    const { body } = await reserve('04:15', '04:45', {}, { as: 'bo', headers: { Accept: 'application/problem+json' } })
    expect(body).toMatchObject({ status: 409, code: 'conflict', conflicts: [{ title: 'M31', start: night('04:00') }] })
    for (const { start, end } of Object.values<{ start: string; end: string }>(body.free)) {
      expect(start).toMatch(/Z$/)
      expect(
        (await server.post('does-conflicting-event-exist', { user_id: 'demo|bo', site: 'saf', start, end })).body,
      ).toBe(false)
      expect((await server.post('newevent', newEvent({ start, end }), { as: 'bo' })).status).toBe(200)
    }
  })

  it('get no free dark time at a site without known coordinates', async () => {
    const site = freshId()
    await reserve('04:00', '05:00', { site }, { as: 'ada' })
    const ask: Ask = { as: 'bo', headers: { Accept: 'application/problem+json' } }
    const { body } = await reserve('04:00', '05:00', { site }, ask)
    expect(body.conflicts).toHaveLength(1)
    expect(body).not.toHaveProperty('free')
  })

  it.each(['0000-01-01T00:00:00Z', '0001-06-01T00:00:00Z', '1582-10-10T00:00:00Z', '9999-12-31T00:00:00Z'])(
    'get a 409 for a conflict at %s',
    async (start) => {
      const end = start.replace('T00', 'T12')
      expect((await server.post('newevent', newEvent({ start, end }), { as: 'ada' })).status).toBe(200)
      const { status, type } = await server.post('newevent', newEvent({ start, end }), { as: 'bo' })
      expect([status, type]).toEqual([409, 'application/json'])
    },
  )

  it('cannot both win a race for one night', async () => {
    const site = freshId()
    const names = ['ada', 'bo', 'cleo'] as const
    const replies = await Promise.all(
      Array.from({ length: 30 }, (_, n) => reserve('04:00', '05:00', { site }, { as: names[n % 3] ?? 'ada' })),
    )
    const { body } = await server.post('get-event-at-time', { site, time: night('04:30') })
    expect(new Set(body.map(({ creator_id }: { creator_id: string }) => creator_id)).size).toBe(1)
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(body.length)
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(30 - body.length)
  })

  it('cannot overlap after an amendment', async () => {
    const site = freshId()
    await reserve('04:00', '05:00', { site }, { as: 'ada' })
    const { body } = await reserve('05:00', '06:00', { site }, { as: 'bo' })
    const { event_id } = body.new_calendar_event
    const ask: Ask = { as: 'bo' }
    expect((await server.post('modifyevent', { event_id, start: night('04:59') }, ask)).status).toBe(409)
    expect((await server.post('modifyevent', { event_id, end: night('07:00') }, ask)).status).toBe(200)
    expect((await server.post('get-event', { event_id })).body).toMatchObject({
      start: night('05:00'),
      end: night('07:00'),
    })
    const elsewhere = (await reserve('04:00', '05:00', { site: freshId() }, ask)).body.new_calendar_event
    expect((await server.post('modifyevent', { event_id: elsewhere.event_id, site }, ask)).status).toBe(409)
  })
})

it('reservations of one observer may overlap', async () => {
  const site = freshId()
  await reserve('04:00', '05:00', { site }, { as: 'ada' })
  expect((await reserve('04:30', '05:30', { site }, { as: 'ada' })).status).toBe(200)
  expect((await reserve('04:30', '05:30', { site, creator_id: 'demo|ada' }, { key: true })).status).toBe(200)
})

describe('maintenance', () => {
  it('blocks everyone, including the admin who made it', async () => {
    const site = freshId()
    const ask: Ask = { as: 'grace' }
    expect((await reserve('04:00', '05:00', { site, reservation_type: 'maintenance' }, ask)).status).toBe(200)
    expect((await reserve('04:30', '05:30', { site }, ask)).status).toBe(409)
    expect((await reserve('04:30', '05:30', { site }, { as: 'ada' })).status).toBe(409)
    expect((await reserve('04:30', '05:30', { site, reservation_type: 'maintenance' }, ask)).status).toBe(409)
  })

  it('conflicts with earlier reservations', async () => {
    const site = freshId()
    await reserve('04:00', '05:00', { site }, { as: 'grace' })
    expect((await reserve('04:30', '05:30', { site, reservation_type: 'maintenance' }, { as: 'grace' })).status).toBe(
      409,
    )
  })
})

describe('override', () => {
  it('lets admins and services commit a conflict, which is recorded and reported', async () => {
    const site = freshId()
    const { body } = await reserve(
      '04:00',
      '05:00',
      { site, creator: 'ada@example.org', creator_id: 'demo|ada' },
      { key: true },
    )
    const { event_id: inTheWay } = body.new_calendar_event
    for (const ask of [{ as: 'grace' }, { key: true }] as const) {
      const over = await reserve('04:00', '05:00', { site, override: true }, ask)
      expect(over.status).toBe(200)
      expect(over.body.conflicts).toEqual(
        expect.arrayContaining([expect.objectContaining({ event_id: inTheWay, creator: 'ada' })]),
      )
      expect(over.body.new_calendar_event).not.toHaveProperty('override')
      const { event_id } = over.body.new_calendar_event
      const history = await server.post('event-history', { event_id }, ask)
      expect(history.body[0].across).toContain(inTheWay)
    }
  })

  it('is forbidden to observers, and false has no effect', async () => {
    const site = freshId()
    await reserve('04:00', '05:00', { site }, { as: 'ada' })
    expect((await reserve('04:00', '05:00', { site, override: true }, { as: 'bo' })).status).toBe(403)
    expect((await reserve('04:00', '05:00', { site, override: false }, { as: 'grace' })).status).toBe(409)
    expect((await reserve('04:00', '05:00', { site, override: null }, { as: 'grace' })).status).toBe(409)
  })

  it('works in both forms of modifyevent', async () => {
    const site = freshId()
    await reserve('04:00', '05:00', { site }, { as: 'ada' })
    const { body } = await reserve('05:00', '06:00', { site }, { as: 'bo' })
    const { event_id, start } = body.new_calendar_event
    const to = night('04:30')
    const ask: Ask = { as: 'grace' }
    expect((await server.post('modifyevent', { event_id, start: to }, ask)).status).toBe(409)
    expect((await server.post('modifyevent', { event_id, start: to, override: true }, { as: 'bo' })).status).toBe(403)
    const flat = await server.post('modifyevent', { event_id, start: to, override: true }, ask)
    expect([flat.status, flat.body.conflicts]).toMatchObject([200, [{ creator_id: 'demo|ada' }]])
    await server.post('modifyevent', { event_id, start }, ask)
    expect(
      (
        await server.post(
          'modifyevent',
          { originalEvent: { event_id }, modifiedEvent: { start: to }, override: true },
          ask,
        )
      ).status,
    ).toBe(200)
  })

  it('lets the overlapped reservation be amended within its interval', async () => {
    const site = freshId()
    const { body } = await reserve('04:00', '05:00', { site }, { as: 'ada' })
    await reserve('04:00', '05:00', { site, override: true }, { key: true })
    const { event_id } = body.new_calendar_event
    expect((await server.post('modifyevent', { event_id, title: 'still' }, { as: 'ada' })).status).toBe(200)
    expect((await server.post('modifyevent', { event_id, end: night('04:30') }, { as: 'ada' })).status).toBe(200)
    expect((await server.post('modifyevent', { event_id, end: night('04:45') }, { as: 'ada' })).status).toBe(409)
  })
})

describe('the sentence of a conflict', () => {
  it.each([
    ['Ada (M31)', 'Ada', 'M31', 'Ada (M31)'],
    ['from right to left', 'עדה', 'ערפילית ⁦(1)', '\u2068עדה\u2069 (\u2068ערפילית \u{fffd}(1)\u2069)'],
    ['on two lines', 'Ada\nsaf is free', 'Ada\nsaf is free', 'Ada\u{fffd}saf is free'],
  ])('isolates names by their direction and stays on one line: %s', async (_, creator, title, reported) => {
    const site = freshId()
    await reserve('04:00', '05:00', { site, creator, title, creator_id: 'demo|ada' }, { key: true })
    const { status, body } = await reserve('04:30', '05:30', { site }, { as: 'bo' })
    expect([status, body]).toEqual([
      409,
      `${site} is taken by ${reported} from ${night('04:00')} to ${night('05:00')}.`,
    ])
  })
})

describe('maintenance that overrides a reservation', () => {
  const site = freshId()
  const idsAt = async (time: string) =>
    (await server.post('get-event-at-time', { site, time: night(time) })).body.map(
      (event: { event_id: string }) => event.event_id,
    )
  const isScheduled = async (user_id: string, time: string) =>
    (await server.post('is-user-scheduled', { user_id, site, time: night(time) })).body

  beforeAll(async () => {
    await reserve('04:00', '06:00', { site, event_id: 'observing' }, { as: 'ada' })
    const closure = { site, event_id: 'closed', reservation_type: 'maintenance', override: true }
    expect((await reserve('04:30', '05:00', closure, { as: 'grace' })).status).toBe(200)
  })

  it.each([
    ['04:00', ['observing'], true, false],
    ['04:30', ['closed'], false, true],
    ['04:59', ['closed'], false, true],
    ['05:00', ['observing'], true, false],
  ])('decides who is scheduled at %s', async (time, ids, observers, makers) => {
    expect(await idsAt(time)).toEqual(ids)
    expect([await isScheduled('demo|ada', time), await isScheduled('demo|grace', time)]).toEqual([observers, makers])
    expect((await server.get(`get-event-at-time?site=${site}&time=${night(time)}`)).body).toHaveLength(1)
  })

  it.each([
    ['03:30', {}, { allowed: true, reason: 'open', until: '2030-07-01T03:30:30Z' }],
    ['04:00', {}, { allowed: true, reason: 'reserved_for_you', until: '2030-07-01T04:00:30Z' }],
    ['04:30', {}, { allowed: false, reason: 'closed', until: night('05:00') }],
    ['04:30', { roles: ['admin'] }, { allowed: false, reason: 'closed', until: night('05:00') }],
  ])('decides who may command at %s', async (time, claims, answer) => {
    const question = { user_id: 'demo|ada', site, time: night(time), ...claims }
    expect((await server.post('may-command', question, { as: 'ada' })).body).toMatchObject(answer)
  })

  it('lets those command whom a service calls admins, and masks the closure for others', async () => {
    const question = { user_id: 'demo|ada', site, time: night('04:30') }
    expect((await server.post('may-command', { ...question, roles: ['admin'] }, { key: true })).body).toEqual({
      allowed: true,
      reason: 'admin',
      until: '2030-07-01T04:30:30Z',
    })
    const { body } = await server.get(`may-command?user_id=demo|ada&site=${site}&time=${night('04:30')}&roles=admin`)
    expect([body.reason, body.reservation.event_id]).toEqual(['closed', 'closed'])
  })

  it('is listed together with the reservation', async () => {
    const { body } = await server.post('siteevents', { site, start: night('04:30'), end: night('05:00') })
    expect(body.map(({ event_id }: { event_id: string }) => event_id)).toEqual(['observing', 'closed'])
  })
})

it('CONFLICTS=warn commits overlaps and lists them masked', async () => {
  const warning = await serveHere({ CONFLICTS: 'warn' })
  const first = await reserve(
    '04:00',
    '05:00',
    { creator: 'ada@example.org', creator_id: 'demo|ada' },
    { key: true },
    warning,
  )
  expect(first.body).not.toHaveProperty('conflicts')
  const second = await reserve('04:30', '05:30', {}, { as: 'bo' }, warning)
  expect(second.status).toBe(200)
  expect(second.body.conflicts).toEqual([{ ...first.body.new_calendar_event, creator: 'ada', title: 'ada' }])
  const after = await reserve('06:00', '07:00', {}, { as: 'cleo' }, warning)
  const moved = await warning.post(
    'modifyevent',
    { event_id: after.body.new_calendar_event.event_id, start: night('04:00') },
    { as: 'cleo' },
  )
  expect([moved.status, moved.body.conflicts.length]).toEqual([200, 2])
  expect((await warning.get('config')).body.conflicts).toBe('warn')
})

describe('maintenance that overrides 50 large reservations', () => {
  const closing = async (here: TestServer) => {
    const site = freshId()
    const crowd = { site, origin: 'lco', creator: 'ada@example.org', padding: 'p'.repeat(30_000) }
    for (let n = 0; n < 50; n += 1) await reserve('04:00', '05:00', crowd, { key: true }, here)
    const closed = await reserve(
      '03:00',
      '06:00',
      { site, event_id: `closed-${site}`, reservation_type: 'maintenance', override: true },
      { as: 'grace' },
      here,
    )
    expect(closed.status).toBe(200)
    expect(closed.body.new_calendar_event).toEqual(
      (await here.post('get-event', { event_id: `closed-${site}` }, { as: 'grace' })).body,
    )
    expect(
      (await here.post('event-history', { event_id: `closed-${site}` }, { as: 'grace' })).body[0].across,
    ).toHaveLength(50)
    return closed
  }

  it('is answered with all conflicts', async () => {
    const { body, headers } = await closing(server)
    expect(Object.keys(body)).toEqual(['new_calendar_event', 'table_response', 'conflicts'])
    expect(body.conflicts).toHaveLength(50)
    expect(body.conflicts.every(({ creator }: { creator: string }) => creator === 'ada')).toBe(true)
    expect(headers.get('etag')).toBe('"1"')
  })

  it('is answered with the first 20 conflicts if all would be too large', async () => {
    const { body, headers } = await closing(await serveHere({ MAX_UNREAD_MB: '1' }))
    expect([body.conflicts.length, body.conflicts_left_out]).toEqual([20, 30])
    expect(headers.get('etag')).toBe('"1"')
  })
})
