import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { messageItem } from '../../src/store/dynamodb/messages.ts'
import { TODAY } from '../context.ts'
import { storeInTable } from '../dynamo-store.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { AUDIENCE, openIssuer, type TestIssuer } from '../issuer.ts'
import { freePort } from '../process/calendar.ts'
import { hour, KEY, openStubServer, newEvent } from '../server.ts'
import { buildLambda, type Container, type Lambda } from './container.ts'
import { answering, secretOf, webhookReceiver } from '../webhook-receiver.ts'
import { type ClientRequest, restApiEvent, httpApiEvent, GATEWAYS } from './events.ts'

let lambda: Lambda
let dynamo: Dynamo
let issuer: TestIssuer
let settings: Record<string, string>
/** Two containers of one function, as Lambda starts them for concurrent requests. */
let one: Container
let another: Container

beforeAll(async () => {
  lambda = buildLambda()
  ;[dynamo, issuer] = await Promise.all([sharedDynamo(), openIssuer()])
  settings = {
    STORE: `dynamodb:${await dynamo.table()}`,
    DYNAMODB_ENDPOINT: dynamo.endpoint,
    AUTH_ISSUER: issuer.url,
    AUTH_AUDIENCE: AUDIENCE,
    SERVICE_KEYS: `scheduler:${KEY}`,
    LOG_LEVEL: 'warn',
  }
  ;[one, another] = await Promise.all([lambda.start(settings), lambda.start(settings)])
})
afterAll(async () => {
  await Promise.all([one.stop(), another.stop(), issuer.close()])
  lambda.remove()
})

/** For tests that do not depend on the kind of gateway. */
const event = (client: ClientRequest) => httpApiEvent(client, 'calendar.example.org', '/dev/', 'dev')
const json = (body: object) => JSON.stringify(body)
const asService = { 'X-Api-Key': KEY }
const withToken = async (sub: string) => ({ authorization: `Bearer ${await issuer.mint({ sub, name: sub })}` })
const post = (where: string, body: object, headers: Record<string, string> = {}, container = one) =>
  container.api(event({ method: 'POST', where, body: json(body), headers }))
const get = (where: string, headers = {}) => one.api(event({ method: 'GET', where, headers }))

const YEARS = { start: '2031-01-01T00:00:00Z', end: '2031-12-31T00:00:00Z' }

describe.each(Object.entries(GATEWAYS))('behind %s', (_, gateway) => {
  const ask = (client: ClientRequest) => one.api(gateway.event(client))

  it('a service creates a reservation that everyone can list', async () => {
    const expected = newEvent({ title: 'Ő, a 望遠鏡 "at" \\ night' })
    const created = await ask({
      method: 'POST',
      where: 'newevent',
      headers: { 'x-API-key': KEY },
      body: json(expected),
    })
    expect(created).toMatchObject({ statusCode: 200, json: { new_calendar_event: expected }, headers: { etag: '"1"' } })
    const listed = await ask({
      method: 'GET',
      where: `siteevents?${String(new URLSearchParams({ site: expected.site, start: expected.start, end: expected.end }))}`,
    })
    expect(listed).toMatchObject({
      statusCode: 200,
      isBase64Encoded: false,
      json: [{ ...expected, creator_id: 'service:scheduler' }],
    })
    expect(listed.headers['content-type']).toBe('application/json')
  })

  it('an observer creates a reservation with a Base64 body', async () => {
    const headers = { Authorization: `Bearer ${await issuer.mint()}` }
    const expected = newEvent({ title: 'é' })
    const created = await ask({ method: 'POST', where: 'newevent', headers, body: json(expected), base64: true })
    expect(created).toMatchObject({ statusCode: 200, json: { new_calendar_event: { ...expected, creator_id: 'ada' } } })
  })

  it('an anonymous caller cannot create a reservation', async () => {
    expect(await ask({ method: 'POST', where: 'newevent', body: json(newEvent()) })).toMatchObject({
      statusCode: 401,
      json: expect.any(String),
    })
  })
})

