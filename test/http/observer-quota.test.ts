import { describe, expect, it } from 'vitest'
import { openObserverQuota } from '../../src/http/admission/observer-quota.ts'
import { serveHere, type TestServer, newEvent } from '../server.ts'

const make = async (
  server: TestServer,
  ask: Parameters<TestServer['post']>[2] = { as: 'ada' },
  overrides: object = {},
) => server.post('newevent', newEvent({ ...overrides }), ask)

it('the observer quota limits the writes of each observer in a minute, with Retry-After', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '3' })
  for (let n = 0; n < 3; n += 1) expect((await make(server)).status).toBe(200)
  const { status, body, headers } = await make(server)
  expect([status, body]).toEqual([429, 'You are changing too much at once; please wait.'])
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect((await server.post('delete', { event_id: 'none' }, { as: 'ada' })).status).toBe(429)
  for (const ask of [{ as: 'bo' }, { as: 'grace' }, { key: true }] as const)
    expect((await make(server, ask)).status).toBe(200)
  expect((await server.post('me', {}, { as: 'ada' })).status).toBe(200)
})

it('the observer quota does not limit admins and services', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '1', OBSERVER_WRITES_PER_DAY: '1' })
  for (const ask of [{ as: 'grace' }, { key: true }] as const)
    for (let n = 0; n < 3; n += 1) expect((await make(server, ask)).status).toBe(200)
})

it('the observer quota counts a large event by its size, and a list by its entries in a day', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '20', OBSERVER_WRITES_PER_DAY: '150' })
  expect((await make(server, { as: 'ada' }, { padding: 'p'.repeat(60_000) })).status).toBe(200)
  expect((await make(server, { as: 'ada' }, { padding: 'p'.repeat(60_000) })).status).toBe(429)
  expect((await make(server)).status).toBe(200)
  const list = (length: number) =>
    server.post('remove-project-from-events', { events: Array.from({ length }, (_, n) => `e${n}`) }, { as: 'bo' })
  expect((await list(100)).status).toBe(200)
  const rejected = await list(100)
  expect(rejected.status).toBe(429)
  expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(3600)
  expect((await list(10)).status).toBe(200)
})

it('the observer quota of a day counts each night of a series', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '100', OBSERVER_WRITES_PER_DAY: '13' })
  const series = (series_id: string, first_night: string) =>
    server.post(
      'newseries',
      { series_id, site: 'saf', first_night, nights: { every: 1, count: 12 }, start: { clock: '22:15' }, minutes: 30 },
      { as: 'ada' },
    )
  expect((await series('first', '2031-01-01')).status).toBe(200)
  expect((await make(server)).status).toBe(200)
  expect((await make(server)).status).toBe(429)
})

const LARGE = { padding: 'p'.repeat(60_000) }

/** Starts a server with these quotas; `status` sends a request and returns its status. */
async function limitedTo(perMinute: number, perDay = 1_000_000, more: Readonly<Record<string, string>> = {}) {
  const server = await serveHere({
    OBSERVER_WRITES_PER_MINUTE: String(perMinute),
    OBSERVER_WRITES_PER_DAY: String(perDay),
    ...more,
  })
  const status = async (endpoint: string, body: object, ask: Parameters<TestServer['post']>[2] = { as: 'ada' }) =>
    (await server.post(endpoint, body, ask)).status
  const large = async (ask: Parameters<TestServer['post']>[2] = { as: 'grace' }) => {
    const event = newEvent({ ...LARGE, creator_id: 'demo|ada' })
    expect(await status('newevent', event, ask)).toBe(200)
    return event.event_id
  }
  return { server, status, large }
}

