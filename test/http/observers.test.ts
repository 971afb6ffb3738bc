import { expect, it } from 'vitest'
import { openObserverAllowance } from '../../src/http/admission/observers.ts'
import { serveHere, type TestServer, wish } from '../server.ts'

const make = async (server: TestServer, ask: Parameters<TestServer['post']>[2] = { as: 'ada' }, given: object = {}) => server.post('newevent', wish({ ...given }), ask)

it('an observer may write so much in a minute, and is told when to come again; others go on', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '3' })
  for (let n = 0; n < 3; n += 1) expect((await make(server)).status).toBe(200)
  const { status, body, headers } = await make(server)
  expect([status, body]).toEqual([429, 'You are changing too much at once; please wait.'])
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60)
  expect((await server.post('delete', { event_id: 'none' }, { as: 'ada' })).status).toBe(429)
  for (const ask of [{ as: 'bo' }, { as: 'grace' }, { key: true }] as const) expect((await make(server, ask)).status).toBe(200)
  expect((await server.post('me', {}, { as: 'ada' })).status).toBe(200)
})

it('admins and services may without limit', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '1', OBSERVER_WRITES_PER_DAY: '1' })
  for (const ask of [{ as: 'grace' }, { key: true }] as const) for (let n = 0; n < 3; n += 1) expect((await make(server, ask)).status).toBe(200)
})

it('what is large counts as much as it holds, and a list in a day as many as it names', async () => {
  const server = await serveHere({ OBSERVER_WRITES_PER_MINUTE: '20', OBSERVER_WRITES_PER_DAY: '150' })
  expect((await make(server, { as: 'ada' }, { padding: 'p'.repeat(60_000) })).status).toBe(200)
  expect((await make(server, { as: 'ada' }, { padding: 'p'.repeat(60_000) })).status).toBe(429)
  expect((await make(server)).status).toBe(200)
  const list = (length: number) => server.post('remove-project-from-events', { events: Array.from({ length }, (_, n) => `e${n}`) }, { as: 'bo' })
  expect((await list(100)).status).toBe(200)
  const refused = await list(100)
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3600)
  expect((await list(10)).status).toBe(200)
})

it('a minute and a day go by', () => {
  let now = 0
  const allowance = openObserverAllowance(2, 3, () => now)
  const taking = () => allowance.take('ada', 10, 0)
  taking()
  taking()
  expect(taking).toThrow('too much')
  now += 60_000
  taking()
  expect(taking).toThrow('too much')
  now += 86_400_000
  taking()
})