describe.each(Object.entries(GATEWAYS))('a calendar feed behind %s', (_, gateway) => {
  it('is read, revalidated and answered by any container, with its secret in no log', async () => {
    const logging = await lambda.startHere({ ...settings, LOG_LEVEL: 'trace' })
    const ask = (method: string, where: string, headers: Record<string, string> = {}) =>
      logging.api(gateway.event({ method, where, headers }))
    const sub = `feeds-${crypto.randomUUID()}`
    const made = await post('calendar-feeds', { make: true }, await withToken(sub))
    const { path, secret } = made.json.made as { path: string; secret: string }
    const reservation = newEvent({ site: 'saf', title: 'Ő, a 望遠鏡' })
    await post('newevent', reservation, await withToken(sub))
    for (const where of ['sites/saf.ics', path]) {
      const feed = await ask('GET', where)
      expect(feed).toMatchObject({ statusCode: 200, isBase64Encoded: false })
      expect(feed.headers['content-type']).toBe('text/calendar; charset=utf-8')
      expect(feed.body).toContain('SUMMARY:Ő\\, a 望遠鏡\r\n')
      const { etag = '' } = feed.headers
      expect(await ask('GET', where, { 'If-None-Match': etag })).toMatchObject({ statusCode: 304, body: '' })
      expect(await ask('HEAD', where)).toMatchObject({ statusCode: 200, body: '', headers: { etag } })
      const refused = await ask('PROPFIND', where)
      expect(refused).toMatchObject({ statusCode: 405, headers: { allow: 'GET, OPTIONS' } })
    }
    await post('delete', { event_id: reservation.event_id }, await withToken(sub))
    expect((await ask('GET', path)).body).toContain('STATUS:CANCELLED')
    expect((await ask('GET', 'feeds/unknown.ics')).statusCode).toBe(404)
    expect(logging.log()).toContain('secret-feed')
    expect(logging.log()).not.toContain(secret)
  })
})

describe('a list', () => {
  it('has the events of the sites in the query', async () => {
    for (const site of ['list-a', 'list-b', 'list-c']) await post('newevent', newEvent({ site }), asService)
    const where = `siteevents?site=list-a&site=list-b&start=${YEARS.start}&end=${YEARS.end}`
    for (const gateway of Object.values(GATEWAYS)) {
      const { json } = await one.api(gateway.event({ method: 'GET', where }))
      expect(json.map(({ site }: { site: string }) => site).toSorted()).toEqual(['list-a', 'list-b'])
    }
  })

  it('of changes since a cursor comes from any container', async () => {
    const accept = { Accept: 'application/json' }
    const { cursor } = (await get('changes?site=followed', accept)).json
    const proposed = newEvent({ site: 'followed' })
    await post('newevent', proposed, asService, another)
    for (const [name, gateway] of Object.entries(GATEWAYS)) {
      const where = `changes?since=${cursor}&site=followed`
      const { statusCode, json: page } = await one.api(gateway.event({ method: 'GET', where }))
      expect([statusCode, page.changes.length, page.changes[0].event_id], name).toEqual([200, 1, proposed.event_id])
      const rest = await another.api(
        gateway.event({ method: 'GET', where: `changes?since=${page.cursor}&site=followed` }),
      )
      expect(rest.json).toEqual({ changes: [], cursor: page.cursor })
    }
  })

  it('is answered 304 by any container while nothing changes', async () => {
    await post('newevent', newEvent({ site: 'tagged' }), asService)
    const where = `siteevents?site=tagged&start=${YEARS.start}&end=${YEARS.end}`
    const { etag = '' } = (await get(where)).headers
    const again = () => another.api(event({ method: 'GET', where, headers: { 'If-None-Match': etag } }))
    expect(await again()).toMatchObject({ statusCode: 304, body: '' })
    await post('newevent', newEvent({ site: 'tagged' }), asService)
    expect(await again()).toMatchObject({ statusCode: 200 })
  })

  it('above the response limit of Lambda is answered 413 with advice, or streamed completely', async () => {
    const large = { site: 'large', notes: 'x'.repeat(60_000) }
    const newEvents = Array.from({ length: 108 }, (_, n) => newEvent({ ...large, start: hour(n), end: hour(n, 30) }))
    for (const expected of newEvents) expect((await post('newevent', expected, asService)).statusCode).toBe(200)
    const within = (hours: number) => post('siteevents', { site: 'large', start: hour(0), end: hour(hours) })
    expect(await within(108)).toMatchObject({
      statusCode: 413,
      json: 'Error: the answer is larger than the 6 MB that can be sent; ask for a shorter window or fewer sites',
    })
    const { statusCode, json, body } = await within(100)
    expect([statusCode, json.length]).toEqual([200, 100])
    expect(Buffer.byteLength(JSON.stringify(body))).toBeGreaterThan(6_000_000)

    const client = {
      method: 'POST',
      where: 'siteevents',
      body: JSON.stringify({ site: 'large', start: hour(0), end: hour(108) }),
    }
    for (const encoding of ['identity', 'gzip']) {
      const streamed = await one.api(restApiEvent({ ...client, headers: { 'Accept-Encoding': encoding } }, 'own', '/'))
      expect([streamed.statusCode, streamed.json.length], `streamed, ${encoding}`).toEqual([200, 108])
      expect(streamed.headers['content-encoding']).toBe(encoding === 'gzip' ? 'gzip' : undefined)
      expect(Buffer.byteLength(streamed.body)).toBeGreaterThan(6_400_000)
    }
  }, 120_000)

  it('is compressed if it is streamed, with an ETag that still matches', async () => {
    for (let n = 0; n < 30; n += 1) await post('newevent', newEvent({ site: 'many' }), asService)
    const where = `siteevents?site=many&start=${YEARS.start}&end=${YEARS.end}`
    const ask = (headers = {}) =>
      one.api(
        restApiEvent({ method: 'GET', where, headers: { 'Accept-Encoding': 'br, gzip', ...headers } }, 'own', '/'),
      )
    const { headers: had, json: list } = await ask()
    expect([list.length, had['content-encoding'], had['vary']]).toEqual([
      30,
      'gzip',
      expect.stringContaining('Accept-Encoding'),
    ])
    expect(had['etag']).toMatch(/^W\//)
    expect(await ask({ 'If-None-Match': had['etag'] })).toMatchObject({ statusCode: 304, body: '' })
    expect((await ask({ 'Accept-Encoding': 'identity' })).headers['content-encoding']).toBeUndefined()
  })
})

describe('a change', () => {
  it('succeeds for exactly one of two observers who race at two containers', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { start, end } = newEvent()
      const [adas, bos] = await Promise.all([
        post('newevent', newEvent({ site: 'raced', start, end }), await withToken('ada')),
        post('newevent', newEvent({ site: 'raced', start, end }), await withToken('bo'), another),
      ])
      expect(new Set([adas?.statusCode, bos?.statusCode])).toEqual(new Set([200, 409]))
      const rejected = adas?.statusCode === 409 ? adas : bos
      expect(rejected?.json).toContain('raced is taken by')
    }
  })

  it('of an outdated revision is answered 412', async () => {
    const { event_id } = newEvent()
    await post('newevent', newEvent({ event_id }), asService)
    await post('modifyevent', { event_id, title: 'moved on' }, asService)
    const stale = await post('modifyevent', { event_id, title: 'late' }, { ...asService, 'If-Match': '"1"' }, another)
    expect(stale).toMatchObject({ statusCode: 412, json: expect.stringContaining('has been changed') })
  })
})