describe('the observer quota counts what is written, not what is sent,', () => {
  it.each([
    // Before and after, about 120 kB: 30 writes.
    ['modifyevent', { title: 'x' }],
    ['restore-event', { revision: 1 }],
    // Only before: 15 writes.
    ['delete', {}],
  ])('in %s', async (endpoint, change) => {
    const { status, large } = await limitedTo(14)
    const [event_id, another] = [await large(), await large()]
    expect(await status(endpoint, { event_id, ...change })).toBe(200)
    expect(await status('delete', { event_id: another })).toBe(429)
    expect(await status('get-event', { event_id: another })).toBe(200)
  })

  it('in a day too', async () => {
    const { status, large } = await limitedTo(1_000_000, 40)
    const event_id = await large()
    expect(await status('modifyevent', { event_id, title: 'x' })).toBe(200)
    expect(await status('modifyevent', { event_id, title: 'y' })).toBe(200)
    expect(await status('modifyevent', { event_id, title: 'z' })).toBe(429)
  })

  it('but not for admins', async () => {
    const { status, large } = await limitedTo(1, 1)
    const event_id = await large()
    for (const title of ['x', 'y']) expect(await status('modifyevent', { event_id, title }, { as: 'grace' })).toBe(200)
  })

  it('so that at most one of many concurrent writes exceeds it', async () => {
    const { server, status, large } = await limitedTo(100)
    const ids = await Promise.all(Array.from({ length: 8 }, () => large()))
    const statuses = await Promise.all(ids.map((event_id) => status('modifyevent', { event_id, title: 'x' })))
    const passed = statuses.filter((one) => one === 200).length
    // 100 writes are three changes of 30, and one that exceeds the quota.
    expect(passed).toBeGreaterThan(0)
    expect(passed).toBeLessThanOrEqual(4)
    const titles = await Promise.all(
      ids.map(async (event_id) => (await server.post('get-event', { event_id })).body.title),
    )
    expect(titles.filter((title) => title === 'x')).toHaveLength(passed)
  })

  it('and counts a request that fails otherwise by what was sent', async () => {
    const { status, large } = await limitedTo(20)
    const event_id = await large()
    for (let n = 0; n < 3; n += 1)
      expect(await status('modifyevent', { event_id, title: 'x' }, { as: 'ada', headers: { 'If-Match': '"7"' } })).toBe(
        412,
      )
    expect(await status('modifyevent', { event_id, title: 'x' })).toBe(200)
    expect(await status('modifyevent', { event_id, title: 'y' })).toBe(429)
  })

  it('and lets a list finish before it blocks', async () => {
    const { server, status, large } = await limitedTo(10)
    const ids = await Promise.all(Array.from({ length: 5 }, () => large()))
    const attached = await server.post('add-projects-to-events', { project_id: 'a#1', events: ids }, { as: 'ada' })
    expect(attached.body.map(({ status }: { status: string }) => status)).toEqual(ids.map(() => 'updated'))
    expect(await status('remove-project-from-events', { events: ids })).toBe(429)
  })

  it('and counts at least one for each anonymous change', async () => {
    const { server, status, large } = await limitedTo(1, 1, { ANONYMOUS_CHANGES_PER_HOUR: '100' })
    const ids = await Promise.all(Array.from({ length: 4 }, () => large()))
    const attach = (project_id: string) => status('add-projects-to-events', { project_id, events: ids }, {})
    expect(await attach('a#1')).toBe(200)
    // 120 of 100 are used: nothing more is changed.
    expect(await attach('b#1')).toBe(429)
    expect((await server.post('get-event', { event_id: ids[0] })).body.project_id).toBe('a#1')
    expect(await status('remove-expired-lco-schedule', { site: 'saf', cutoff_time: '2030-01-01T00:00:00Z' }, {})).toBe(
      429,
    )
  })
})

it('the observer quota refills after a minute and a day', () => {
  let now = 0
  const quota = openObserverQuota(2, 3, () => now)
  const taking = () => quota.take('ada', 10, 0)
  taking()
  taking()
  expect(taking).toThrow('too much')
  now += 60_000
  taking()
  expect(taking).toThrow('too much')
  now += 86_400_000
  taking()
})
