import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hour, KEY, type Reply, serve, serveHere, type TestServer, newEvent } from '../server.ts'

let server: TestServer
beforeAll(async () => {
  server = await serve()
})
afterAll(() => server.stop())

const WINDOW = { site: 'saf', start: '2031-01-01T00:00:00Z', end: '2031-02-01T00:00:00Z' }
const many = (count: number, one: unknown) => Array.from({ length: count }, () => one)
const queryOf = (input: Readonly<Record<string, string>>) => new URLSearchParams(input).toString()

/** Expects one sentence as a JSON string that any origin may read. */
function expectRefusal(reply: Reply, status: number, sentence?: string): void {
  expect(reply.status).toBe(status)
  expect(reply.type).toBe('application/json')
  expect(reply.body).toBeTypeOf('string')
  expect(reply.body.length).toBeGreaterThan(0)
  expect(reply.headers.get('access-control-allow-origin')).toBe('*')
  if (sentence !== undefined) expect(reply.body).toBe(sentence)
}

describe('a body', () => {
  const types = [
    undefined,
    'application/json;charset=UTF-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'nonsense',
  ]

  it.each(types)('is JSON when its Content-Type is %s', async (type) => {
    const reply = await server.post('newevent', newEvent(), {
      as: 'ada',
      ...(type && { headers: { 'Content-Type': type } }),
    })
    expect(reply.status).toBe(200)
    expect(reply.type).toBe('application/json')
  })

  it.each([
    ['that is empty', ''],
    ['that is invalid JSON', '{"site":'],
    ['that is a form', 'site=saf&start=1'],
    ['that is a list', '[]'],
    ['that is null', 'null'],
    ['that is a string', '"siteevents"'],
    ['with a comment', '{"site":"saf"/* here */}'],
    ['with a trailing comma', '{"site":"saf",}'],
    ['with a duplicate key', '{"site":"saf","site":"mrc1"}'],
    ['with a duplicate key, once escaped', '{"site":"saf","\\u0073ite":"mrc1"}'],
    ['with __proto__', '{"__proto__":{"site":"saf"}}'],
    ['with a nested __proto__', '{"a":[{"__proto__":1}]}'],
    ['nested 33 deep', `{"a":${'['.repeat(32)}${']'.repeat(32)}}`],
  ])('%s is answered 400', async (_, raw) => {
    expectRefusal(await server.post('siteevents', undefined, { raw }), 400)
  })

  it('may be nested 32 deep', async () => {
    const raw = JSON.stringify({ ...WINDOW, deep: 0 }).replace(':0}', `:${'['.repeat(31)}${']'.repeat(31)}}`)
    expect((await server.post('siteevents', undefined, { raw })).status).toBe(200)
  })

  it('that is not UTF-8 is answered 400', async () => {
    expectRefusal(
      await server.post('siteevents', undefined, { raw: Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]) }),
      400,
    )
  })

  it('may have at most 64 kB', async () => {
    const least = JSON.stringify({ ...WINDOW, filler: '' }).length
    const sized = (bytes: number) => JSON.stringify({ ...WINDOW, filler: 'x'.repeat(bytes - least) })
    expect((await server.post('siteevents', undefined, { raw: sized(65_536) })).status).toBe(200)
    expectRefusal(await server.post('siteevents', undefined, { raw: sized(65_537) }), 413)
  })
})