it('the function answers 503, never an empty list, if the store does not answer', async () => {
  const broken = await lambda.startHere({
    ...settings,
    DYNAMODB_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    LOG_LEVEL: 'silent',
  })
  for (const [where, body] of [
    ['siteevents', { site: 'saf', ...YEARS }],
    ['newevent', newEvent()],
  ] as const) {
    const reply = await broken.api(event({ method: 'POST', where, body: json(body), headers: asService }))
    expect(reply).toMatchObject({ statusCode: 503, json: expect.any(String) })
  }
  expect(await broken.api(event({ method: 'GET', where: 'health' }))).toMatchObject({ statusCode: 503 })
})

describe('the outbox', () => {
  const NONE = { delivered: 0, refused: 0, not_removed: 0, postponed: 0, given_up: 0 }
  const project_id = 'M31#2030-01-01T00:00:00Z'
  /** A container with a projects service and a table of its own. Each test leaves its outbox empty. */
  let container: Container
  let projects: Awaited<ReturnType<typeof openStubServer>>
  /** The status of the answers of the projects service. */
  let status = 200
  beforeAll(async () => {
    projects = await openStubServer(() => ({ status }))
    container = await lambda.start({
      ...settings,
      STORE: `dynamodb:${await dynamo.table()}`,
      PROJECTS_URL: projects.url,
      LOG_LEVEL: 'info',
    })
  })
  beforeEach(() => {
    status = 200
    projects.asked.length = 0
  })
  afterAll(() => Promise.all([container.stop(), projects.stop()]))

  it('is empty after one run, with the last message of each reservation and project delivered', async () => {
    const created = Array.from({ length: 45 }, () => newEvent({ project_id }))
    for (const expected of created) await post('newevent', expected, asService, container)
    await post('delete', { event_id: created[0]?.event_id }, asService, container)

    expect(await container.deliver()).toEqual({ ...NONE, delivered: 45 })
    expect(await container.deliver()).toEqual(NONE)
    const reported = projects.asked.map(({ body }) => body['event_id'])
    expect(new Set(reported)).toEqual(new Set(created.map(({ event_id }) => event_id)))
    const first = projects.asked.filter(({ body }) => body['event_id'] === created[0]?.event_id).map(({ verb }) => verb)
    expect(first).toEqual(['remove-project-event'])
    await expect.poll(() => container.log()).toContain('"depth":0,"oldest_seconds":0')
  })

  it('keeps messages that cannot be delivered, and the run ends', async () => {
    status = 500
    const created = Array.from({ length: 25 }, () => newEvent({ project_id }))
    for (const expected of created) await post('newevent', expected, asService, container)

    const reported = (await container.deliver()) as typeof NONE
    expect(reported).toEqual({ ...NONE, postponed: projects.asked.length })
    status = 200
    let delivered = 0
    await expect
      .poll(async () => (delivered += ((await container.deliver()) as typeof NONE).delivered), {
        timeout: 60_000,
        interval: 500,
      })
      .toBe(25)
  })

  it('stops after one batch if the time runs short', async () => {
    for (let n = 0; n < 25; n += 1) await post('newevent', newEvent({ project_id }), asService, container)
    expect(await container.deliver(5000)).toEqual({ ...NONE, delivered: 20 })
    expect(await container.deliver()).toEqual({ ...NONE, delivered: 5 })
  })

  it('is delivered to receivers of webhooks, in order, and they hold up nobody', async () => {
    const [receiver, hanging] = [await webhookReceiver(), await webhookReceiver({ secret: secretOf(2) })]
    hanging.answer(() => undefined)
    const both = await lambda.startHere({
      ...settings,
      STORE: `dynamodb:${await dynamo.table()}`,
      WEBHOOKS: `archive=${receiver.url},hanging=${hanging.url}`,
      WEBHOOK_SECRETS: `archive=${secretOf(1)},hanging=${secretOf(2)}`,
    })
    const created = newEvent()
    await post('newevent', created, asService, both)
    await post('delete', { event_id: created.event_id }, asService, both)
    const delivering = both.deliver()
    await expect.poll(() => receiver.revisionsOf(created.event_id), { timeout: 60_000 }).toEqual([1, 2])
    expect(hanging.received).toHaveLength(1)
    hanging.answer(answering(200))
    // The request that hangs ends with its time-out.
    expect(await delivering).toEqual({ ...NONE, delivered: 2, postponed: 1 })
    expect([...receiver.invalid, ...hanging.invalid]).toEqual([])
  })

  it('has old failed messages removed by the first run of a container, and not by each', async () => {
    const table = await dynamo.table()
    const url = await freePort().then((port) => `http://127.0.0.1:${port}`)
    const webhooks = {
      STORE: `dynamodb:${table}`,
      WEBHOOKS: `archive=${url}`,
      WEBHOOK_SECRETS: `archive=${secretOf(1)}`,
    }
    const { outbox } = storeInTable(dynamo, table)
    const failed = async () => (await Array.fromAsync(outbox.messages())).flat().length
    const addFailed = (reservation: string) => {
      const message = { receiver: 'archive', reservation }
      return dynamo.putAll(table, [
        messageItem({ message, revision: 1, writtenAt: TODAY, attempts: 8, due: 0, failedAt: 1_700_000_000 }),
      ])
    }
    const [first, second] = await Promise.all([1, 2].map(() => lambda.startHere({ ...settings, ...webhooks })))
    await addFailed('one')
    expect(await first?.deliver()).toEqual(NONE)
    expect(await failed()).toBe(0)
    await addFailed('two')
    expect(await first?.deliver()).toEqual(NONE)
    expect(await failed()).toBe(1)
    expect(await second?.deliver()).toEqual(NONE)
    expect(await failed()).toBe(0)
  })

  it('is skipped if there is no projects service', async () => {
    expect(await one.deliver()).toEqual(NONE)
  })

  it('that cannot be read makes the function fail', async () => {
    const DYNAMODB_ENDPOINT = `http://127.0.0.1:${await freePort()}`
    const broken = await lambda.startHere({ ...settings, DYNAMODB_ENDPOINT, PROJECTS_URL: projects.url })
    await expect(broken.deliver()).rejects.toThrow()
  })
})
