import type { Context, Hono } from 'hono'
import { Failure } from '../domain/failure.ts'
import type { Endpoint, Setting } from './endpoint.ts'
import { shaped } from './endpoint.ts'
import { expectedRevisions } from './entity-tags.ts'
import type { Identity } from './identity.ts'
import { jsonBody } from './json-body.ts'
import { API_HEADERS, etagOf, revalidated } from './respond.ts'

/** What a request carries from the first middleware to the log. */
export interface Env {
  Variables: { id: string; route: string; address: string }
}

/** Answers `GET` on a path, under a name for the log and the metrics. */
export function page(app: Hono<Env>, route: string, path: string, answer: (c: Context<Env>) => Response | Promise<Response>): void {
  app.get(path, (c) => {
    c.set('route', route)
    return answer(c)
  })
}

/** Puts an endpoint under `POST`, and a read under `GET` as well. */
export function mount(app: Hono<Env>, path: string, definition: Endpoint, setting: Setting, identity: Identity): void {
  app.post(path, (c) => answer(c, definition, setting, identity, jsonBody(c.req.raw)))
  if (definition.kind === 'read') {
    app.get(path, (c) => answer(c, definition, setting, identity, Promise.resolve(queryOf(c.req.queries()))))
  }
}

async function answer(
  c: Context<Env>,
  definition: Endpoint,
  setting: Setting,
  identity: Identity,
  body: Promise<Record<string, unknown>>,
): Promise<Response> {
  c.set('route', definition.name)
  const input = shaped(definition, await body)
  const { actor, refused } = await identity.of({ authorization: c.req.header('authorization'), apiKey: c.req.header('x-api-key') })
  if (refused && definition.kind === 'write') throw refused
  const { world, projects, maxWindowDays, assertNotTooOften, assertFits } = setting
  const expected = expectedRevisions(c.req.header('if-match') ?? null)
  const call = { world, projects, maxWindowDays, assertNotTooOften, assertFits, by: actor, address: c.get('address'), expected }
  const given = await definition.handle(input, call)
  const out = 'bytes' in given ? given.bytes : JSON.stringify(given.value)
  // A write has happened by now, and what it answers is no larger than what was asked.
  if (definition.kind === 'read') assertFits(out)
  const etag = 'revision' in given && given.revision !== undefined ? etagOf(given.revision) : undefined
  if (c.req.method !== 'POST') return revalidated(out, etag, c.req.raw, c.get('id'))
  return new Response(out, { headers: { ...API_HEADERS, 'X-Request-Id': c.get('id'), ...(etag && { ETag: etag }) } })
}

/** A query's parameters under the names a body would have: a repeated one is a list, a flag is a boolean. */
export function queryOf(queries: Record<string, string[]>): Record<string, unknown> {
  if (Object.hasOwn(queries, '__proto__')) throw new Failure('malformed', 'Error: the key __proto__ is not allowed')
  return Object.fromEntries(Object.entries(queries).map(([key, values]) => [key, values.length === 1 ? plain(key, values[0]) : values]))
}

/** Named one by one, since `true` can be a site's code or an id as well. */
const FLAGS = ['full_project_details']

const plain = (key: string, value: string | undefined) => (FLAGS.includes(key) ? value === 'true' : value)
