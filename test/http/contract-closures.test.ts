import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Ask, newEvent, serve, type TestServer } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

/** Each test has a night of its own at the default enclosure `aro`, with the telescopes `aro1` and `aro2`. */
let nights = 0
const nightOf = (day: number) => (time: string) => `2030-08-${String(day).padStart(2, '0')}T${time}:00Z`
const freshNight = () => nightOf(++nights)

const make = (overrides: Readonly<Record<string, unknown>>, ask: Ask) =>
  server.post('newevent', newEvent(overrides), ask)
const close = (site: string, start: string, end: string, ask: Ask = { as: 'grace' }, overrides: object = {}) =>
  make({ site, start, end, reservation_type: 'maintenance', title: 'wind@example.org', ...overrides }, ask)
const listed = async (site: string | string[], start: string, end: string, ask: Ask = {}) =>
  (await server.post('siteevents', { site, start, end }, ask)).body

describe('maintenance at an enclosure', () => {
  it('closes its telescopes, and no others', async () => {
    const at = freshNight()
    expect((await close('aro', at('04:00'), at('08:00'))).status).toBe(200)
    for (const [site, status] of [
      ['aro1', 409],
      ['aro2', 409],
      ['mrc1', 200],
    ] as const)
      expect((await make({ site, start: at('05:00'), end: at('06:00') }, { as: 'ada' })).status).toBe(status)
    expect((await make({ site: 'aro1', start: at('08:00'), end: at('09:00') }, { as: 'ada' })).status).toBe(200)
    expect((await close('aro2', at('03:00'), at('05:00'))).status).toBe(409)
    expect((await close('aro', at('03:00'), at('05:00'))).status).toBe(409)
  })

  it('is refused over their reservations, and names all whom it would hit, masked', async () => {
    const at = freshNight()
    const theirs = { site: 'aro2', start: at('05:00'), end: at('06:00'), title: 'M31 for ada@example.org' }
    expect((await make(theirs, { as: 'ada' })).status).toBe(200)
    await make({ site: 'aro1', start: at('07:00'), end: at('07:30') }, { as: 'bo' })
    const plain = await close('aro', at('04:00'), at('08:00'))
    expect([plain.status, plain.type]).toEqual([409, 'application/json'])
    expect(plain.body).toMatch(/^aro is taken at aro2 by .*\(M31 for ada\).* and 1 more\./)
    const details = await close('aro', at('04:00'), at('08:00'), {
      key: true,
      headers: { Accept: 'application/problem+json' },
    })
    expect(details.body.conflicts).toMatchObject([{ title: 'M31 for ada', site: 'aro2' }, { site: 'aro1' }])
    expect((await close('aro', at('04:00'), at('08:00'), { as: 'grace' }, { override: true })).body).toMatchObject({
      conflicts: [{ site: 'aro2' }, { site: 'aro1' }],
    })
  })

  it('is all that can be reserved there', async () => {
    const at = freshNight()
    const time = { start: at('04:00'), end: at('05:00') }
    for (const ask of [{ as: 'ada' }, { as: 'grace' }, { key: true }] as const) {
      const { status, body } = await make({ site: 'aro', ...time }, ask)
      expect([status, body]).toEqual([
        400,
        'Error: aro is an enclosure, where only maintenance can be reserved; please reserve aro1 or aro2',
      ])
    }
    expect((await close('aro', time.start, time.end, { as: 'ada' })).status).toBe(403)
    expect((await make({ site: 'aro', ...time }, {})).status).toBe(401)
    const { event_id } = (await make({ site: 'aro1', ...time }, { as: 'ada' })).body.new_calendar_event
    expect((await server.post('modifyevent', { event_id, site: 'aro' }, { as: 'ada' })).status).toBe(400)
    const closure = (await close('aro', at('06:00'), at('07:00'))).body.new_calendar_event
    const opened = { event_id: closure.event_id, reservation_type: 'realtime' }
    expect((await server.post('modifyevent', opened, { as: 'grace' })).status).toBe(400)
  })

  it('is compared with the telescopes when it moves there from one of them, and when it is restored', async () => {
    const at = freshNight()
    await make({ site: 'aro2', start: at('05:00'), end: at('06:00') }, { as: 'ada' })
    const { event_id } = (await close('aro1', at('04:00'), at('08:00'))).body.new_calendar_event
    const grace: Ask = { as: 'grace' }
    expect((await server.post('modifyevent', { event_id, site: 'aro' }, grace)).status).toBe(409)
    const moved = await server.post('modifyevent', { event_id, site: 'aro', start: at('06:00') }, grace)
    expect(moved.body.modified_calendar_event).toMatchObject({ site: 'aro', resourceId: 'aro' })
    await server.post('delete', { event_id }, grace)
    await make({ site: 'aro1', start: at('07:00'), end: at('08:00') }, { as: 'bo' })
    expect((await server.post('restore-event', { event_id, revision: 2 }, grace)).status).toBe(409)
  })
})

