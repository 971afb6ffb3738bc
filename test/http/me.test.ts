import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { AUDIENCE, openIssuer } from '../issuer.ts'
import { openStubServer, serve, serveHere, stubServer, type TestServer } from '../server.ts'

describe('me', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await serve()
  })
  afterAll(() => server.stop())

  it.each([
    ['an anonymous caller', {}, { user_id: null, name: null, role: 'anonymous' }],
    ['an observer', { as: 'ada' }, { user_id: 'demo|ada', name: 'Ada Lovelace', role: 'observer' }],
    ['an admin', { as: 'grace' }, { user_id: 'demo|grace', role: 'admin' }],
    ['a service', { key: true }, { user_id: 'service:scheduler', name: 'scheduler', role: 'service' }],
    [
      'an invalid token',
      { headers: { Authorization: 'Bearer nonsense' } },
      { user_id: null, name: null, role: 'anonymous' },
    ],
    ['an unknown service key', { key: 'wrong' }, { user_id: null, name: null, role: 'anonymous' }],
  ] as const)('identifies %s', async (_, ask, expected) => {
    for (const reply of [await server.get('me', ask), await server.post('me', {}, ask)]) {
      expect([reply.status, reply.body]).toEqual([200, { name: expect.any(String), ...expected }])
    }
  })

  it('is not cached from one caller for another', async () => {
    const { headers } = await server.get('me', { as: 'ada' })
    expect([headers.get('cache-control'), headers.get('vary')]).toEqual([
      'private, no-cache',
      expect.stringContaining('Authorization'),
    ])
    const known = { 'If-None-Match': headers.get('etag') ?? '' }
    expect((await server.get('me', { as: 'ada', headers: known })).status).toBe(304)
    expect((await server.get('me', { as: 'bo', headers: known })).body).toMatchObject({ user_id: 'demo|bo' })
  })
})

it('me waits for a slow issuer, and public reads do not', async () => {
  const issuer = await openIssuer()
  onTestFinished(() => issuer.close())
  issuer.set('slow', '/keys')
  const slow = await serveHere({ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE, AUTH_PUBLIC_KEY: '' })
  const ask = { headers: { Authorization: `Bearer ${await issuer.mint({ roles: ['admin'] })}` } }
  const order: string[] = []
  const me = slow.get('me', ask).then(({ body }) => order.push(`me: ${body.role}`))
  await slow
    .get('user-events-ending-after-time?user_id=ada&time=2030-01-01T00:00Z', ask)
    .then(({ status }) => order.push(`a list: ${status}`))
  await me
  expect(order).toEqual(['a list: 200', 'me: admin'])
})

it('while /userinfo is down, an observer cannot choose a name, and a retry is still recognized', async () => {
  const issuer = await openIssuer()
  onTestFinished(() => issuer.close())
  issuer.promote('ada', [], 'Ada L.')
  const server = await serveHere({ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: AUDIENCE, AUTH_PUBLIC_KEY: '' })
  const ask = async (overrides: object) => {
    // A new token each time, for which /userinfo has not been requested yet.
    const token = await issuer.mint({ roles: [], jti: randomUUID() })
    return server.post(
      'newevent',
      { start: '2030-06-20T04:00:00Z', site: 'saf', ...overrides },
      { headers: { Authorization: `Bearer ${token}` } },
    )
  }
  const [known, unnamed] = [{ event_id: 'known' }, { event_id: 'named', creator: 'Grace Hopper (admin)', title: 'M31' }]
  const first = await ask(known)
  expect(first.body.new_calendar_event).toMatchObject({ creator: 'Ada L.', title: 'Ada L.' })
  issuer.set('down', '/me')
  expect((await ask(unnamed)).body.new_calendar_event).toMatchObject({ creator: 'Observer', title: 'M31' })
  for (const overrides of [known, { ...known, creator: 'Ada L.' }])
    expect(await ask(overrides)).toMatchObject({ status: 200, body: first.body })
  expect((await ask({ ...known, title: 'M31' })).status).toBe(409)
})

