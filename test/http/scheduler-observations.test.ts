import { expect, it } from 'vitest'
import { june, observation, observations, portal, SECRET, sendJson } from '../portal.ts'
import { serveHere, type TestServer } from '../server.ts'

const NAME = 'scheduler-observations'
const WINDOW = { site: 'mrc1', start: june(20), end: june(21) }
const QUERY = new URLSearchParams(WINDOW).toString()

/** A calendar whose `mrc1` is at a portal, and `aro1` at another. */
const serveWith = (mrc: { url: string }, aro = mrc): Promise<TestServer> =>
  serveHere({
    METRICS: 'on',
    PORTALS: `mrc=${mrc.url}/, aro=${aro.url}`,
    PORTAL_TELESCOPES: 'mrc1=mrc/0m31,mrc2=mrc/0m61,aro1=aro/0m3.enc1.aro',
    PORTAL_KEYS: `mrc=${SECRET}`,
  })

const metric = async (server: TestServer, line: string) =>
  (await server.send('GET', '/metrics')).text.split('\n').find((one) => one.startsWith(`${line} `))

it('lists observations in the form of events, for anyone', async () => {
  const data = observation(4)
  const mrc = await portal(() => [data])
  const server = await serveWith(mrc)
  const { status, type, body } = await server.post(NAME, WINDOW)
  expect([status, type]).toEqual([200, 'application/json'])
  expect(body).toEqual([
    {
      event_id: '1004',
      start: june(20, '04:00'),
      end: june(20, '04:30'),
      creator: 'hubble',
      creator_id: 'hubble#LCO',
      last_modified: '2030-06-19T20:00:00Z',
      reservation_type: 'observation',
      origin: 'LCO',
      title: 'M31 Cepheids (via LCO)',
      resourceId: 'mrc1',
      site: 'mrc1',
      observation_type: 'NORMAL',
      observation_state: 'PENDING',
      request_state: 'PENDING',
      observation_data: data,
    },
  ])
  expect(mrc.requests[0]?.headers.authorization).toBe(SECRET)
  expect(await metric(server, 'calendar_portal_schedules_total{outcome="read"}')).toMatch(/ 1$/)
})

it('asks the portal of the telescope, with the secret of that portal only', async () => {
  const [mrc, aro] = [await portal(() => observations(1)), await portal(() => observations(2))]
  const server = await serveWith(mrc, aro)
  expect((await server.post(NAME, { ...WINDOW, site: 'mrc2' })).body).toHaveLength(1)
  expect((await server.post(NAME, { ...WINDOW, site: 'aro1' })).body).toHaveLength(2)
  const asked = [...mrc.requests, ...aro.requests].map(({ query, headers }) => [
    ...['telescope', 'enclosure', 'site'].map((name) => query.get(name)),
    headers.authorization,
  ])
  expect(asked).toEqual([
    ['0m61', null, null, SECRET],
    ['0m3', 'enc1', 'aro', undefined],
  ])
})

it('is empty for a site without a portal, and calls nobody', async () => {
  const mrc = await portal(() => observations(1))
  for (const [server, site] of [
    [await serveWith(mrc), 'saf'],
    [await serveHere(), 'mrc1'],
  ] as const) {
    const { status, text } = await server.post(NAME, { ...WINDOW, site })
    expect([status, text]).toEqual([200, '[]'])
  }
  expect(mrc.requests).toEqual([])
})

it.each([
  [{ start: 'soon' }, 'Error: start must be a time such as 2022-06-20T16:15:00Z'],
  [{ start: '2030-02-30T00:00:00Z' }, 'Error: start must be a time such as 2022-06-20T16:15:00Z'],
  [{ site: 'mrc1&telescope=0m61' }, 'Error: site must be 1 to 32 letters, digits, _ or -'],
  [{ site: ['mrc1'] }, 'Error: site must be a string'],
  [{ end: june(20) }, 'Error: start must come before end'],
  [{ end: '2032-01-01T00:00:00Z' }, 'Error: a window may span at most 366 days'],
])('refuses %j, and calls nobody', async (overrides, sentence) => {
  const mrc = await portal(() => observations(1))
  const { status, body } = await (await serveWith(mrc)).post(NAME, { ...WINDOW, ...overrides })
  expect([status, body]).toEqual([400, sentence])
  expect(mrc.requests).toEqual([])
})

