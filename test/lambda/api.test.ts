import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AUDIENCE } from '../issuer.ts'
import { june, observation, portal, SECRET } from '../portal.ts'
import { buildLambda, type Container, type Lambda, type Reply } from './container.ts'
import { type ClientRequest, restApiEvent, httpApiEvent, GATEWAYS } from './events.ts'

/** With a store that does not exist: these requests do not read it. */
const SETTINGS = {
  STORE: 'dynamodb:calendar',
  AUTH_ISSUER: 'https://issuer.example/',
  AUTH_AUDIENCE: AUDIENCE,
  LOG_LEVEL: 'warn',
}

let lambda: Lambda
let container: Container
beforeAll(async () => {
  lambda = buildLambda()
  container = await lambda.start(SETTINGS)
})
afterAll(async () => {
  await container.stop()
  lambda.remove()
})

/** Whether a file of the page is not text. */
const isBinary = (name: string) => /\.(ico|png|woff2)$/.test(name)

/** Expects one sentence as a JSON string that any origin may read. */
function expectRefusal(reply: Reply, status: number, sentence?: string): void {
  expect(reply.statusCode).toBe(status)
  expect(reply.headers['content-type']).toBe('application/json')
  expect(reply.json).toBeTypeOf('string')
  expect(reply.headers['access-control-allow-origin']).toBe('*')
  if (sentence !== undefined) expect(reply.json).toBe(sentence)
}

