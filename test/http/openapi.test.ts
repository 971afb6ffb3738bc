import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { ENDPOINTS, ROUTES } from '../../src/http/endpoints/index.ts'
import type { Endpoint, ErrorStatus } from '../../src/http/endpoint.ts'
import { EVENT, NEW_EVENT, OBSERVATION } from '../../src/http/endpoints/examples.ts'
import { openApiOf } from '../../src/http/openapi.ts'
import { defaultSites } from '../../src/main/default-sites.ts'
import { version } from '../../src/main/wiring.ts'
import { portal, sendJson } from '../portal.ts'
import { type Ask, type Reply, serve, serveHere, stubServer, type TestServer } from '../server.ts'
import { memoryStore } from '../context.ts'
import { appOptions } from '../app-options.ts'

interface Media {
  readonly schema: object
  readonly example: unknown
}
interface Answer {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, Media>>
}
interface Operation {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Answer>>
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly responses: Readonly<Record<string, Answer>>
    readonly schemas: Readonly<Record<string, object>>
  }
}

const document = JSON.parse(JSON.stringify(openApiOf(ENDPOINTS, version))) as Document
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation, name: `${method} ${path}` })),
)
const resolved = (answer: Answer | undefined): Answer | undefined =>
  answer?.$ref ? document.components.responses[answer.$ref.split('/').at(-1) ?? ''] : answer

/** Of what does not answer JSON. */
const MAIN_TYPES: Readonly<Record<string, string>> = {
  '/changes': 'text/event-stream',
  '/sites/{site}.ics': 'text/calendar',
  '/feeds/{secret}.ics': 'text/calendar',
}

describe('openapi.json', () => {
  it('matches the endpoints; `npm run openapi` writes it', () => {
    const committed = JSON.parse(readFileSync(new URL('../../openapi.json', import.meta.url), 'utf8')) as unknown
    expect(committed, 'openapi.json is stale: npm run openapi').toEqual(document)
  })

  it('has no broken references', () => {
    for (const [, path] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = (path ?? '')
        .split('/')
        .reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], document)
      expect(target, path).toBeTypeOf('object')
    }
  })

  it.each(operations)('documents every status of $name, with an example', ({ operation, path }) => {
    for (const [status, answer] of Object.entries(operation.responses)) {
      const { description, content } = resolved(answer) ?? {}
      expect(description, status).toBeTruthy()
      if (status === '304') continue
      for (const [type, { example, schema }] of Object.entries(content ?? {})) {
        expect(schema, `${status} ${type}`).toBeTypeOf('object')
        expect(example, `${status} ${type}`).toBeDefined()
        if (Number(status) >= 400 && type === 'application/json') expect(example).toBeTypeOf('string')
      }
      expect(Object.keys(content ?? {}), status).toContain(
        status === '200' ? (MAIN_TYPES[path] ?? 'application/json') : 'application/json',
      )
    }
    expect(new Set(operations.map((one) => one.operation.operationId)).size).toBe(operations.length)
  })

  it.each(ENDPOINTS)('documents every error of $name', ({ name, kind, errors }) => {
    const methods = document.paths[`/${name}`]
    expect(Object.keys(methods ?? {}).toSorted()).toEqual(kind === 'read' ? ['get', 'post'] : ['post'])
    for (const operation of Object.values(methods ?? {})) {
      expect(Object.keys(operation.responses)).toEqual(
        expect.arrayContaining(['200', ...errors.map(String), '500', '503']),
      )
    }
  })

  it('documents every route except the pages', () => {
    const options = appOptions(memoryStore(), { base: '' })
    const pages = ['health', 'docs', 'metrics', 'page']
    const mounted = Object.entries(ROUTES).flatMap(([name, routesOf]) =>
      pages.includes(name) ? [] : routesOf(options),
    )
    const written = (path: string) => path.replace(/:(\w+)/, '{$1}')
    expect(mounted.map(({ method, path }) => `${method.toLowerCase()} ${written(path)}`).toSorted()).toEqual(
      operations.map(({ name }) => name).toSorted(),
    )
  })
})

/** Replaces the times that differ from run to run. */
const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, inner: unknown) => (key === 'last_modified' || key === 'at' ? 'then' : inner)))

/** The endpoints that do not read the store. */
const STORELESS = ['me', 'projects', 'targets', 'target-visibility', 'scheduler-observations']
/** Who may ask an endpoint. */
const askerOf = (name: string): Ask => ({
  as: ['reservations-affected', 'move-reservations'].includes(name) ? 'grace' : 'ada',
})
const everywhere = (name: string) => (STORELESS.includes(name) ? ([413] as const) : ([413, 503] as const))