describe('a list', () => {
  it('of a telescope shows the closure of its enclosure once, as its own resource', async () => {
    const at = freshNight()
    await make({ site: 'aro1', start: at('03:00'), end: at('04:00') }, { as: 'ada' })
    const { new_calendar_event: closure } = (await close('aro', at('04:00'), at('08:00'))).body
    const masked = { ...closure, title: 'wind' }
    const [first, second, ...others] = await listed('aro1', at('00:00'), at('12:00'))
    expect([first.site, others]).toEqual(['aro1', []])
    expect(second).toEqual({ ...masked, site: 'aro', resourceId: 'aro1' })
    expect(await listed(['aro2'], at('00:00'), at('12:00'), { as: 'grace' })).toEqual([
      { ...closure, resourceId: 'aro2' },
    ])
    expect(await listed('aro', at('00:00'), at('12:00'))).toEqual([masked])
    expect(await listed('mrc1', at('00:00'), at('12:00'))).toEqual([])
  })

  it('of a telescope can be sent back: the closure keeps the resource that is stored', async () => {
    const at = freshNight()
    await close('aro', at('04:00'), at('08:00'))
    const [shown] = await listed('aro1', at('00:00'), at('12:00'), { as: 'grace' })
    const body = { originalEvent: shown, modifiedEvent: { ...shown, end: at('07:00') } }
    expect((await server.post('modifyevent', body, { as: 'grace' })).body.modified_calendar_event).toMatchObject({
      site: 'aro',
      resourceId: 'aro',
      end: at('07:00'),
    })
    const moved = { event_id: shown.event_id, site: 'aro1', resourceId: 'aro1' }
    expect((await server.post('modifyevent', moved, { as: 'grace' })).body.modified_calendar_event).toMatchObject({
      site: 'aro1',
      resourceId: 'aro1',
    })
  })

  it('of several sites shows it once, as it is stored', async () => {
    const at = freshNight()
    const { new_calendar_event: closure } = (await close('aro', at('04:00'), at('08:00'))).body
    for (const sites of [
      ['aro1', 'aro2'],
      ['aro1', 'saf'],
      ['aro', 'aro1'],
    ])
      expect(await listed(sites, at('00:00'), at('12:00'))).toEqual([{ ...closure, title: 'wind' }])
  })

  it('with the details of projects shows it too, and an observer\u2019s shows it as it is stored', async () => {
    const at = freshNight()
    const { new_calendar_event: closure } = (await close('aro', at('04:00'), at('08:00'), { key: true })).body
    const window = { site: 'aro2', start: at('00:00'), end: at('12:00'), full_project_details: true }
    expect((await server.post('siteevents', window)).body).toEqual([{ ...closure, title: 'wind', resourceId: 'aro2' }])
    const own = { user_id: 'service:scheduler', time: at('00:00') }
    expect((await server.post('user-events-ending-after-time', own, { key: true })).body).toEqual([closure])
  })

  it('of a telescope has another tag when its enclosure is closed', async () => {
    const at = freshNight()
    const where = `siteevents?site=aro1&start=${at('00:00')}&end=${at('12:00')}`
    const tag = (await server.get(where)).headers.get('etag') ?? ''
    const again = () => server.get(where, { headers: { 'If-None-Match': tag } })
    expect((await again()).status).toBe(304)
    const { event_id } = (await close('aro', at('04:00'), at('08:00'))).body.new_calendar_event
    expect((await again()).body).toMatchObject([{ event_id }])
    await server.post('delete', { event_id }, { as: 'grace' })
    expect((await again()).status).toBe(304)
  })
})

