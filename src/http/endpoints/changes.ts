import * as z from 'zod'
import type { ChangeStream, Subscriber } from '../../background/change-stream.ts'
import { type Viewer, viewerOf } from '../../domain/access.ts'
import { wemasOf } from '../../domain/enclosure.ts'
import { Failure } from '../../domain/failure.ts'
import type { SiteCode } from '../../domain/site.ts'
import { parseInput } from '../endpoint.ts'
import { getRoute, type HttpRequest, type HttpResponse, type Route } from '../exchange.ts'
import type { AppOptions } from '../options.ts'
import { fieldsOfQuery } from '../query.ts'
import { API_HEADERS } from '../respond.ts'
import { credentialsOf } from '../route.ts'
import { openSseBody, type SseBody } from '../sse-body.ts'
import { formatChange, formatHeartbeat, formatStart, RETRY } from '../sse-format.ts'
import { MAX_SITES, sites } from './shared.ts'

/** The query of `changes`. Any `Last-Event-ID` beside it is accepted: after an unknown one the stream starts with `reset`. */
export const changesInput = { input: z.looseObject({ site: sites }), maxEntries: { site: MAX_SITES } }

/** `X-Accel-Buffering` keeps a proxy from collecting the stream. */
const STREAM_HEADERS = {
  ...API_HEADERS,
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no',
}

/** `GET` only: the changes at some sites, as they are committed. */
export const changesRoutes = (options: AppOptions): Route[] => [
  getRoute(`${options.base}/changes`, (request) => respondStream(request, options)),
]

async function respondStream(
  request: HttpRequest,
  { changeStream, identity, context }: AppOptions,
): Promise<HttpResponse> {
  const { method, query, header, admission } = request
  const { site } = await parseInput(changesInput, fieldsOfQuery(query))
  if (!changeStream)
    throw new Failure(
      'not_acceptable',
      'This calendar has no stream of changes; please ask siteevents with If-None-Match instead.',
    )
  if (!acceptsEventStream(header('accept')))
    throw new Failure('not_acceptable', 'Changes come only as text/event-stream.')
  const { actor } = await identity.authenticate(credentialsOf(request), 'short')
  if (method === 'HEAD') return { status: 200, headers: STREAM_HEADERS }
  admission.stream()
  const from = header('last-event-id') || undefined
  const asked = [site].flat()
  const codes = new Set([...asked, ...wemasOf(asked, context.sites)])
  const subscription = { sites: codes, viewer: viewerOf(actor), from }
  return { status: 200, headers: STREAM_HEADERS, body: await openSseStream(subscription, changeStream) }
}

/** RFC 9110: true without the header, or if a range includes the type at another quality than 0. */
const acceptsEventStream = (accept: string | undefined): boolean =>
  accept === undefined ||
  accept
    .split(',')
    .some(
      (range) =>
        /^\s*(?:text\/event-stream|text\/\*|\*\/\*)\s*(?:;|$)/i.test(range) &&
        !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(range),
    )

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
    start: (kind, cursorId) => send(formatStart(kind, cursorId)),
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