/** Starts a projects service that has the project of the example. */
const aProjectsService = () =>
  stubServer(() => ({
    status: 200,
    body: [{ project_name: 'M31 LRGB', created_at: '2030-06-01T00:00:00Z', user_id: EVENT.creator_id, exposures: [1] }],
  }))

/** The settings for the portal of `mrc1`. */
const portalSettings = (url: string) => ({ PORTALS: `mrc=${url}`, PORTAL_TELESCOPES: 'mrc1=mrc/0m31' })

/** The settings for the services that an example needs. */
async function servicesFor(name: string): Promise<Readonly<Record<string, string>> | undefined> {
  if (name === 'projects') return { PROJECTS_URL: (await aProjectsService()).url }
  if (name === 'scheduler-observations') return portalSettings((await portal(() => [OBSERVATION.observation_data])).url)
  return undefined
}

describe.each(ENDPOINTS)('the example of $name', (definition) => {
  it('is accepted, with the documented response', async () => {
    const services = await servicesFor(definition.name)
    const server = services ? await serveHere(services) : await emptyServer()
    await prepare(definition, server)
    const { input, answer } = definition.example
    const reply = await server.post(definition.name, input, askerOf(definition.name))
    expect([reply.status, timeless(reply.body)]).toEqual([200, timeless(answer)])
    expect(definition.output.parse(reply.body), 'has only the fields of its schema').toEqual(reply.body)
    if (definition.kind === 'write') return
    const got = await server.get(
      `${definition.name}?${new URLSearchParams(input as Record<string, string>).toString()}`,
      askerOf(definition.name),
    )
    expect([got.status, timeless(got.body)]).toEqual([200, timeless(answer)])
  })

  it.each([...definition.errors, ...everywhere(definition.name)] as const)(
    'can fail with the documented %i',
    async (status) => {
      const reply = await provoke(status, definition, await serverFor(status, definition.name))
      expect([reply.status, typeof reply.body]).toEqual([status, 'string'])
    },
  )
})

/** Servers that tests share, by the status that they are for. */
const shared = new Map<number, Promise<TestServer>>()
afterAll(async () => {
  for (const server of shared.values()) await (await server).stop()
  rmSync(folder, { recursive: true })
})

/** Writes a sites file with rules for the network and for `saf`. */
function sitesFileWith(name: string, network: object, saf: object): string {
  const file = join(folder, name)
  const sites = defaultSites.map((site) => (site.code === 'saf' ? { ...site, rules: saf } : site))
  writeFileSync(file, JSON.stringify({ rules: network, sites }))
  return file
}
const folder = mkdtempSync(join(tmpdir(), 'calendar-openapi-'))
const SITES_FILE = sitesFileWith('sites.json', { horizon_days: 3650 }, { hours_per_night: 2 })

function sharedServer(status: number, settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = shared.get(status) ?? serve({ SITES_FILE, ...settings })
  shared.set(status, server)
  return server
}

/** A shared server without reservations and histories. */
async function emptyServer(): Promise<TestServer> {
  const server = await sharedServer(200)
  const db = new Sqlite(server.file)
  for (const table of ['reservations', 'revisions', 'outbox', 'feed']) db.exec(`DELETE FROM ${table}`)
  db.close()
  return server
}

async function serverFor(status: ErrorStatus | 413 | 503, name = ''): Promise<TestServer> {
  // Too late to delete anything in the coming ten years.
  if (status === 409 && ['delete', 'deleteseries'].includes(name))
    return serveHere({ SITES_FILE: sitesFileWith('late.json', { cancel_notice_minutes: 3660 * 1440 }, {}) })
  if (status === 502) {
    const broken = await portal()
    broken.turn((_, response) => sendJson(response, {}, 500))
    return serveHere({
      ...portalSettings(broken.url),
      PROJECTS_URL: (await stubServer(() => ({ status: 500 }))).url,
    })
  }
  if (status === 429) return serveHere({ ANONYMOUS_CHANGES_PER_HOUR: '1', ANONYMOUS_NIGHTS_PER_HOUR: '1' })
  if ([403, 409, 412].includes(status)) return emptyServer()
  return sharedServer(status, { WRITE_GUARD: status === 401 ? 'strict' : 'guarded' })
}

const of = (name: string) => ENDPOINTS.find((endpoint) => endpoint.name === name) as Endpoint

