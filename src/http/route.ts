import type { Context, Hono } from 'hono'
import { assertMayModifyUnauthenticated, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import { withMeter } from '../service/metered.ts'
import type { Admission } from './admission/control.ts'
import type { EndpointResult, Endpoint, Deps } from './endpoint.ts'
import { parseInput } from './endpoint.ts'
import { expectedRevisions, tagOf } from './entity-tags.ts'
import type { Credentials, Authenticator } from './auth.ts'
import { jsonBody, MAX_BODY_BYTES, discardBody } from './json-body.ts'
import { respondWith, API_HEADERS, respondRevalidated } from './respond.ts'

/** What a request carries from the first middleware to the log. */
export interface Env {
  Variables: { id: string; route: string; admission: Admission }
}

/** Answers `GET` on a path, under a name for the log and the metrics. */
export function getRoute(app: Hono<Env>, route: string, path: string, answer: (c: Context<Env>) => Response | Promise<Response>): void {
  app.get(path, (c) => {
    c.set('route', route)
    return answer(c)
  })
}

/** What was sent, once it is wanted. */
interface RequestInput {
  readonly read: () => Promise<Record<string, unknown>> | Record<string, unknown>
  /** Takes it off the connection, so that another request may follow. */
  readonly discard: () => Promise<void>
}

/** Puts an endpoint under `POST`, and a read under `GET` as well. */
export function mountEndpoint(app: Hono<Env>, path: string, definition: Endpoint, deps: Deps, identity: Authenticator): void {
  const { maxBytes } = definition
  const sentIn = ({ req: { raw } }: Context<Env>) => ({ read: () => jsonBody(raw, maxBytes), discard: () => discardBody(raw, maxBytes) })
  app.post(path, (c) => answer(c, definition, deps, identity, sentIn(c)))
  if (definition.kind === 'read') {
    app.get(path, (c) => answer(c, definition, deps, identity, { read: () => queryOf(c.req.queries()), discard: async () => {} }))
  }
}

async function answer(c: Context<Env>, definition: Endpoint, deps: Deps, identity: Authenticator, body: RequestInput): Promise<Response> {
  c.set('route', definition.name)
  const actor = await authenticate(c, definition, deps, identity).catch(async (error: unknown) => {
    await body.discard()
    throw error
  })
  const input = await parseInput(definition, await body.read())
  const { projects, maxWindowDays, anonymousQuota, observerQuota, assertFits } = deps
  const isLimited = definition.kind === 'write' && actor.role === 'observer'
  const context = isLimited ? withMeter(deps.context, observerQuota.take(actor.id, sizeOf(c), entryCount(input)).add) : deps.context
  const admission = c.get('admission')
  const expected = expectedRevisions(c.req.header('if-match') ?? null)
  const call = { context: context, projects, maxWindowDays, anonymousQuota: anonymousQuota, observerQuota: observerQuota, assertFits, actor: actor, admission, expected }
  await admission.nextSlice()
  const result = await definition.handle(input, call)
  // A page in a browser says so of itself.
  const polled = c.req.header('sec-fetch-site') === undefined ? definition.polledSite?.(input) : undefined
  if (polled !== undefined) deps.onPoll?.(polled)
  const payload = await outOf(result, definition, (answered) => {
    assertFits(answered, c.env)
    admission.reserveResponse(Buffer.byteLength(answered))
  })
  const etag = 'revision' in result && result.revision !== undefined ? tagOf(result.revision, result.masked) : undefined
  if (c.req.method !== 'POST') return respondRevalidated(payload, etag, c.req.raw, c.get('id'))
  return respondWith(payload, { ...API_HEADERS, 'X-Request-Id': c.get('id'), ...(etag && { ETag: etag }) })
}

type Out = Uint8Array<ArrayBuffer> | string

/**
 * What goes out, once there is room for it. A write has happened by now, and is answered in any case: with no more than
 * was asked, or with the whole of an answer that may be much more, where that can be sent.
 */
async function outOf(result: EndpointResult, { kind }: Endpoint, makeRoom: (payload: Out) => void): Promise<Out> {
  const text = () => ('bytes' in result ? result.bytes : JSON.stringify(result.value))
  if (kind === 'read') {
    const payload = text()
    makeRoom(payload)
    return payload
  }
  try {
    const whole = 'whole' in result ? await result.whole?.() : undefined
    if (whole) makeRoom(whole)
    return whole ?? text()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return text()
  }
}

/** Of a body that does not say how large it is, the most that it can be. */
const sizeOf = (c: Context<Env>) => Number(c.req.header('content-length') ?? MAX_BODY_BYTES)

const entryCount = (input: unknown) => {
  const { events } = input as { events?: unknown }
  return Array.isArray(events) ? events.length : 0
}

/** What says who asks. */
export const credentialsOf = (c: Context<Env>): Credentials => ({
  authorization: c.req.header('authorization'),
  apiKey: c.req.header('x-api-key'),
  address: c.get('admission').address,
})

/**
 * Who asks: before anything else is looked at.
 * @throws Failure `unauthenticated` where anonymous callers may not ask, or with credentials that do not hold; `rate_limited`
 */
async function authenticate(c: Context<Env>, { access, waitsForIssuer = false }: Endpoint, { context, anonymousQuota }: Deps, identity: Authenticator): Promise<Actor> {
  const admission = c.get('admission')
  const timeout = access !== 'anyone' || waitsForIssuer ? 'ample' : admission.isPoll() ? 'poll' : 'short'
  const { actor, error } = await identity.authenticate(credentialsOf(c), timeout)
  // What anyone may read, who has a bad token may read as an anonymous caller.
  if (error && access !== 'anyone') throw error
  if (access === 'signed-in') assertSignedIn(actor)
  if (access === 'guarded') assertMayModifyUnauthenticated(actor, context.writeGuard)
  // A call counts whatever becomes of it, malformed ones too.
  if (access === 'guarded' && actor.role === 'anonymous') anonymousQuota.take(admission.address, 1)
  return actor
}

/** A query's parameters under the names a body would have: a repeated one is a list, a flag is a boolean. */
export function queryOf(queries: Record<string, string[]>): Record<string, unknown> {
  if (Object.hasOwn(queries, '__proto__')) throw new Failure('malformed', 'Error: the key __proto__ is not allowed')
  return Object.fromEntries(Object.entries(queries).map(([key, values]) => [key, values.length === 1 ? queryValue(key, values[0]) : values]))
}

/** Named one by one, since `true` can be a site's code or an id as well. */
const FLAGS = ['full_project_details']

const queryValue = (key: string, value: string | undefined) => (FLAGS.includes(key) ? value === 'true' : value)