describe('projects', () => {
  let service: Awaited<ReturnType<typeof openStubServer>>
  let server: TestServer
  /** The answer of the projects service. */
  let answer: Parameters<typeof openStubServer>[0]
  beforeAll(async () => {
    service = await openStubServer((request) => answer(request))
    server = await serve({ PROJECTS_URL: service.url })
  })
  beforeEach(() => {
    answer = () => ({ status: 200, body: [] })
    service.asked.length = 0
  })
  afterAll(async () => {
    await service.stop()
    await server.stop()
  })

  const item = (project_name: unknown, created_at: unknown) => ({
    project_name,
    created_at,
    user_id: 'demo|ada',
    exposures: [1],
    secret: 'x',
  })
  const reported = (name: string, at: string) => ({ project_id: `${name}#${at}`, project_name: name, created_at: at })

  it('are listed newest first, without further fields', async () => {
    answer = () => ({
      status: 200,
      body: [item('a', '2030-01-01T00:00:00Z'), item('c#x', '2030-03-01T00:00:00Z'), item('b', '2030-02-01T00:00:00Z')],
    })
    const expected = [
      reported('c#x', '2030-03-01T00:00:00Z'),
      reported('b', '2030-02-01T00:00:00Z'),
      reported('a', '2030-01-01T00:00:00Z'),
    ]
    for (const reply of [
      await server.post('projects', {}, { as: 'ada' }),
      await server.get('projects?user_id=demo%7Cada', { as: 'ada' }),
    ]) {
      expect([reply.status, reply.body]).toEqual([200, expected])
    }
    expect(service.asked).toEqual(
      Array.from({ length: 2 }, () => ({ verb: 'get-user-projects', body: { user_id: 'demo|ada' } })),
    )
  })

  it('are left out if they cannot be attached', async () => {
    const odd = [
      item('', '1'),
      item('a', ''),
      item('a', 'b#1'),
      item('none', ''),
      item('x'.repeat(255), '1'),
      item(7, '1'),
      item('a', null),
      {},
    ]
    answer = () => ({ status: 200, body: [...odd, item('good', '1')] })
    expect((await server.post('projects', {}, { as: 'ada' })).body).toEqual([reported('good', '1')])
  })

  it('are visible only to their owner, admins and services', async () => {
    expect((await server.post('projects')).status).toBe(401)
    expect(
      (await server.post('projects', { user_id: 'demo|ada' }, { headers: { Authorization: 'Bearer nonsense' } }))
        .status,
    ).toBe(401)
    const rejected = await server.post('projects', { user_id: 'demo|ada' }, { as: 'bo' })
    expect([rejected.status, rejected.body]).toEqual([403, 'You may only read your own projects.'])
    expect(service.asked).toEqual([])
    for (const ask of [{ as: 'grace' }, { key: true }] as const) {
      expect(await server.post('projects', { user_id: 'demo|ada' }, ask)).toMatchObject({ status: 200, body: [] })
    }
    expect(service.asked.map(({ body }) => body)).toEqual([{ user_id: 'demo|ada' }, { user_id: 'demo|ada' }])
  })

  it.each([
    ['fails', () => ({ status: 500, body: [] })],
    ['refuses', () => ({ status: 404, body: [] })],
    ['answers an object instead of a list', () => ({ status: 200, body: { message: 'none' } })],
    ['answers a list of other things', () => ({ status: 200, body: ['a#1'] })],
    ['does not answer', () => new Promise<never>(() => {})],
  ])('are answered with 502, never an empty list, if the service %s', async (_, failing) => {
    answer = failing
    const startedAt = performance.now()
    const { status, body } = await server.post('projects', {}, { as: 'ada' })
    expect([status, body]).toEqual([502, 'The projects service does not answer just now; please try again.'])
    expect(performance.now() - startedAt).toBeLessThan(7000)
  })

  it('are answered with 502 if the service is down', async () => {
    const down = await stubServer(answer)
    await down.stop()
    const without = await serveHere({ PROJECTS_URL: down.url })
    expect(
      (await without.post('projects', {}, { as: 'ada', headers: { Accept: 'application/problem+json' } })).body,
    ).toMatchObject({ status: 502, code: 'upstream' })
  })

  it('are answered with 404 if no service is configured, which config shows', async () => {
    const without = await serveHere()
    const { status, body } = await without.post('projects', {}, { as: 'ada' })
    expect([status, body]).toEqual([404, 'No projects service is configured here.'])
    expect([(await server.get('config')).body.projects, (await without.get('config')).body.projects]).toEqual([
      true,
      false,
    ])
  })
})