describe('an error', () => {
  it('is a JSON string', async () => {
    const reply = await server.post('siteevents', {})
    expectRefusal(reply, 400, 'Error: missing required key site')
    expect(reply.text).toBe('"Error: missing required key site"')
  })

  it.each([
    ['400', () => server.post('newevent', {}, { as: 'ada' }), 400],
    ['401', () => server.post('newevent', newEvent()), 401],
    ['403', () => server.post('newevent', newEvent({ creator_id: 'demo|bo' }), { as: 'ada' }), 403],
    ['404 for an event', () => server.post('get-event', { event_id: 'nobody' }), 404],
    ['404 for a path', () => server.send('GET', '/nowhere'), 404],
    ['404 for another stage', () => server.send('POST', '/calendar/siteevents', { raw: JSON.stringify(WINDOW) }), 404],
    ['405', () => server.send('DELETE', '/dev/delete'), 405],
  ])('of status %s is a JSON string too', async (_, ask, status) => {
    expectRefusal(await ask(), status)
  })

  it('is sent as problem details with every problem to a client that accepts them', async () => {
    const body = { start: 'soon', end: 'later', site: 'no such code!' }
    const reply = await server.post('newevent', body, { as: 'ada', headers: { Accept: 'application/problem+json' } })
    expect(reply.status).toBe(400)
    expect(reply.type).toBe('application/problem+json')
    expect(reply.body).toMatchObject({ status: 400, code: 'malformed', detail: 'Error: missing required key event_id' })
    expect(reply.body.type).toBeTypeOf('string')
    expect(reply.body.title).toBeTypeOf('string')
    expect(reply.body.errors.map(({ field }: { field: string }) => field)).toEqual(['event_id', 'start', 'end', 'site'])
  })

  it.each([
    ['many empty ids', { project_id: 'x#1', events: many(4000, '') }],
    ['many objects without ids', { project_id: 'x#1', events: many(4000, {}) }],
    ['long values', { project_id: 'x'.repeat(60_000), events: [{ event_id: '', start: 'y' }] }],
  ])('lists 20 problems and counts the others, in a request with %s', async (_, body) => {
    const reply = await server.post('add-projects-to-events', body, { headers: { Accept: 'application/problem+json' } })
    expect(reply.status).toBe(400)
    expect(reply.text.length).toBeLessThan(4096)
    const { errors } = reply.body as { errors: { message: string }[] }
    if (errors.length > 20)
      expect(errors).toMatchObject([...many(20, { field: expect.any(String) }), { message: 'and 3980 more' }])
  })

  it.each([
    ['siteevents', { ...WINDOW, site: many(21_000, '') }, 'site holds at most 100 entries'],
    ['add-projects-to-events', { project_id: 'x#1', events: many(32_000, 1) }, 'events holds at most 5000 entries'],
    ['remove-project-from-events', { events: many(21_000, {}) }, 'events holds at most 5000 entries'],
  ])('of %s names the length of a list that is too long, and no entries', async (name, body, message) => {
    const reply = await server.post(name, body, { headers: { Accept: 'application/problem+json' } })
    expect([reply.status, reply.body.errors]).toEqual([400, [{ field: message.split(' ')[0], message }]])
  })

  it('lists at most 20 conflicts', async () => {
    const site = 'crowded'
    for (let n = 0; n < 22; n += 1)
      await server.post('newevent', newEvent({ site, start: hour(n), end: hour(n + 1) }), { as: 'bo' })
    const reply = await server.post('newevent', newEvent({ site, start: hour(0), end: hour(22) }), {
      as: 'ada',
      headers: { Accept: 'application/problem+json' },
    })
    expect([reply.status, reply.body.conflicts.length, reply.body.detail]).toEqual([
      409,
      20,
      expect.stringContaining('and 21 more'),
    ])
  })

  it.each([
    [
      'unauthenticated',
      401,
      () => server.post('newevent', newEvent(), { headers: { Accept: 'application/problem+json' } }),
    ],
    [
      'not_found',
      404,
      () => server.post('get-event', { event_id: 'nobody' }, { headers: { Accept: 'application/problem+json' } }),
    ],
    [
      'forbidden',
      403,
      () =>
        server.post('newevent', newEvent({ origin: 'lco' }), {
          as: 'ada',
          headers: { Accept: 'application/problem+json, */*' },
        }),
    ],
  ])('has the stable code %s', async (code, status, ask) => {
    const reply = await ask()
    expect(reply.type).toBe('application/problem+json')
    expect(reply.body).toMatchObject({
      status,
      code,
      detail: expect.any(String),
      errors: [{ message: expect.any(String) }],
    })
    expect(reply.body.type).toContain(code)
  })
})

