import type { Context } from 'hono'
import { assertMayModifyUnauthenticated, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import { withMeter } from '../service/metered.ts'
import type { Admission } from './admission/admission.ts'
import type { Credentials, TimeoutClass } from './auth.ts'
import { type Call, type Deps, type Endpoint, type EndpointResult, parseInput } from './endpoint.ts'
import { expectedRevisions, tagOf } from './entity-tags.ts'
import { jsonBody, MAX_BODY_BYTES, discardBody } from './json-body.ts'
import type { AppOptions } from './options.ts'
import { respondWith, API_HEADERS, respondRevalidated } from './respond.ts'

/** The values that Hono keeps for each request. */
export interface Env {
  Variables: { id: string; route: string; admission: Admission }
}

/** One method of one path. */
export interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly handle: (c: Context<Env>) => Response | Promise<Response>
}

export const getRoute = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle })

/** `POST` for an endpoint, and `GET` as well for a read. */
export function endpointRoutes(endpoint: Endpoint, options: AppOptions): Route[] {
  const path = `${options.base}/${endpoint.name}`
  const post: Route = {
    method: 'POST',
    path,
    handle: (c) => answer(c, endpoint, options, bodyOf(c.req.raw, endpoint.maxBytes)),
  }
  if (endpoint.kind === 'write') return [post]
  return [
    post,
    getRoute(path, (c) =>
      answer(c, endpoint, options, { read: () => queryOf(c.req.queries()), discard: async () => {} }),
    ),
  ]
}

/** The input of a request, read when it is needed. */
interface RequestInput {
  readonly read: () => Promise<Record<string, unknown>> | Record<string, unknown>
  /** Takes it off the connection, so that the next request can be read. */
  readonly discard: () => Promise<void>
}

const bodyOf = (request: Request, maxBytes: number | undefined): RequestInput => ({
  read: () => jsonBody(request, maxBytes),
  discard: () => discardBody(request, maxBytes),
})

/** Authenticates, parses, handles, and sends the result. */
async function answer(c: Context<Env>, endpoint: Endpoint, options: AppOptions, body: RequestInput): Promise<Response> {
  const actor = await authenticate(c, endpoint, options).catch(async (error: unknown) => {
    await body.discard()
    throw error
  })
  const input = await parseInput(endpoint, await body.read())
  const call = callOf(c, endpoint, options, actor, input)
  await c.get('admission').nextSlice()
  const result = await endpoint.handle(input, call)
  // Browsers send this header, telescopes do not.
  const polled = c.req.header('sec-fetch-site') === undefined ? endpoint.polledSite?.(input) : undefined
  if (polled !== undefined) options.onPoll?.(polled)
  const payload = await payloadOf(result, endpoint, (encoded) => {
    options.assertFits(encoded, c.env)
    c.get('admission').reserveResponse(Buffer.byteLength(encoded))
  })
  const etag = 'revision' in result && result.revision !== undefined ? tagOf(result.revision, result.masked) : undefined
  if (c.req.method !== 'POST') return respondRevalidated(payload, etag, c.req.raw, c.get('id'))
  return respondWith(payload, { ...API_HEADERS, 'X-Request-Id': c.get('id'), ...(etag && { ETag: etag }) })
}

/** What the endpoint needs besides its input. The writes of an observer are metered. */
function callOf(
  c: Context<Env>,
  { kind }: Endpoint,
  { context, projects, maxWindowDays, anonymousQuota, observerQuota, assertFits }: Deps,
  actor: Actor,
  input: unknown,
): Call {
  const isMetered = kind === 'write' && actor.role === 'observer'
  return {
    context: isMetered ? withMeter(context, observerQuota.take(actor.id, sizeOf(c), entryCount(input)).add) : context,
    projects,
    maxWindowDays,
    anonymousQuota,
    observerQuota,
    assertFits,
    actor,
    admission: c.get('admission'),
    expected: expectedRevisions(c.req.header('if-match') ?? null),
  }
}

type Payload = Uint8Array<ArrayBuffer> | string

/**
 * The encoded result, once there is space to send it. A write is committed by now, so it is answered in any case: with its
 * `whole` result if that can be sent, else with its short `value`.
 *
 * @throws Failure `too_large` or `busy`, for a read only
 */
async function payloadOf(
  result: EndpointResult,
  { kind }: Endpoint,
  reserve: (payload: Payload) => void,
): Promise<Payload> {
  const text = () => ('bytes' in result ? result.bytes : JSON.stringify(result.value))
  if (kind === 'read') {
    const payload = text()
    reserve(payload)
    return payload
  }
  try {
    const whole = 'whole' in result ? await result.whole?.() : undefined
    if (whole) reserve(whole)
    return whole ?? text()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return text()
  }
}

/** The size of the body in bytes; without a Content-Length, the maximum. */
const sizeOf = (c: Context<Env>) => Number(c.req.header('content-length') ?? MAX_BODY_BYTES)

const entryCount = (input: unknown) => {
  const { events } = input as { events?: unknown }
  return Array.isArray(events) ? events.length : 0
}

/** The credentials of a request. */
export const credentialsOf = (c: Context<Env>): Credentials => ({
  authorization: c.req.header('authorization'),
  apiKey: c.req.header('x-api-key'),
  address: c.get('admission').address,
})

/**
 * Authenticates the caller, before the body is read.
 * @throws Failure `unauthenticated` if the endpoint is closed to anonymous callers or the credentials are invalid; `rate_limited`
 */
async function authenticate(
  c: Context<Env>,
  endpoint: Endpoint,
  { context, anonymousQuota, identity }: AppOptions,
): Promise<Actor> {
  const { access } = endpoint
  const admission = c.get('admission')
  const { actor, error } = await identity.authenticate(credentialsOf(c), timeoutFor(endpoint, admission))
  // With a bad token, a public read is answered as to an anonymous caller.
  if (error && access !== 'anyone') throw error
  if (access === 'signed-in') assertSignedIn(actor)
  if (access === 'guarded') assertMayModifyUnauthenticated(actor, context.writeGuard)
  // A malformed call counts as well.
  if (access === 'guarded' && actor.role === 'anonymous') anonymousQuota.take(admission.address, 1)
  return actor
}

function timeoutFor({ access, waitsForIssuer = false }: Endpoint, admission: Admission): TimeoutClass {
  if (access !== 'anyone' || waitsForIssuer) return 'ample'
  return admission.isPoll() ? 'poll' : 'short'
}

/** The parameters of a query as the fields of a body: a repeated one is a list, a flag is a boolean. */
export function queryOf(queries: Record<string, string[]>): Record<string, unknown> {
  if (Object.hasOwn(queries, '__proto__')) throw new Failure('malformed', 'Error: the key __proto__ is not allowed')
  return Object.fromEntries(
    Object.entries(queries).map(([key, values]) => [key, values.length === 1 ? queryValue(key, values[0]) : values]),
  )
}

/** Parameters that are booleans. Elsewhere `true` is text: it can be the code of a site, or an id. */
const FLAGS = ['full_project_details']

const queryValue = (key: string, value: string | undefined) => (FLAGS.includes(key) ? value === 'true' : value)
