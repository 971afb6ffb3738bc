import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { injectFaults, noFaults, type FaultProxy, startFaultProxy } from '../fault-proxy.ts'
import { READS, type FaultCase, type FaultName, FAULT_CASES, isSameForRead, LASTING, WRITES } from '../faults.ts'
import { type Reply, serve, type TestServer, newEvent } from '../server.ts'

/**
 * Two servers behind a fault proxy, and a direct one. Lasting faults hit the second: after many failed retries the SDK
 * makes no more for a while, and a request would not survive a single fault then.
 */
let dynamo: Dynamo
let proxy: FaultProxy
let server: TestServer
let tried: TestServer
let direct: TestServer
beforeAll(async () => {
  dynamo = await sharedDynamo()
  proxy = await startFaultProxy(dynamo.endpoint)
  const STORE = `dynamodb:${await dynamo.table()}`
  direct = await serve({ STORE, DYNAMODB_ENDPOINT: dynamo.endpoint })
  server = await serve({ STORE, DYNAMODB_ENDPOINT: proxy.endpoint })
  tried = await serve({ STORE, DYNAMODB_ENDPOINT: proxy.endpoint })
})
afterAll(async () => {
  await Promise.all([server.stop(), tried.stop(), direct.stop()])
  await proxy.stop()
})

/** The faults without a delay, since clients have their production time-outs here. */
const FAULTED: FaultName[] = [
  'throttled',
  'internalError',
  'internalErrorAfterAll',
  'unavailablePage',
  'refused',
  'resetAtOnce',
  'resetAfterCommit',
  'cutOff',
  'garbled',
  'otherJson',
  'empty',
  'altered',
  'twice',
  'resetThenLate',
  'inConflict',
  'expiredToken',
  'tableGone',
]

const listed = async (at: TestServer, event: { site: string }) =>
  at.post('siteevents', { site: event.site, start: '2031-01-01T00:00:00Z', end: '2031-12-31T00:00:00Z' })

/** Sends a request under a fault, and waits for DynamoDB requests still in flight. */
async function runUnder(
  name: FaultName,
  operations: readonly string[],
  max: number,
  ask: (at: TestServer) => Promise<Reply>,
): Promise<Reply> {
  const { fault, only = operations }: FaultCase = FAULT_CASES[name]
  proxy.turn(
    injectFaults(
      fault,
      operations.filter((one) => only.includes(one)),
      max,
    ),
  )
  const reply = await ask(max === 1 && !LASTING.includes(name) ? server : tried)
  await proxy.settled()
  proxy.turn(noFaults)
  return reply
}

const assertUnavailable = ({ status, type, body }: Reply) => {
  expect({ status, type, body }).toEqual({ status: 503, type: 'application/json', body: expect.any(String) as unknown })
}

/** A request survives a single fault, unless it outlasts the retries of the SDK. */
const mayFail = (name: FaultName, max: number) => max > 1 || LASTING.includes(name)

/** A fault hits one request of each operation, or so many that retries fail; transaction conflicts end by waiting. */
const cases = FAULTED.flatMap((name) => [
  { name, most: 1, how: 'once' },
  ...(name === 'inConflict' ? [] : [{ name, most: 100, how: 'every time' }]),
])

/** One for each way a change can end: not done, done, done late, in conflict, and not done for long. */
const FAULTED_CHANGES: readonly FaultName[] = [
  'throttled',
  'internalErrorAfterAll',
  'resetAfterCommit',
  'resetThenLate',
  'inConflict',
  'tableGone',
]
/** All of them fall on a creation; these on the other changes, which the store commits in the same way. */
const casesOfChanges = cases.filter(({ name }) => FAULTED_CHANGES.includes(name))

describe('over DynamoDB with a fault,', () => {
  let site = 0
  const created = async () => {
    const event = newEvent({ site: `faulty-${++site}` })
    expect((await direct.post('newevent', event, { as: 'ada' })).status).toBe(200)
    return event
  }

  it.each(cases)('newevent answers truthfully: $name $how', async ({ name, most: max }) => {
    const event = newEvent({ site: `faulty-${++site}` })
    const reply = await runUnder(name, WRITES, max, (at) => at.post('newevent', event, { as: 'ada' }))
    if (reply.status === 200) expect((await listed(direct, event)).body).toHaveLength(1)
    else if (mayFail(name, max)) assertUnavailable(reply)
    else expect(reply.status).toBe(200)
    expect((await server.post('newevent', event, { as: 'ada' })).status).toBe(200)
    const rival = { ...event, event_id: `${event.event_id} of Bo` }
    expect((await server.post('newevent', rival, { as: 'bo' })).status).toBe(409)
    expect((await listed(direct, event)).body).toMatchObject([{ event_id: event.event_id }])
  })

  it.each(casesOfChanges)('modifyevent answers truthfully: $name $how', async ({ name, most: max }) => {
    const event = await created()
    const change = { event_id: event.event_id, title: 'M 51' }
    const reply = await runUnder(name, WRITES, max, (at) => at.post('modifyevent', change, { as: 'ada' }))
    const [stored] = (await listed(direct, event)).body as { title: string }[]
    if (reply.status === 200) expect(stored).toMatchObject({ title: 'M 51' })
    else if (mayFail(name, max)) assertUnavailable(reply)
    else expect(reply.status).toBe(200)
    expect((await server.post('modifyevent', change, { as: 'ada' })).status).toBe(200)
    expect((await listed(direct, event)).body).toMatchObject([{ title: 'M 51' }])
  })

  it.each(casesOfChanges)('delete answers truthfully: $name $how', async ({ name, most: max }) => {
    const event = await created()
    const { event_id } = event
    const reply = await runUnder(name, WRITES, max, (at) => at.post('delete', { event_id }, { as: 'ada' }))
    if (reply.status === 200) expect((await listed(direct, event)).body).toEqual([])
    else if (mayFail(name, max)) assertUnavailable(reply)
    else expect(reply.status).toBe(200)
    expect([200, 404]).toContain((await server.post('delete', { event_id }, { as: 'ada' })).status)
    expect((await listed(direct, event)).body).toEqual([])
  })

  it.each(cases.filter(({ name }) => name !== 'inConflict' && !isSameForRead(name)))(
    'siteevents answers completely or with an error: $name $how',
    async ({ name, most: max }) => {
      const event = await created()
      const reply = await runUnder(name, READS, max, (at) => listed(at, event))
      if (reply.status === 200) expect(reply.body).toEqual((await listed(direct, event)).body)
      else if (mayFail(name, max)) assertUnavailable(reply)
      else expect(reply.status).toBe(200)
    },
  )
})