describe('a GET', () => {
  it('gives the answer of a POST with the same fields', async () => {
    await server.post(
      'newevent',
      newEvent({ event_id: 'seen', start: '2032-05-01T03:00:00Z', end: '2032-05-01T04:00:00Z' }),
      { as: 'ada' },
    )
    const time = '2032-05-01T03:30:00Z'
    const inputs: [string, Record<string, string>][] = [
      ['siteevents', { site: 'saf', start: '2032-05-01T00:00:00Z', end: '2032-05-02T00:00:00Z' }],
      ['scheduler-observations', { site: 'saf', start: '2032-05-01T00:00:00Z', end: '2032-05-02T00:00:00Z' }],
      ['user-events-ending-after-time', { user_id: 'demo|ada', time }],
      ['get-event-at-time', { site: 'saf', time }],
      ['is-user-scheduled', { user_id: 'demo|ada', site: 'saf', time }],
      ['does-conflicting-event-exist', { user_id: 'demo|bo', site: 'saf', time }],
      ['may-command', { user_id: 'demo|bo', site: 'saf', time }],
      ['targets', { q: 'M31' }],
      ['target-visibility', { site: 'saf', target: 'M31', start: time, end: '2032-05-02T00:00:00Z', max_airmass: '3' }],
      [
        'availability',
        { site: 'saf', start: time, end: '2032-05-02T00:00:00Z', minutes: '30', max_lunar_phase: '0.5' },
      ],
      ['get-event', { event_id: 'seen' }],
    ]
    for (const [name, input] of inputs) {
      const [posted, got] = [await server.post(name, input), await server.get(`${name}?${queryOf(input)}`)]
      expect([got.status, got.body], name).toEqual([200, posted.body])
      expect(posted.status, name).toBe(200)
      expect(got.headers.get('etag'), name).toMatch(/^"[^"]+"$/)
    }
  })

  it('reads a repeated parameter as a list', async () => {
    for (const site of ['two-a', 'two-b', 'two-c']) await server.post('newevent', newEvent({ site }), { as: 'ada' })
    const reply = await server.get('siteevents?site=two-a&site=two-b&start=2031-01-01T00:00Z&end=2031-12-01T00:00Z')
    expect(reply.body.map(({ site }: { site: string }) => site).toSorted()).toEqual(['two-a', 'two-b'])
  })

  it('names a missing parameter as a POST does', async () => {
    expectRefusal(await server.get('siteevents'), 400, 'Error: missing required key site')
    expectRefusal(
      await server.get('siteevents?site=saf&end=2031-01-01T00:00Z'),
      400,
      'Error: missing required key start',
    )
  })

  it('answers 304 without a body while nothing has changed', async () => {
    const where = 'siteevents?site=tagged&start=2031-01-01T00:00Z&end=2031-12-01T00:00Z'
    const tag = (await server.get(where)).headers.get('etag') ?? ''
    const altered = ['-gzip', '--gzip', ';gzip', '-br', '-zstd'].map((suffix) => tag.replace(/"$/, `${suffix}"`))
    for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*', ...altered, `W/${altered[0]}`]) {
      const reply = await server.get(where, { headers: { 'If-None-Match': known } })
      expect([reply.status, reply.text, reply.headers.get('etag')], known).toEqual([304, '', tag])
    }
    await server.post('newevent', newEvent({ site: 'tagged' }), { as: 'ada' })
    const changed = await server.get(where, { headers: { 'If-None-Match': tag } })
    expect(changed.status).toBe(200)
    expect(changed.headers.get('etag')).not.toBe(tag)
  })

  it('is not cached from one caller for another', async () => {
    const { headers } = await server.get(`siteevents?${queryOf(WINDOW)}`)
    expect(headers.get('cache-control')).toContain('private')
    expect(headers.get('vary')).toContain('Authorization')
  })

  it('has the same headers as its HEAD', async () => {
    const where = `/dev/siteevents?${queryOf(WINDOW)}`
    const [got, head] = [await server.send('GET', where), await server.send('HEAD', where)]
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', got.headers.get('etag')])
  })

  it('reads true and false as text in an id and a site', async () => {
    expectRefusal(await server.get('get-event?event_id=true'), 404, 'There is no such event.')
    expect((await server.get('siteevents?site=false&start=2031-01-01T00:00Z&end=2031-12-01T00:00Z')).body).toEqual([])
  })
})

describe('CORS', () => {
  const ASKED = [
    'Content-Type',
    'Authorization',
    'X-Api-Key',
    'If-Match',
    'If-None-Match',
    'Last-Event-ID',
    'X-Amz-Date',
    'X-Amz-Security-Token',
    'X-Amz-User-Agent',
    'Access-Control-Allow-Origin',
    'Access-Control-Allow-Credentials',
  ]

  it('allows every header that clients send in a preflight', async () => {
    const headers = {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': ASKED.join(','),
    }
    const reply = await server.send('OPTIONS', '/dev/newevent', { headers })
    expect([reply.status, reply.text]).toEqual([204, ''])
    expect(reply.headers.get('access-control-allow-origin')).toBe('*')
    expect(reply.headers.get('access-control-allow-methods')).toContain('POST')
    const allowed = reply.headers
      .get('access-control-allow-headers')
      ?.split(', ')
      .map((name) => name.toLowerCase())
    expect(allowed?.toSorted()).toEqual(ASKED.map((name) => name.toLowerCase()).toSorted())
    expect(reply.headers.get('access-control-allow-credentials')).toBeNull()
  })

  it.each([
    ['a successful response', () => server.post('siteevents', WINDOW, { headers: { Origin: 'https://app.example' } })],
    ['an error', () => server.post('siteevents', {}, { headers: { Origin: 'null' } })],
    ['the response to a GET', () => server.get(`siteevents?${queryOf(WINDOW)}`)],
    ['a 404', () => server.send('GET', '/nowhere')],
  ])('lets any origin read %s, without credentials', async (_, ask) => {
    const { headers } = await ask()
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const exposed = headers.get('access-control-expose-headers')
    expect(exposed).toContain('ETag')
    expect(exposed).toContain('Retry-After')
  })
})

describe('a path', () => {
  it.each([
    ['GET', '/dev/newevent', 'POST'],
    ['PUT', '/dev/newevent', 'POST'],
    ['DELETE', '/dev/siteevents', 'GET'],
    ['PATCH', '/dev/modifyevent', 'POST'],
    ['POST', '/dev/config', 'GET'],
    ['POST', '/health', 'GET'],
    ['POST', '/dev/sites/saf.ics', 'GET'],
    ['PROPFIND', '/dev/sites/saf.ics', 'GET'],
    ['DELETE', '/dev/feeds/secret.ics', 'GET'],
    ['POST', '/metrics', 'GET'],
    ['PUT', '/openapi.json', 'GET'],
    ['POST', '/dev/docs', 'GET'],
    ['POST', '/saf', 'GET'],
    ['POST', '/favicon.ico', 'GET'],
    ['DELETE', '/assets/page.js', 'GET'],
  ])('answers %s %s with 405 and the allowed methods', async (method, path, allowed) => {
    const reply = await server.send(method, path)
    expectRefusal(reply, 405)
    expect(reply.headers.get('allow')?.split(', ')).toContain(allowed)
    expect(reply.headers.get('allow')?.split(', ')).not.toContain(method)
  })

  it.each([
    '/',
    '/dev',
    '/dev/',
    '/dev/siteevents/',
    '/siteevents',
    '/DEV/siteevents',
    '/dev/../etc/passwd',
    '/dev/no-such',
  ])('without an endpoint is answered with an error: %s', async (path) => {
    expectRefusal(
      await server.send('POST', path, { raw: JSON.stringify(WINDOW) }),
      ['/', '/dev/'].includes(path) ? 405 : 404,
    )
  })

  it.each([
    ['prod', '/calendar'],
    ['test', '/test'],
  ])('of stage %s begins with %s', async (STAGE, base) => {
    const staged = await serveHere({ STAGE })
    const ask = { raw: JSON.stringify(WINDOW) }
    expect((await staged.send('POST', `${base}/siteevents`, ask)).body).toEqual([])
    expectRefusal(await staged.send('POST', '/dev/siteevents', ask), 404)
  })
})

describe('the pages and operational endpoints:', () => {
  it('sites lists the telescopes with known coordinates', async () => {
    const { status, body, headers } = await server.get('sites')
    expect(status).toBe(200)
    expect(headers.get('etag')).toBeTruthy()
    const [first] = body.filter(({ code }: { code: string }) => code === 'saf')
    expect(first).toMatchObject({
      code: 'saf',
      time_zone: 'America/Denver',
      latitude: expect.any(Number),
      longitude: expect.any(Number),
    })
  })

  it('config has what the page needs for signing in, and no secret', async () => {
    const { status, body, text } = await server.get('config')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      stage: 'dev',
      issuer: 'https://issuer.invalid',
      audience: 'urn:photonranch-calendar',
      demo: false,
      conflicts: 'deny',
      max_window_days: 366,
      max_series: 50,
    })
    expect(text).not.toContain(KEY)
  })

  it.each(['/health', '/health/live', '/health/ready', '/dev/health', '/dev/health/live', '/dev/health/ready'])(
    '%s answers ok',
    async (path) => {
      expect(await server.send('GET', path)).toMatchObject({ status: 200, body: { status: 'ok' } })
    },
  )

  it('metrics counts requests by route and status, without personal data', async () => {
    await server.post('siteevents', WINDOW)
    const { status, text } = await server.send('GET', '/metrics')
    expect(status).toBe(200)
    expect(text).toMatch(/calendar_requests_total\{route="siteevents",status="200"\} \d/)
    expect(text).not.toContain('demo|')
  })

  it.each(['x-forwarded-for', 'forwarded', 'via', 'x-real-ip'])(
    'metrics answers 404 to a request through a proxy, recognized by the header %s',
    async (header) => {
      expectRefusal(await server.send('GET', '/metrics', { headers: { [header]: '127.0.0.1' } }), 404)
    },
  )

  it.each([
    ['on', 200],
    ['off', 404],
  ])('metrics with METRICS=%s answers %i to every client', async (METRICS, status) => {
    const own = await serveHere({ METRICS })
    for (const headers of [{}, { 'X-Forwarded-For': '192.0.2.1' }])
      expect((await own.send('GET', '/metrics', { headers })).status).toBe(status)
  })

  it.each([
    '/',
    '/saf',
    '/icon.svg',
    '/docs',
    '/docs/start.js',
    '/docs/swagger-ui.css',
    '/docs/swagger-ui-bundle.js',
    '/openapi.json',
    '/metrics',
    '/health',
    '/dev/config',
    '/dev/sites',
    '/dev/me',
    '/nowhere',
  ])('%s has the header X-Content-Type-Options: nosniff', async (path) => {
    expect((await server.send('GET', path)).headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('metrics is not served under the path of the endpoints', async () => {
    expectRefusal(await server.send('GET', '/dev/metrics'), 404)
  })

  it.each(['/', '/docs', '/dev/', '/dev/docs'])('%s has no broken links', async (path) => {
    const page = await server.send('GET', path)
    expect([page.status, page.type]).toEqual([200, expect.stringContaining('text/html')])
    const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '')
    expect(links.length).toBeGreaterThan(2)
    for (const link of links) {
      expect(link).not.toMatch(/^\//)
      const { pathname } = new URL(link, `${server.address}${path}`)
      expect((await server.send('GET', pathname)).status, link).toBe(200)
    }
  })

  it.each([
    ['/openapi.json', '/dev'],
    ['/dev/openapi.json', '/dev/'],
  ])('%s names the path of the endpoints', async (path, endpoints) => {
    const document = await server.send('GET', path)
    expect([document.status, document.type]).toEqual([200, 'application/json'])
    expect(document.body.openapi).toBe('3.1.0')
    expect(new URL(document.body.servers[0].url, `${server.address}${path}`).pathname).toBe(endpoints)
  })
})

describe('a store that cannot answer', () => {
  let broken: TestServer
  beforeAll(async () => {
    broken = await serve()
    const db = new Sqlite(broken.file)
    for (const table of ['reservations', 'revisions', 'outbox', 'feed']) db.exec(`DROP TABLE ${table}`)
    db.close()
  })
  afterAll(() => broken.stop())

  const time = hour(3)
  const SERIES = { series_id: 's', site: 'saf' }
  const inputs: [string, object][] = [
    ['siteevents', WINDOW],
    ['siteevents', { ...WINDOW, full_project_details: true }],
    ['user-events-ending-after-time', { user_id: 'demo|ada', time }],
    ['get-event-at-time', { site: 'saf', time }],
    ['get-event', { event_id: 'a' }],
    ['is-user-scheduled', { user_id: 'demo|ada', site: 'saf', time }],
    ['does-conflicting-event-exist', { user_id: 'demo|ada', site: 'saf', time }],
    ['may-command', { user_id: 'demo|ada', site: 'saf', time }],
    ['newevent', newEvent()],
    ['modifyevent', { event_id: 'a', title: 'b' }],
    ['delete', { event_id: 'a' }],
    ['event-history', { event_id: 'a' }],
    ['reservations-affected', WINDOW],
    ['restore-event', { event_id: 'a', revision: 1 }],
    [
      'newseries',
      { ...SERIES, first_night: '2030-03-14', nights: { every: 7, count: 2 }, start: { clock: '22:15' }, minutes: 45 },
    ],
    ['modifyseries', { ...SERIES, from_night: '2030-03-14' }],
    ['deleteseries', { ...SERIES, from_night: '2030-03-14' }],
    ['add-projects-to-events', { project_id: 'none', events: ['a'] }],
    ['remove-project-from-events', { events: ['a'] }],
    ['remove-expired-lco-schedule', { site: 'saf', cutoff_time: time }],
  ]

  it.each(inputs)('makes %s answer 503 with a JSON string, never an empty list', async (name, input) => {
    const reply = await broken.post(name, input, { as: 'grace' })
    expectRefusal(reply, 503)
    expect(reply.headers.get('retry-after')).toMatch(/^\d+$/)
  })

  it('makes a GET answer 503 too, without internal details', async () => {
    const reply = await broken.get(`siteevents?${queryOf(WINDOW)}`)
    expectRefusal(reply, 503)
    expect(reply.body).not.toMatch(/sqlite|database|table/i)
  })

  it('makes the readiness check fail, but not the liveness check', async () => {
    expect((await broken.send('GET', '/health')).status).toBe(503)
    expect((await broken.send('GET', '/health/ready')).status).toBe(503)
    expect((await broken.send('GET', '/health/live')).status).toBe(200)
  })

  it('leaves the metrics readable, with an unknown outbox depth', async () => {
    const { status, text } = await broken.send('GET', '/metrics')
    expect(status).toBe(200)
    expect(text).toMatch(/^calendar_outbox_depth Nan$/m)
  })
})
