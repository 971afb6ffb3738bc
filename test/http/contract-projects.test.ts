import { describe, expect, it, vi } from 'vitest'
import { projectsService } from '../projects-service.ts'
import { type Ask, type Asked, serveHere, stubServer, type TestServer, newEvent } from '../server.ts'

const WINDOW = { site: 'saf', start: '2031-01-01T00:00:00Z', end: '2031-06-01T00:00:00Z' }
const NOT_FOUND = 'Project not found.'
const NOT_LOOKED_UP = 'Project not looked up.'

const make = async (server: TestServer, project_id: string) => {
  const { status, body } = await server.post('newevent', newEvent({ project_id, origin: 'lco' }), { key: true })
  expect(status).toBe(200)
  return body.new_calendar_event
}

const projectsIn = async (server: TestServer) => {
  const { status, body } = await server.post('siteevents', { ...WINDOW, full_project_details: true })
  expect(status).toBe(200)
  return body.map(({ project }: { project: unknown }) => project)
}

const waitFor = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 50 })

describe('full_project_details', () => {
  it('requests each distinct project once, in parallel', async () => {
    let running = 0
    let max = 0
    const projects = await stubServer(async ({ verb, body }) => {
      if (verb !== 'get-project') return { status: 200 }
      max = Math.max(max, (running += 1))
      await new Promise((resolve) => setTimeout(resolve, 100))
      running -= 1
      return body['project_name'] === 'unknown'
        ? { status: 404, body: 'no' }
        : { status: 200, body: { ...body, exposures: [1, 2] } }
    })
    const server = await serveHere({ PROJECTS_URL: projects.url })
    for (const project_id of ['a#1', 'b#x#2', 'a#1', 'none', 'unknown#1']) await make(server, project_id)
    await waitFor(() => expect(projects.asked).toHaveLength(4))
    projects.asked.length = 0
    const [a, b] = [
      { project_name: 'a', created_at: '1', exposures: [1, 2] },
      { project_name: 'b#x', created_at: '2', exposures: [1, 2] },
    ]
    expect(await projectsIn(server)).toEqual([a, b, a, undefined, NOT_FOUND])
    expect(projects.asked.map(({ verb, body }) => [verb, body['project_name']])).toEqual([
      ['get-project', 'a'],
      ['get-project', 'b#x'],
      ['get-project', 'unknown'],
    ])
    expect(max).toBe(3)
    await server.post('siteevents', WINDOW)
    await server.post('siteevents', { ...WINDOW, full_project_details: 'true' })
    expect(projects.asked).toHaveLength(3)
    const { body } = await server.get(
      `siteevents?${new URLSearchParams({ ...WINDOW, full_project_details: 'true' }).toString()}`,
    )
    expect(body[0].project).toEqual(a)
  })

  it('shows every field to the owner, admins and services, and only public ones to others', async () => {
    const whole = {
      project_name: 'a',
      created_at: '1',
      exposures: [1],
      project_targets: [{ name: 'M 31' }],
      user_id: 'demo|ada',
      project_note: 'private',
      project_events: ['x'],
      secret: 1,
    }
    const projects = await stubServer(({ verb }) => ({ status: 200, body: verb === 'get-project' ? whole : null }))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    await make(server, 'a#1')
    const seenBy = async (ask: Ask) =>
      (await server.post('siteevents', { ...WINDOW, full_project_details: true }, ask)).body[0].project
    for (const ask of [{ as: 'ada' }, { as: 'grace' }, { key: true }] as const) expect(await seenBy(ask)).toEqual(whole)
    const seen = { project_name: 'a', created_at: '1', exposures: [1], project_targets: [{ name: 'M 31' }] }
    for (const ask of [{}, { as: 'bo' }, { headers: { Authorization: 'Bearer no' } }] as const)
      expect(await seenBy(ask)).toEqual(seen)
  })

  it('requests a project at most once a minute for all callers', async () => {
    const projects = await stubServer(({ verb, body }) => ({ status: 200, body: verb === 'get-project' ? body : null }))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    await make(server, 'a#1')
    await Promise.all(Array.from({ length: 10 }, () => projectsIn(server)))
    await projectsIn(server)
    expect(projects.asked.filter(({ verb }) => verb === 'get-project')).toHaveLength(1)
  })

  it('requests at most 200 projects, ten at a time, and ignores details above 64 kB or not an object', async () => {
    let [running, max] = [0, 0]
    const projects = await stubServer(async ({ verb, body }) => {
      if (verb !== 'get-project') return { status: 200 }
      max = Math.max(max, (running += 1))
      await new Promise((resolve) => setTimeout(resolve, 2))
      running -= 1
      const answers: Record<string, unknown> = {
        p0: { ...body, filler: 'x'.repeat(70_000) },
        p1: ['a list'],
        p2: 'a text',
        p3: 3,
      }
      return { status: 200, body: answers[String(body['project_name'])] ?? body }
    })
    const server = await serveHere({ PROJECTS_URL: projects.url })
    for (let n = 0; n < 205; n += 1) await make(server, `p${n}#1`)
    const found = await projectsIn(server)
    const textsOf = (list: readonly unknown[]) => list.map((one) => (typeof one === 'string' ? one : 'found'))
    expect(textsOf(found)).toEqual(
      Array.from({ length: 205 }, (_, n) => (n < 4 ? NOT_FOUND : n < 200 ? 'found' : NOT_LOOKED_UP)),
    )
    expect(max).toBeLessThanOrEqual(10)
    // Cached projects are not requested again, which leaves room for the others.
    expect(textsOf(await projectsIn(server))).toEqual(
      Array.from({ length: 205 }, (_, n) => (n < 4 ? NOT_FOUND : 'found')),
    )
  })

  it('says that the project was not found within the time-out if the service is slow', async () => {
    const projects = await stubServer(() => new Promise(() => {}))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    for (const project_id of ['a#1', 'b#1', 'c#1']) await make(server, project_id)
    const startedAt = performance.now()
    expect(await projectsIn(server)).toEqual([NOT_FOUND, NOT_FOUND, NOT_FOUND])
    expect(performance.now() - startedAt).toBeLessThan(7000)
    await projects.stop()
  })

  it('says that the project was not found if the service is down, broken or not configured', async () => {
    const projects = await stubServer(() => ({ status: 500, body: { message: 'oh' } }))
    const broken = await serveHere({ PROJECTS_URL: projects.url })
    const none = await serveHere()
    for (const server of [broken, none]) {
      await make(server, 'a#1')
      expect(await projectsIn(server)).toEqual([NOT_FOUND])
    }
    await projects.stop()
    expect(await projectsIn(broken)).toEqual([NOT_FOUND])
  })
})

