import * as z from 'zod'
import type { ChangeStream } from '../../background/change-stream.ts'
import type { Subscriber } from '../../background/subscriber.ts'
import { type Viewer, viewerOf } from '../../domain/access.ts'
import { type Telescopes, wemasOf } from '../../domain/enclosure.ts'
import { Failure } from '../../domain/failure.ts'
import type { SiteCode } from '../../domain/site.ts'
import { jsonArray, lengthOf, writer } from '../../json-bytes.ts'
import { MAX_CHANGES, readChanges } from '../../service/changes.ts'
import { negotiate } from '../accept.ts'
import { parseInput } from '../endpoint.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from '../exchange.ts'
import type { AppOptions } from '../options.ts'
import { fieldsOfQuery } from '../query.ts'
import { API_HEADERS, respondRevalidated } from '../respond.ts'
import { credentialsOf } from '../route.ts'
import { openSseBody, type SseBody } from '../sse-body.ts'
import { formatChange, formatHeartbeat, formatStart, RETRY } from '../sse-format.ts'
import { wireChange } from '../wire-change.ts'
import { MAX_SITES, sites, sitesIn } from './shared.ts'

const LIMIT = `must be a whole number from 1 to ${MAX_CHANGES}`

/** In a query it is digits. */
const limit = z
  .union(
    [
      z.int(),
      z
        .string()
        .regex(/^\d{1,4}$/)
        .transform(Number),
    ],
    LIMIT,
  )
  .refine((count) => count >= 1 && count <= MAX_CHANGES, LIMIT)

/** The query of `changes`. */
export const changesInput = {
  input: z.looseObject({
    since: z.string().min(1, 'must be a cursor').optional().meta({
      description:
        'The cursor after which to begin: `cursor` of the last page, or of the last change that was processed.',
    }),
    site: sites.optional().meta({ description: 'All sites by default; required for the stream.' }),
    limit: limit.optional().meta({ description: `The maximum number of changes in the page, at most ${MAX_CHANGES}.` }),
  }),
  maxEntries: { site: MAX_SITES },
}
type ChangesInput = z.output<typeof changesInput.input>

/** The stream needs a site. Any `Last-Event-ID` beside it is accepted: after an unknown one the stream starts with `reset`. */
const streamInput = { input: z.looseObject({ site: sites }), maxEntries: { site: MAX_SITES } }

/** `X-Accel-Buffering` keeps a proxy from collecting the stream. */
const STREAM_HEADERS = {
  ...API_HEADERS,
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
}

/** `GET` only: the changes at some sites, in pages or as they are committed. */
export const changesRoutes = (options: AppOptions): Route[] => [
  getRoute(`${options.base}/changes`, (request) => respondChanges(request, options)),
]

async function respondChanges(request: HttpRequest, options: AppOptions): Promise<HttpResponse> {
  const fields = fieldsOfQuery(request.query)
  const input = await parseInput(changesInput, fields)
  const [stream, page] = ['text/event-stream', 'application/json'] as const
  const isPage = input.since !== undefined || input.limit !== undefined
  const type = negotiate(request.header('accept'), isPage ? [page, stream] : [stream, page])
  if (type === undefined) throw new Failure('not_acceptable', `Changes come as ${page} or ${stream}.`)
  if (type === page) return respondPage(request, input, options)
  const { site } = await parseInput(streamInput, fields)
  return respondStream(request, sitesIn(site), input.since, options)
}

async function respondPage(
  request: HttpRequest,
  { since, site, limit: max }: ChangesInput,
  { identity, context }: AppOptions,
): Promise<HttpResponse> {
  const { feed } = context.store
  const { actor } = await identity.authenticate(credentialsOf(request), 'short')
  const viewer = viewerOf(actor)
  await request.admission.nextSlice()
  const put = writer()
  const query = { since, limit: max, ...(site !== undefined && { sites: withWemas(sitesIn(site), context.sites) }) }
  const { changes, cursor } = await readChanges(query, feed, ({ revision, id }) => {
    const text = put(JSON.stringify(wireChange(revision, id, viewer)))
    return { text, bytes: lengthOf(text) }
  })
  const body = Buffer.concat([
    Buffer.from('{"changes":'),
    await jsonArray(changes),
    Buffer.from(`,"cursor":${JSON.stringify(cursor)}}`),
  ])
  request.admission.reserveResponse(body)
  return respondRevalidated(body, undefined, request)
}

/** Sites, and their enclosures. */
const withWemas = (codes: readonly SiteCode[], telescopes: Telescopes): ReadonlySet<SiteCode> =>
  new Set([...codes, ...wemasOf(codes, telescopes)])

async function respondStream(
  request: HttpRequest,
  codes: readonly SiteCode[],
  since: string | undefined,
  { changeStream, identity, context }: AppOptions,
): Promise<HttpResponse> {
  const { method, header, admission } = request
  if (!changeStream)
    throw new Failure(
      'not_acceptable',
      'This calendar has no stream of changes; please ask for pages of changes with since, or siteevents with If-None-Match, instead.',
    )
  const { actor } = await identity.authenticate(credentialsOf(request), 'short')
  if (method === 'HEAD') return { status: 200, headers: STREAM_HEADERS }
  admission.stream()
  // A browser that reconnects asks at the same address again, and says in the header how far it has got.
  const from = header('last-event-id') || since
  const subscription = { sites: withWemas(codes, context.sites), viewer: viewerOf(actor), from }
  return { status: 200, headers: STREAM_HEADERS, body: await openSseStream(subscription, changeStream) }
}

/** The sites to report, the viewer who sees them, and the id of the last event that the client has. */
export interface SubscriptionRequest {
  readonly sites: ReadonlySet<SiteCode>
  readonly viewer: Viewer
  readonly from: string | undefined
}

/** Subscribes a client to the change stream. Returns the body of its response. @throws Failure `unavailable` */
export async function openSseStream(
  { sites: siteCodes, viewer, from }: SubscriptionRequest,
  changeStream: ChangeStream,
): Promise<SseBody['body']> {
  const { body, send, buffered, drained, end } = openSseBody(() => changeStream.unsubscribe(subscriber))
  const subscriber: Subscriber = {
    sites: siteCodes,
    start: (...start) => send(formatStart(...start)),
    send: (revision, cursorId) => send(formatChange(revision, cursorId, viewer)),
    heartbeat: (cursorId) => send(formatHeartbeat(cursorId)),
    buffered,
    drained,
    end,
  }
  send(RETRY)
  await changeStream.subscribe(subscriber, from)
  return body
}
