import { assertMayModifyUnauthenticated, assertSignedIn, viewerOf } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import type { SiteCode } from '../domain/site.ts'
import { withMeter } from '../service/metered.ts'
import type { Admission } from './admission/admission.ts'
import type { Credentials, TimeoutClass } from './auth.ts'
import { type Call, type Deps, type Endpoint, type EndpointResult, parseInput } from './endpoint.ts'
import { expectedRevisions, tagOf } from './entity-tags.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from './exchange.ts'
import { jsonBody, objectOf } from './json-body.ts'
import { KnownTags, keyOf } from './known-tags.ts'
import type { AppOptions } from './options.ts'
import { fieldsOfQuery } from './query.ts'
import { notStored, type Payload, respond, respondRevalidated } from './respond.ts'

/** `POST` for an endpoint, and `GET` as well for a read. */
export function endpointRoutes(endpoint: Endpoint, options: AppOptions): Route[] {
  const path = `${options.base}/${endpoint.name}`
  const tags = endpoint.dependsOn && new KnownTags(endpoint, options.context)
  const handle: Route['handle'] = (request) => answer(request, endpoint, options, tags)
  const post: Route = { method: 'POST', path, handle }
  return endpoint.kind === 'write' ? [post] : [post, getRoute(path, handle)]
}

/** Authenticates, parses, handles, and encodes the result. */
async function answer(
  request: HttpRequest,
  endpoint: Endpoint,
  options: AppOptions,
  tags: KnownTags | undefined,
): Promise<HttpResponse> {
  const { admission, method } = request
  const { actor, error } = await options.identity.authenticate(credentialsOf(request), timeoutFor(endpoint, admission))
  assertMayCall(actor, error, endpoint, options, admission.address)
  const known = method === 'POST' ? undefined : tags
  const key = known ? keyOf(request.query, viewerOf(actor)) : ''
  const input = known?.inputOf(key) ?? (await parseInput(endpoint, await fieldsOf(request, endpoint)))
  await admission.nextSlice()
  const make = async () => {
    const result = await endpoint.handle(input, callOf(request, endpoint, options, actor, input))
    const payload = endpoint.kind === 'read' ? readPayload(result, admission) : await writePayload(result, admission)
    const etag = etagOf(result)
    return method === 'POST' ? respond(payload, etag) : respondRevalidated(payload, etag, request)
  }
  const response = await (known ? known.revalidate(request, { key, input }, make) : make())
  notePoll(request, endpoint.polledSite?.(input), options)
  return endpoint.isSecret ? notStored(response) : response
}

/** Browsers send this header, telescopes do not. */
function notePoll({ header }: HttpRequest, site: SiteCode | undefined, { onPoll }: AppOptions): void {
  if (site !== undefined && header('sec-fetch-site') === undefined) onPoll?.(site)
}

const etagOf = (result: EndpointResult) =>
  'revision' in result && result.revision !== undefined ? tagOf(result.revision, result.masked) : undefined

function fieldsOf({ method, query, body, json }: HttpRequest, { maxBytes }: Endpoint) {
  if (method !== 'POST') return fieldsOfQuery(query)
  return json === undefined ? jsonBody(body, maxBytes) : objectOf(json)
}

/** What the endpoint needs besides its input. The writes of an observer are metered. */
function callOf(
  { header, body, admission }: HttpRequest,
  { kind }: Endpoint,
  { context, projects, portals, maxWindowDays, anonymousQuota, observerQuota, planningQuota }: Deps,
  actor: Actor,
  input: unknown,
): Call {
  const isMetered = kind === 'write' && actor.role === 'observer'
  return {
    context: isMetered
      ? withMeter(context, observerQuota.take(actor.id, body?.length ?? 0, entryCount(input)).add)
      : context,
    projects,
    portals,
    maxWindowDays,
    anonymousQuota,
    observerQuota,
    planningQuota,
    actor,
    admission,
    expected: expectedRevisions(header('if-match')),
  }
}

function encoded(result: EndpointResult): Payload {
  if ('bytes' in result) return result.bytes
  return 'json' in result ? result.json : JSON.stringify(result.value)
}

/** The encoded result, once there is space to send it. @throws Failure `too_large`, `busy` */
function readPayload(result: EndpointResult, admission: Admission): Payload {
  const payload = encoded(result)
  admission.reserveResponse(payload)
  return payload
}

/** A write is committed by now, so it is answered in any case: with its `whole` result if that can be sent, else with its `json`. */
async function writePayload(result: EndpointResult, admission: Admission): Promise<Payload> {
  try {
    const whole = 'whole' in result ? await result.whole?.() : undefined
    if (whole) admission.reserveResponse(whole)
    return whole ?? encoded(result)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return encoded(result)
  }
}

const entryCount = (input: unknown) => {
  const { events } = input as { events?: unknown }
  return Array.isArray(events) ? events.length : 0
}

/** The credentials of a request. */
export const credentialsOf = ({ header, admission }: HttpRequest): Credentials => ({
  authorization: header('authorization'),
  apiKey: header('x-api-key'),
  address: admission.address,
})

/**
 * Checks who calls, before the body is parsed.
 * @param error why their credentials are invalid
 * @throws Failure `unauthenticated` if the endpoint is closed to anonymous callers or the credentials are invalid; `rate_limited`
 */
function assertMayCall(
  actor: Actor,
  error: Failure | undefined,
  { access }: Endpoint,
  { context, anonymousQuota }: AppOptions,
  address: string,
): void {
  // With a bad token, a public read is answered as to an anonymous caller.
  if (access === 'anyone') return
  if (error) throw error
  if (access === 'signed-in') return assertSignedIn(actor)
  assertMayModifyUnauthenticated(actor, context.writeGuard)
  // A malformed call counts as well.
  if (actor.role === 'anonymous') anonymousQuota.take(address, 1)
}

function timeoutFor({ access, waitsForIssuer = false }: Endpoint, admission: Admission): TimeoutClass {
  if (access !== 'anyone' || waitsForIssuer) return 'ample'
  return admission.isPoll() ? 'poll' : 'short'
}