it('sends the portal the instants of the window, in whatever form they came', async () => {
  const mrc = await portal()
  await (await serveWith(mrc)).post(NAME, { ...WINDOW, start: '2030-06-20T02:00:00.5+02:00', end: '2030-06-21T00:00' })
  expect([mrc.requests[0]?.query.get('start'), mrc.requests[0]?.query.get('end')]).toEqual([june(20), june(21)])
})

it('answers a GET with an ETag, and 304 while nothing changes', async () => {
  let schedule = observations(2)
  const server = await serveWith(await portal(() => schedule))
  const first = await server.get(`${NAME}?${QUERY}`)
  expect([first.status, first.body.length]).toEqual([200, 2])
  const again = { headers: { 'If-None-Match': first.headers.get('etag') ?? '' } }
  expect((await server.get(`${NAME}?${QUERY}`, again)).status).toBe(304)
  schedule = observations(3)
  const later = new URLSearchParams({ ...WINDOW, end: june(22) }).toString()
  expect((await server.get(`${NAME}?${later}`, again)).status).toBe(200)
})

it('is a 502 with a JSON string if the portal fails, and again a list when it does not', async () => {
  const mrc = await portal(() => observations(1))
  const server = await serveWith(mrc)
  for (const fault of [401, 500]) {
    mrc.turn((_, response) => sendJson(response, { detail: 'no' }, fault))
    for (const reply of [await server.post(NAME, WINDOW), await server.get(`${NAME}?${QUERY}`)])
      expect([reply.status, reply.type, reply.body]).toEqual([
        502,
        'application/json',
        'The observation portal does not answer just now; please try again.',
      ])
  }
  const problem = await server.post(NAME, WINDOW, { headers: { Accept: 'application/problem+json' } })
  expect(problem.body).toMatchObject({ status: 502, code: 'upstream' })
  expect(await metric(server, 'calendar_portal_schedules_total{outcome="failed"}')).toMatch(/ 5$/)
  mrc.turn()
  expect((await server.post(NAME, WINDOW)).body).toHaveLength(1)
})

it('counts malformed observations', async () => {
  const server = await serveWith(await portal(() => [observation(1), observation(2, { start: 'soon' })], 'naive'))
  expect((await server.post(NAME, WINDOW)).body).toHaveLength(1)
  expect(await metric(server, 'calendar_portal_observations_skipped_total')).toMatch(/ 1$/)
})

it('shows submitters unmasked to admins and services only', async () => {
  const server = await serveWith(await portal(() => [observation(1, { submitter: 'ada@example.org' })]))
  const creators = []
  for (const ask of [
    {},
    { as: 'ada' },
    { as: 'grace' },
    { key: true },
    { headers: { Authorization: 'Bearer no' } },
  ] as const)
    creators.push((await server.post(NAME, WINDOW, ask)).body[0].creator)
  expect(creators).toEqual(['ada', 'ada', 'ada@example.org', 'ada@example.org', 'ada'])
})

it('answers others while a portal is slow', async () => {
  const mrc = await portal()
  const held: (() => void)[] = []
  mrc.turn((_, response) => void held.push(() => sendJson(response, { count: 0, results: [] })))
  const server = await serveWith(mrc)
  const slow = server.post(NAME, WINDOW)
  await expect.poll(() => held.length).toBe(1)
  expect((await server.post('siteevents', WINDOW)).status).toBe(200)
  held[0]?.()
  expect((await slow).body).toEqual([])
})