/** Creates the reservation that an example needs. */
async function prepare({ name }: Endpoint, server: TestServer): Promise<void> {
  if (['newevent', 'newseries', ...STORELESS].includes(name)) return
  if (name.endsWith('series')) {
    const { example } = of('newseries')
    const start = name === 'modifyseries' && { start: { clock: '21:00' } }
    expect((await server.post('newseries', { ...example.input, ...start }, { as: 'ada' })).status).toBe(200)
    return
  }
  const lco = name === 'remove-expired-lco-schedule' && {
    origin: 'lco',
    project_id: 'M31 LRGB#2030-06-01T00:00:00Z',
    creator_id: EVENT.creator_id,
  }
  expect((await server.post('newevent', { ...NEW_EVENT, ...lco }, lco ? { as: 'grace' } : { as: 'ada' })).status).toBe(
    200,
  )
}

async function provoke(status: ErrorStatus | 413 | 503, definition: Endpoint, server: TestServer): Promise<Reply> {
  const { name, example } = definition
  const body = example.input
  const ask: Record<typeof status, () => Promise<Reply>> = {
    400: () =>
      server.post(name, undefined, {
        ...askerOf(name),
        raw: definition.input.safeParse({}).success ? '[]' : '{}',
      }),
    401: () => server.post(name, body),
    403: async () => {
      if (name === 'calendar-feeds') return server.post(name, body, { key: true })
      if (name === 'newevent' || name.endsWith('series'))
        return server.post(name, { ...body, creator_id: 'demo|ada' }, { as: 'bo' })
      await prepare(definition, server)
      return server.post(name, body, { as: 'bo' })
    },
    404: () => server.post(name, name === 'calendar-feeds' ? { feed_id: 'none', revoke: true } : body, { as: 'ada' }),
    409: async () => {
      await prepare(definition, server)
      if (name === 'restore-event') await server.post('delete', { event_id: EVENT.event_id }, { as: 'ada' })
      await server.post(
        'newevent',
        {
          ...NEW_EVENT,
          event_id: 'in the way',
          start: name === 'modifyevent' ? EVENT.end : EVENT.start,
          end: '2030-06-20T06:00:00Z',
        },
        { as: 'bo' },
      )
      return server.post(name, body, { as: 'ada' })
    },
    412: async () => {
      await prepare(definition, server)
      return server.post(name, body, { as: 'ada', headers: { 'If-Match': '"99"' } })
    },
    413: () => server.post(name, { ...body, filler: 'x'.repeat(definition.maxBytes ?? 65_536) }, askerOf(name)),
    429: async () => {
      await server.post(name, body)
      return server.post(name, body)
    },
    502: () => server.post(name, body, { as: 'ada' }),
    503: () => {
      const db = new Sqlite(server.file)
      for (const table of ['reservations', 'revisions', 'calendar_feeds']) db.exec(`DROP TABLE IF EXISTS ${table}`)
      db.close()
      return server.post(name, body, askerOf(name))
    },
  }
  return ask[status]()
}

describe('the example sentence', () => {
  const sentenceOf = (status: string) => document.components.responses[status]?.content?.['application/json']?.example

  it.each([
    [400, 'siteevents'],
    [401, 'newevent'],
    [403, 'modifyevent'],
    [404, 'get-event'],
    [412, 'modifyevent'],
    [413, 'newevent'],
    [429, 'add-projects-to-events'],
    [502, 'projects'],
    [503, 'siteevents'],
  ] as const)('of status %i is what %s answers', async (status, name) => {
    expect((await provoke(status, of(name), await serverFor(status))).body).toBe(sentenceOf(String(status)))
  })

  it('of status 406 is what changes answers', async () => {
    const server = await emptyServer()
    expect((await server.get('changes?site=saf', { headers: { Accept: 'text/html' } })).body).toBe(sentenceOf('406'))
  })

  it('of status 409 is what newevent answers at a reserved site', async () => {
    const server = await emptyServer()
    const bos = {
      ...NEW_EVENT,
      event_id: 'bo’s',
      creator: 'Bo',
      creator_id: 'demo|bo',
      start: '2030-06-20T04:00:00Z',
      end: '2030-06-20T04:45:00Z',
    }
    await server.post('newevent', bos, { key: true })
    expect((await server.post('newevent', NEW_EVENT, { as: 'ada' })).body).toBe(sentenceOf('409'))
  })

  it('is the same in problem details', () => {
    for (const [status, { content }] of Object.entries(document.components.responses)) {
      const problem = content?.['application/problem+json']?.example as {
        status: number
        detail: string
        errors: unknown[]
      }
      expect([problem.status, problem.detail], status).toEqual([Number(status), sentenceOf(status)])
      expect(problem.errors.length).toBeGreaterThan(0)
    }
  })
})
