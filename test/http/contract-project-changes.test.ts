import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { at, changing, proposed } from '../context.ts'
import { freshId, fromNow, serve, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const make = async (overrides: Readonly<Record<string, unknown>> = {}) => {
  const { status, body } = await server.post('newevent', newEvent(overrides), { key: true })
  expect(status).toBe(200)
  return body.new_calendar_event
}
const projectOf = async (event_id: string) => (await server.post('get-event', { event_id })).body.project_id

describe('add-projects-to-events', () => {
  const add = (events: unknown, project_id: unknown = 'M31#2030') =>
    server.post('add-projects-to-events', { project_id, events })

  it('accepts ids, ids with starts and whole events, and answers for each in order', async () => {
    const [one, two, three] = [await make(), await make(), await make()]
    const { status, body } = await add([
      one.event_id,
      { event_id: two.event_id, start: two.start },
      three,
      'nobody',
      { event_id: one.event_id },
    ])
    expect(status).toBe(200)
    expect(body).toEqual(
      [one, two, three, { event_id: 'nobody' }, one].map(({ event_id }) => ({
        event_id,
        status: event_id === 'nobody' ? 'not_found' : 'updated',
      })),
    )
    for (const { event_id } of [one, two, three]) expect(await projectOf(event_id)).toBe('M31#2030')
  })

  it('changes no other field', async () => {
    const before = await make({ title: 'kept', rating: 0.5 })
    await add([{ ...before, title: 'not looked at', site: 'mrc1' }])
    const { body } = await server.post('get-event', { event_id: before.event_id })
    expect(body).toEqual({ ...before, project_id: 'M31#2030', last_modified: expect.any(String) })
  })

  it('accepts an empty list', async () => {
    expect(await add([])).toMatchObject({ status: 200, body: [] })
  })

  it.each(['none', 'none#', 'none#undefined', 'undefined#undefined', ''])(
    'detaches the project with the project_id %j',
    async (project_id) => {
      const { event_id } = await make({ project_id: 'a#1' })
      expect((await add([event_id], project_id)).body).toEqual([{ event_id, status: 'updated' }])
      expect(await projectOf(event_id)).toBe('none')
    },
  )

  it.each([
    ['a number', [7]],
    ['null', [null]],
    ['an object without an id', [{}]],
    ['an empty id', ['']],
    ['a long id', ['x'.repeat(129)]],
    ['an invalid start', [{ event_id: 'a', start: 'soon' }]],
    ['a list', [['a']]],
    ['a string instead of a list', 'a'],
    ['an object instead of a list', { event_id: 'a' }],
  ])('changes nothing if the events have %s', async (_, malformed) => {
    const { event_id } = await make()
    const events = Array.isArray(malformed) ? [event_id, ...malformed] : malformed
    const reply = await add(events)
    expect([reply.status, reply.type, reply.body]).toEqual([
      400,
      'application/json',
      expect.stringMatching(/^Error: events/),
    ])
    expect(await projectOf(event_id)).toBe('none')
  })

  it('rejects a malformed project_id', async () => {
    const { event_id } = await make()
    for (const project_id of ['no hash', '#', 5, ['a#1'], `${'n'.repeat(255)}#1`])
      expect((await add([event_id], project_id)).status).toBe(400)
    expect(await projectOf(event_id)).toBe('none')
  })
})

describe('remove-project-from-events', () => {
  it('accepts ids and ids with starts', async () => {
    const [one, two, three] = [await make({ project_id: 'a#1' }), await make({ project_id: 'b#1' }), await make()]
    const events = [one.event_id, { event_id: two.event_id, start: two.start }, three.event_id, 'nobody']
    const { body } = await server.post('remove-project-from-events', { events })
    expect(body.map(({ status }: { status: string }) => status)).toEqual(['updated', 'updated', 'updated', 'not_found'])
    for (const { event_id } of [one, two, three]) expect(await projectOf(event_id)).toBe('none')
    expect((await server.post('remove-project-from-events', { events: [] })).body).toEqual([])
  })
})

describe('a project with thousands of reservations', () => {
  const uuid = (n: number) => `7c9e6679-7425-40de-944b-${String(n).padStart(12, '0')}`
  const ids = Array.from({ length: 5000 }, (_, n) => uuid(n))
  const remove = (events: unknown, raw?: string) =>
    server.post('remove-project-from-events', { events }, raw === undefined ? {} : { raw })

  it('is detached from at most 5,000 in one call', async () => {
    const { event_id } = await make({ project_id: 'large#1' })
    const events = ids.map((id, n) => ({ event_id: n === 4321 ? event_id : id, start: null, title: 'x'.repeat(100) }))
    expect(JSON.stringify({ events }).length).toBeGreaterThan(800_000)
    const { status, body } = await remove(events)
    expect([status, body.length, body[4321]]).toEqual([200, 5000, { event_id, status: 'updated' }])
    expect(body.filter((one: { status: string }) => one.status === 'not_found')).toHaveLength(4999)
    expect(await projectOf(event_id)).toBe('none')
    expect(await remove([...ids, 'one more'])).toMatchObject({
      status: 400,
      body: 'Error: events holds at most 5000 entries',
    })
  })

  it('is detached by a body of at most a megabyte', async () => {
    const sized = (bytes: number) => `{"events":[],"filler":"${'x'.repeat(bytes - 25)}"}`
    expect(await remove(undefined, sized(1_048_576))).toMatchObject({ status: 200, body: [] })
    expect(await remove(undefined, sized(1_048_577))).toMatchObject({
      status: 413,
      body: 'Error: the body holds at most 1048576 bytes',
    })
    const raw = sized(65_537)
    expect((await server.post('add-projects-to-events', undefined, { raw })).status).toBe(413)
    expect((await server.post('siteevents', undefined, { raw })).status).toBe(413)
  })

  it.each([0, 499, 500, 2500, 4999])(
    'is detached from none if entry %i is malformed, which the error names',
    async (index) => {
      const { event_id } = await make({ project_id: 'kept#1' })
      const reply = await remove(
        ids.map((id, n) => (n === index ? { event_id: id, start: 'soon' } : n === 7 ? event_id : id)),
      )
      expect([reply.status, reply.body]).toEqual([
        400,
        expect.stringMatching(new RegExp(`^Error: events\\.${index} must be an event_id`)),
      ])
      expect(await projectOf(event_id)).toBe('kept#1')
    },
  )
})

describe('remove-expired-lco-schedule', () => {
  const expire = (site: string, cutoff_time: string) =>
    server.post('remove-expired-lco-schedule', { site, cutoff_time })
  const listOf = async (site: string) => {
    const { body } = await server.post('siteevents', { site, start: fromNow(-24 * 60), end: fromNow(24 * 60) })
    return body.map(({ title }: { title: string }) => title)
  }

  it('cancels reservations of the LCO scheduler after the cutoff, and returns each project once', async () => {
    const [site, other] = [freshId(), freshId()]
    const lco = { origin: 'LCO', site }
    await make({ ...lco, title: 'before', start: fromNow(60), end: fromNow(90), project_id: 'kept#1' })
    await make({ ...lco, title: 'at', start: fromNow(90), end: fromNow(120), project_id: 'kept#2' })
    await make({ ...lco, title: 'after', start: fromNow(120), end: fromNow(150), project_id: 'gone#1' })
    await make({ ...lco, title: 'again', start: fromNow(150), end: fromNow(180), project_id: 'gone#1' })
    await make({ ...lco, title: 'third', start: fromNow(180), end: fromNow(210), project_id: 'gone#2' })
    await make({ ...lco, title: 'no project', start: fromNow(210), end: fromNow(240) })
    await make({ site, title: 'a person’s', start: fromNow(240), end: fromNow(270), project_id: 'kept#3' })
    await make({
      ...lco,
      site: other,
      title: 'elsewhere',
      start: fromNow(120),
      end: fromNow(150),
      project_id: 'kept#4',
    })
    const cutoff = (await server.post('siteevents', { site, start: fromNow(80), end: fromNow(100) })).body.find(
      ({ title }: { title: string }) => title === 'at',
    ).start
    const { status, body } = await expire(site, cutoff)
    expect([status, body.toSorted()]).toEqual([200, ['gone#1', 'gone#2']])
    expect(await listOf(site)).toEqual(['before', 'at', 'a person’s'])
    expect(await listOf(other)).toEqual(['elsewhere'])
    expect((await expire(site, cutoff)).body).toEqual([])
  })

  it('cancels any number of reservations', async () => {
    const site = freshId()
    const store = sqliteStore(openDatabase(server.file), eventCodec)
    const nth = (n: number) =>
      proposed({
        origin: 'lco',
        site,
        start: at(fromNow(n + 1)),
        end: at(fromNow(n + 2)),
        project: { name: `p${n}`, createdAt: '1' },
      })
    await changing(
      store,
      Array.from({ length: 260 }, (_, n) => ({ after: nth(n) })),
    )
    await store.close()
    expect((await expire(site, fromNow(0))).body).toHaveLength(260)
    expect(await listOf(site)).toEqual([])
  })

  it('cancels ended reservations only for a service, and can be undone', async () => {
    const site = freshId()
    const { event_id } = await make({
      origin: 'lco',
      site,
      title: 'past',
      start: fromNow(-90),
      end: fromNow(-30),
      project_id: 'a#1',
    })
    expect((await expire(site, fromNow(-120))).body).toEqual([])
    expect(
      (await server.post('remove-expired-lco-schedule', { site, cutoff_time: fromNow(-120) }, { as: 'bo' })).body,
    ).toEqual([])
    expect(
      (await server.post('remove-expired-lco-schedule', { site, cutoff_time: fromNow(-120) }, { key: true })).body,
    ).toEqual(['a#1'])
    expect((await server.post('restore-event', { event_id, revision: 1 }, { key: true })).status).toBe(200)
    expect(await listOf(site)).toEqual(['past'])
  })
})