it('who has a telescope is decided by the closure of its enclosure', async () => {
  const at = freshNight()
  await make({ site: 'aro1', start: at('04:00'), end: at('06:00') }, { as: 'ada' })
  const override = { override: true }
  const { event_id } = (await close('aro', at('05:00'), at('08:00'), { as: 'grace' }, override)).body.new_calendar_event
  const time = at('05:30')
  expect((await server.post('get-event-at-time', { site: 'aro1', time })).body).toMatchObject([
    { event_id, site: 'aro', resourceId: 'aro1' },
  ])
  const scheduled = async (user_id: string) =>
    (await server.post('is-user-scheduled', { user_id, site: 'aro1', time })).body
  expect([await scheduled('demo|ada'), await scheduled('demo|grace')]).toEqual([false, true])
  const conflicting = async (where: object) =>
    (await server.post('does-conflicting-event-exist', { user_id: 'demo|ada', ...where })).body
  expect(await conflicting({ site: 'aro2', time })).toBe(true)
  expect(await conflicting({ site: 'aro2', start: at('07:30'), end: at('09:00') })).toBe(true)
  expect(await conflicting({ site: 'aro2', time: at('08:00') })).toBe(false)
  expect(await conflicting({ site: 'mrc1', time })).toBe(false)
  expect((await server.post('may-command', { user_id: 'demo|ada', site: 'aro2', time })).body).toMatchObject({
    allowed: false,
    reason: 'closed',
  })
})

describe('reservations-affected', () => {
  it('lists whom a closure would hit, unmasked and by start: at an enclosure those at all telescopes', async () => {
    const at = freshNight()
    const late = newEvent({ site: 'aro1', start: at('06:00'), end: at('07:00'), title: 'ada@example.org' })
    const early = newEvent({ site: 'aro2', start: at('03:00'), end: at('05:00') })
    const closure = newEvent({ site: 'aro', start: at('07:00'), end: at('08:00'), reservation_type: 'maintenance' })
    for (const event of [late, early, closure])
      expect((await server.post('newevent', event, { as: 'grace' })).status).toBe(200)
    const affected = async (site: string, ask: Ask = { as: 'grace' }, start = at('04:00')) =>
      (await server.post('reservations-affected', { site, start, end: at('12:00') }, ask)).body
    const [first, second, third, ...others] = await affected('aro')
    expect([first.event_id, second, third.event_id, others]).toEqual([
      early.event_id,
      expect.objectContaining({ ...late, resourceId: 'aro1' }),
      closure.event_id,
      [],
    ])
    expect(await affected('aro1', { key: true })).toMatchObject([
      { event_id: late.event_id },
      { event_id: closure.event_id, resourceId: 'aro' },
    ])
    expect(await affected('aro2', { as: 'grace' }, at('05:00'))).toMatchObject([{ event_id: closure.event_id }])
    expect(await affected('mrc')).toEqual([])
    const where = `reservations-affected?site=aro&start=${at('04:00')}&end=${at('12:00')}`
    expect((await server.get(where, { as: 'grace' })).body).toEqual(await affected('aro'))
  })

  it('is for admins and services, and for at most as long as maintenance may be', async () => {
    const question = { site: 'aro', start: '2030-09-01T00:00:00Z', end: '2031-10-06T00:00:00Z' }
    const asked = async (ask: Ask, overrides = {}) =>
      (await server.post('reservations-affected', { ...question, ...overrides }, ask)).status
    expect([await asked({}), await asked({ as: 'ada' })]).toEqual([401, 403])
    expect([await asked({ as: 'grace' }), await asked({ key: true })]).toEqual([200, 200])
    expect(await asked({ as: 'grace' }, { end: '2031-10-06T00:00:01Z' })).toBe(400)
    expect(await asked({ as: 'grace' }, { end: question.start })).toBe(400)
  })
})