describe('the projects service', () => {
  const messagesIn = (requests: readonly Asked[]) =>
    requests.map(({ verb, body }) => [verb, body['project_name'], body['created_at'], body['event_id']])

  it('receives messages when a reservation joins, changes or leaves a project', async () => {
    const projects = await stubServer(() => ({ status: 200 }))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    /** Expects the next messages about one reservation. Those of one change are sent at once, in no order. */
    const expectMessages = async (
      id: string,
      ...expected: readonly (readonly [what: string, project: string, createdAt: string])[]
    ) => {
      const messages = () =>
        messagesIn(projects.asked.filter(({ body }) => body['event_id'] === id)).map((one) =>
          one.join(' ').replace('-project-event', ''),
        )
      await waitFor(() => expect(messages()).toHaveLength(expected.length))
      expect(messages().toSorted()).toEqual(expected.map((one) => [...one, id].join(' ')).toSorted())
      projects.asked.length = 0
    }
    const { event_id: id } = await make(server, 'a#x#1')
    await expectMessages(id, ['add', 'a#x', '1'])
    await server.post('modifyevent', { event_id: id, title: 'no news' }, { key: true })
    await server.post('modifyevent', { event_id: id, project_id: 'b#2' }, { key: true })
    await expectMessages(id, ['remove', 'a#x', '1'], ['add', 'b', '2'])
    await server.post('add-projects-to-events', { project_id: 'c#3', events: [id] })
    await expectMessages(id, ['remove', 'b', '2'], ['add', 'c', '3'])
    await server.post('delete', { event_id: id }, { key: true })
    await expectMessages(id, ['remove', 'c', '3'])
    await server.post('restore-event', { event_id: id, revision: 1 }, { key: true })
    await expectMessages(id, ['add', 'a#x', '1'])
    await server.post('remove-project-from-events', { events: [id] })
    await expectMessages(id, ['remove', 'a#x', '1'])
    const { event_id: expired } = await make(server, 'd#4')
    await expectMessages(expired, ['add', 'd', '4'])
    await server.post('remove-expired-lco-schedule', { site: 'saf', cutoff_time: '2030-01-01T00:00:00Z' })
    await expectMessages(expired, ['remove', 'd', '4'])
  })

  it('of the network, which cannot remove and knows not every project, receives every message that it accepts', async () => {
    const projects = await projectsService({ unknown: ['gone#1'] })
    const server = await serveHere({ PROJECTS_URL: projects.url })
    const { event_id: id } = await make(server, 'gone#1')
    await waitFor(() => expect(projects.asked).toHaveLength(1))
    for (const project_id of ['a#1', 'b#2']) await server.post('add-projects-to-events', { project_id, events: [id] })
    await waitFor(() => expect(projects.scheduled.get('b#2')).toEqual([id]))
    await server.post('delete', { event_id: id }, { key: true })
    const metrics = async () => (await server.send('GET', '/metrics')).text
    await waitFor(async () => expect(await metrics()).toMatch(/^calendar_outbox_depth 0$/m))
    expect(await metrics()).toMatch(/^calendar_deliveries_total\{outcome="not_removed"\} [1-9]/m)
    expect(await metrics()).toMatch(/^calendar_outbox_oldest_seconds 0$/m)
  })

  it('has a metric for each delivery outcome from the start', async () => {
    const projects = await stubServer(() => ({ status: 200 }))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    const { text } = await server.send('GET', '/metrics')
    for (const outcome of ['delivered', 'refused', 'not_removed', 'postponed', 'given_up'])
      expect(text).toContain(`calendar_deliveries_total{outcome="${outcome}"} 0\n`)
    expect(text).toContain('calendar_outbox_claims_lapsed_total 0\n')
  })

  it('receives its messages after an outage, and delays no request meanwhile', async () => {
    const down = await stubServer(() => ({ status: 200 }))
    await down.stop()
    const server = await serveHere({ PROJECTS_URL: down.url })
    const startedAt = performance.now()
    const { event_id } = await make(server, 'a#1')
    expect(performance.now() - startedAt).toBeLessThan(500)
    await waitFor(async () =>
      expect((await server.send('GET', '/metrics')).text).toMatch(
        /calendar_deliveries_total\{outcome="postponed"\} [1-9]/,
      ),
    )
    const back = await stubServer(() => ({ status: 200 }), down.port)
    await waitFor(() => expect(messagesIn(back.asked)).toEqual([['add-project-event', 'a', '1', event_id]]))
  })

  it('delays no request if it is slow', async () => {
    const projects = await stubServer(() => new Promise(() => {}))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    await make(server, 'a#1')
    await waitFor(() => expect(projects.asked).toHaveLength(1))
    const startedAt = performance.now()
    for (let n = 0; n < 20; n += 1) await make(server, `p${n}#1`)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    await projects.stop()
  })

  it('receives no message about a rejected reservation', async () => {
    const projects = await stubServer(() => ({ status: 200 }))
    const server = await serveHere({ PROJECTS_URL: projects.url })
    const taken = await make(server, 'first#1')
    expect(
      (
        await server.post('newevent', newEvent({ start: taken.start, end: taken.end, project_id: 'refused#1' }), {
          as: 'ada',
        })
      ).status,
    ).toBe(409)
    const { event_id } = await make(server, 'last#1')
    await waitFor(() => expect(messagesIn(projects.asked).at(-1)).toEqual(['add-project-event', 'last', '1', event_id]))
    expect(messagesIn(projects.asked).map(([, name]) => name)).toEqual(['first', 'last'])
  })
})
