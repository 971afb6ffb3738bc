import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { amend } from '../../src/service/amend.ts'
import { reserve } from '../../src/service/reserve.ts'
import { type Delivery, tellProjects } from '../../src/service/tell-projects.ts'
import { type Projects, projectsAt } from '../../src/sources/projects.ts'
import type { Store } from '../../src/store/store.ts'
import { ada, memoryStore, type TestWorld, TODAY, wish, worldOf } from '../world.ts'

const m31 = { name: 'M31 #2', createdAt: '2030-01-01' }
const m42 = { name: 'M42', createdAt: '2030-01-01' }

describe('telling the projects service', () => {
  /** What it was told, and what it answers to the next and all that follow. */
  let told: { path: string | undefined; body: unknown }[]
  let answers: number
  let server: Server
  let projects: Projects
  let store: Store
  let world: TestWorld
  let deliveries: Delivery[]

  beforeEach(async () => {
    told = []
    answers = 200
    deliveries = []
    server = createServer((request, response) => {
      void json(request).then((body) => {
        told.push({ path: request.url, body })
        response.writeHead(answers, { 'Content-Type': 'application/json' }).end('{}')
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    projects = projectsAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}/dev/`)
    store = memoryStore()
    world = worldOf(store, { tellsProjects: true })
  })
  afterEach(async () => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
    await store.close()
  })

  const make = async (project = m31) => (await reserve(wish({ project }), ada, { override: false }, world)).reservation
  const tell = (now: number) => tellProjects(store.outbox, projects, now, (_, delivery) => deliveries.push(delivery))

  it('delivers what has happened, once', async () => {
    const { id } = await make()
    expect(await tell(TODAY)).toBe(1)
    expect(await tell(TODAY)).toBe(0)
    expect(told).toEqual([
      { path: '/dev/add-project-event', body: { project_name: 'M31 #2', created_at: '2030-01-01', event_id: id } },
    ])
    expect(deliveries).toEqual(['delivered'])
    expect(await store.outbox.depth()).toBe(0)
  })

  it('waits twice as long after each failure, up to an hour, and never gives up', async () => {
    await make()
    answers = 503
    const attempts: number[] = []
    for (let now = TODAY; now < TODAY + 5 * 3600; now++) {
      const before = told.length
      await tell(now)
      if (told.length > before) attempts.push(now - TODAY)
    }
    const waits = attempts.slice(1).map((at, index) => at - attempts[index]!)
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600])
    expect(new Set(deliveries)).toEqual(new Set(['postponed']))

    answers = 200
    await tell(TODAY + 7 * 3600)
    expect(deliveries.at(-1)).toBe('delivered')
    expect(await store.outbox.depth()).toBe(0)
  })

  it.each([400, 404, 410, 422])('drops what is refused for good: %i', async (status) => {
    await make()
    answers = status
    expect(await tell(TODAY)).toBe(1)
    expect(deliveries).toEqual(['refused'])
    expect(await store.outbox.depth()).toBe(0)
  })

  it.each([401, 403, 408, 429, 500, 302])('keeps what may go through later: %i', async (status) => {
    await make()
    answers = status
    expect(await tell(TODAY)).toBe(0)
    expect(deliveries).toEqual(['postponed'])
    expect(await store.outbox.depth()).toBe(1)
  })

  it('keeps what it can reach nobody to tell', async () => {
    await make()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    expect(await tell(TODAY)).toBe(0)
    expect(deliveries).toEqual(['postponed'])
    expect(await store.outbox.depth()).toBe(1)
  })

  it('tells of one reservation in order, and lets the others go ahead while it waits', async () => {
    const waiting = await make()
    answers = 503
    await tell(TODAY)
    const change = (before: typeof waiting) => ({ ...before, project: m42 })
    await amend({ reference: { id: waiting.id }, change, override: false }, ada, world)
    const other = await make()

    answers = 200
    told = []
    while ((await tell(TODAY + 1)) > 0);
    expect(told.map(({ body }) => (body as { event_id: string }).event_id)).toEqual([other.id])

    told = []
    while ((await tell(TODAY + 2)) > 0);
    expect(told.map(({ path, body }) => [path, (body as { project_name: string }).project_name])).toEqual([
      ['/dev/add-project-event', 'M31 #2'],
      ['/dev/remove-project-event', 'M31 #2'],
      ['/dev/add-project-event', 'M42'],
    ])
  })
})