it('comes with the licences of what is bundled', () => {
  const licenses = lambda.read('dist/main/licenses.md')
  expect(licenses).toMatch(/\n## @aws-sdk\/client-dynamodb - \S+ \(Apache-2\.0\)\n/)
  expect(licenses).toMatch(/\n## zod - \S+ \(MIT\)\n/)
})

describe.each(Object.entries(GATEWAYS))('behind %s', (_, gateway) => {
  const ask = (client: ClientRequest) => container.api(gateway.event(client))
  const get = (where: string, headers = {}) => ask({ method: 'GET', where, headers })
  const post = (where: string, body?: string | Uint8Array, more: Partial<ClientRequest> = {}) =>
    ask({ method: 'POST', where, ...(body && { body }), ...more })

  it('config and sites are answered, as JSON text', async () => {
    const { statusCode, json, isBase64Encoded, headers } = await get('config')
    expect([statusCode, isBase64Encoded, headers['content-type']]).toEqual([200, false, 'application/json'])
    expect(json).toMatchObject({ stage: 'dev', issuer: SETTINGS.AUTH_ISSUER, audience: AUDIENCE, demo: false })
    expect((await get('sites')).json).toContainEqual(expect.objectContaining({ code: 'saf' }))
  })

  it.each(['', 'saf'])('the page at "%s" has working links to its assets and the endpoints', async (where) => {
    const { statusCode, headers, body } = await get(where, { Accept: 'text/html' })
    expect([statusCode, headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
    expect(headers['content-security-policy']).toContain("connect-src 'self' https://issuer.example;")
    expect(body).toContain('<meta name="calendar" content="./"')
    const loaded = [...body.matchAll(/(?:src|href)="\.\/(assets\/[^"]+)"/g)].map(([, name = '']) => name)
    expect(new Set(loaded.map((name) => name.split('.').at(-1)))).toEqual(new Set(['css', 'js', 'woff2']))
    for (const name of loaded) {
      const asset = await get(name)
      expect([asset.statusCode, asset.isBase64Encoded, asset.body]).toEqual([
        200,
        isBinary(name),
        readFileSync(`dist/web/${name}`, isBinary(name) ? 'base64' : 'utf8'),
      ])
    }
  })

  it('changes are not streamed, and the error says what to do instead', async () => {
    const { statusCode, headers, json } = await get('changes?site=saf', { Accept: 'text/event-stream' })
    expect([statusCode, headers['content-type']]).toEqual([406, 'application/json'])
    expect(json).toMatch(/siteevents with If-None-Match/)
    expect((await get('config')).json).toMatchObject({ stream: false })
    const problem = await get('changes?site=saf', { Accept: 'text/event-stream, application/problem+json' })
    expect(problem.json).toMatchObject({ status: 406, code: 'not_acceptable' })
  })

  it('observations come from the portal of the telescope, and its failure is a 502', async () => {
    const mrc = await portal(() => [observation(4)])
    const withPortal = await lambda.startHere({
      ...SETTINGS,
      PORTALS: `mrc=${mrc.url}`,
      PORTAL_TELESCOPES: 'mrc1=mrc/0m31',
      PORTAL_KEYS: `mrc=${SECRET}`,
    })
    const askFor = (site: string, end: string) => {
      const body = JSON.stringify({ site, start: june(20), end })
      return withPortal.api(gateway.event({ method: 'POST', where: 'scheduler-observations', body }))
    }
    expect((await askFor('mrc1', june(21))).json).toMatchObject([{ event_id: '1004', site: 'mrc1' }])
    expect(mrc.requests.map(({ headers }) => headers.authorization)).toEqual([SECRET])
    expect(await askFor('saf', june(21))).toMatchObject({ statusCode: 200, json: [] })
    await mrc.stop()
    expectRefusal(await askFor('mrc1', june(22)), 502)
    await expect.poll(() => withPortal.log()).toContain('ECONNREFUSED')
    expect(withPortal.log()).not.toContain(SECRET)
  })

  it('health is answered', async () => {
    expect(await get('health/live')).toMatchObject({ statusCode: 200, json: { status: 'ok' } })
  })

  it('a 304 has no body, but its ETag', async () => {
    const { etag = '' } = (await get('sites')).headers
    const { statusCode, body, headers } = await get('sites', { 'IF-NONE-MATCH': etag })
    expect([statusCode, body, headers['etag']]).toEqual([304, '', etag])
  })

  it('a HEAD has the headers of its GET', async () => {
    const { statusCode, body, headers } = await ask({ method: 'HEAD', where: 'config' })
    expect([statusCode, body, headers]).toEqual([
      200,
      '',
      { ...(await get('config')).headers, 'x-request-id': expect.any(String) },
    ])
  })

  it('a preflight allows every header that clients send', async () => {
    const asks = {
      Origin: 'https://app.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    }
    const { statusCode, body, headers } = await ask({ method: 'OPTIONS', where: 'newevent', headers: asks })
    expect([statusCode, body, headers['access-control-allow-origin']]).toEqual([204, '', '*'])
    expect(headers['access-control-allow-headers']).toContain('Authorization')
  })

  it('a request has the id that the gateway gave it', async () => {
    const event = gateway.event({ method: 'GET', where: 'config' })
    expect((await container.api(event)).headers['x-request-id']).toBe(event.requestContext.requestId)
  })

  it.each([
    ['no body', undefined, 'Error: the body must be valid JSON'],
    ['a body of invalid JSON', '{"site":', 'Error: the body must be valid JSON'],
    ['a missing field', '{"site":"saf"}', 'Error: missing required key start'],
  ])('%s is answered 400', async (_, body, sentence) => {
    expectRefusal(await post('siteevents', body), 400, sentence)
    if (body) expectRefusal(await post('siteevents', body, { base64: true }), 400, sentence)
  })

  it('a body of invalid UTF-8 is answered 400', async () => {
    expectRefusal(
      await post('siteevents', Uint8Array.from([0x22, 0xff, 0x22]), { base64: true }),
      400,
      'Error: the body must be valid UTF-8',
    )
  })

  it('a body larger than 64 kB is answered 413, whatever its Content-Length', async () => {
    const body = JSON.stringify({ site: 'x'.repeat(65_536) })
    for (const headers of [{}, { 'Content-Length': '2' }])
      expectRefusal(await post('siteevents', body, { headers }), 413)
  })

  it('a repeated query parameter is a list', async () => {
    const { json } = await get('siteevents?site=saf&site=not%20a%20code', { ACCEPT: 'application/problem+json' })
    expect(json.errors.map(({ field }: { field: string }) => field)).toEqual(['start', 'end', 'site.1'])
  })

  it('the body of a GET is ignored', async () => {
    expect((await ask({ method: 'GET', where: 'config', body: '{}' })).statusCode).toBe(200)
  })

  it('an unknown path is answered 404, and a wrong method 405', async () => {
    for (const where of ['nowhere', 'metrics', '../metrics', 'no/dev/config']) expectRefusal(await get(where), 404)
    const reply = await ask({ method: 'PUT', where: 'newevent' })
    expectRefusal(reply, 405)
    expect(reply.headers['allow']).toBe('POST, OPTIONS')
  })

  it('the pages have no broken links', async () => {
    const pages = ['', 'docs']
    const seen = new Set<string>()
    for (const page of pages) {
      const { statusCode, body, headers } = await get(page)
      expect([statusCode, headers['content-type']]).toEqual([200, expect.stringContaining('text/html')])
      for (const [, link = ''] of body.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const { pathname } = new URL(link, `https://calendar.example${gateway.root}${page}`)
        expect(pathname.startsWith(gateway.root)).toBe(true)
        seen.add(pathname.slice(gateway.root.length))
      }
    }
    const others = [...seen].filter((link) => !link.startsWith('assets/')).toSorted()
    expect(others).toEqual([
      '',
      'docs',
      'docs/start.js',
      'docs/swagger-ui-bundle.js',
      'docs/swagger-ui.css',
      'favicon.ico',
      'icon-180.png',
      'icon.svg',
      'manifest.webmanifest',
    ])
    for (const where of seen)
      expect(await get(where), where).toMatchObject({ statusCode: 200, isBase64Encoded: isBinary(where) })
  })

  it('openapi.json names the path of the endpoints', async () => {
    const { json } = await get('openapi.json')
    expect(json.openapi).toBe('3.1.0')
    expect(new URL(json.servers[0].url, `https://calendar.example${gateway.root}openapi.json`).pathname).toBe(
      gateway.root,
    )
  })
})

describe('the largest page', () => {
  it('fits in a response of Lambda', async () => {
    const { body } = await container.api(
      restApiEvent({ method: 'GET', where: 'docs/swagger-ui-bundle.js' }, 'calendar.example.org', '/'),
    )
    expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(6_000_000)
  })
})

it('the function has the base path of its stage', async () => {
  const prod = await lambda.startHere({ ...SETTINGS, STAGE: 'prod' })
  const client = { method: 'GET', where: 'config' }
  for (const event of [
    restApiEvent(client, 'own', '/', 'prod'),
    restApiEvent(client, 'own', '/calendar/', 'prod'),
    httpApiEvent(client, 'own', '/prod/', 'prod'),
  ]) {
    expect((await prod.api(event)).json).toMatchObject({ stage: 'prod' })
  }
})

it('an event that is not an HTTP request is answered 400 with JSON', async () => {
  expectRefusal(await container.api({} as never), 400)
  expectRefusal(await container.api({ source: 'aws.events' } as never), 400)
})

describe('a function', () => {
  it.each([
    ['without an issuer', { STORE: SETTINGS.STORE }, ['AUTH_ISSUER or AUTH_PUBLIC_KEY must be set on Lambda']],
    [
      'with a store of another kind',
      { ...SETTINGS, STORE: 'sqlite:calendar.db' },
      ['STORE must be dynamodb:TABLE on Lambda'],
    ],
    [
      'with nothing set',
      {},
      ['AUTH_ISSUER or AUTH_PUBLIC_KEY must be set on Lambda', 'STORE must be dynamodb:TABLE on Lambda'],
    ],
    [
      'with wrong settings',
      { ...SETTINGS, STAGE: 'live', LOG_LEVEL: 'loud', AUTH_ISSUER: '' },
      [
        'AUTH_ISSUER or AUTH_PUBLIC_KEY must be set on Lambda',
        'STAGE must be prod, dev or test',
        expect.stringContaining('LOG_LEVEL must be'),
      ],
    ],
  ])('%s answers 503, and logs every problem', async (_, settings, problems) => {
    const broken = await lambda.startHere(settings)
    for (const { event } of Object.values(GATEWAYS)) {
      expectRefusal(
        await broken.api(event({ method: 'POST', where: 'siteevents', body: '{}' })),
        503,
        'The calendar is not set up; its log says what is wrong.',
      )
    }
    await expect(broken.deliver()).rejects.toThrow('The calendar is not set up')
    const lines = broken
      .log()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toEqual([
      expect.objectContaining({ level: 'fatal', msg: 'invalid settings', problems: expect.arrayContaining(problems) }),
    ])
    expect((lines[0] as { problems: unknown[] }).problems).toHaveLength(problems.length)
  })
})
