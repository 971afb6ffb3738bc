import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { viewerOf } from '../../domain/access.ts'
import { Failure } from '../../domain/failure.ts'
import type { ChangeStream } from '../../background/change-stream.ts'
import { MAX_SITES, sites } from './browsing.ts'
import { required, requiredKeys, parseInput } from '../endpoint.ts'
import type { Authenticator } from '../auth.ts'
import { credentialsOf, type Env, getRoute, queryOf } from '../route.ts'
import { API_HEADERS } from '../respond.ts'
import { openSseStream } from '../sse-subscriber.ts'

/** Of `Last-Event-ID` beside it nothing is asked: a place that is none is answered too. */
export const changesInput = { input: z.looseObject({ site: sites.nullish() }), missingKeys: requiredKeys('site'), maxEntries: { site: MAX_SITES } }

/** A proxy that gathers the stream would keep it from whom it is for. */
const STREAM_HEADERS = { ...API_HEADERS, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }

/** `GET` alone: what is committed at some sites, as it is committed. */
export function mountChanges(app: Hono<Env>, base: string, changeStream: ChangeStream | undefined, identity: Authenticator): void {
  getRoute(app, 'changes', `${base}/changes`, (c) => openSse(c, changeStream, identity))
}

async function openSse(c: Context<Env>, changeStream: ChangeStream | undefined, identity: Authenticator): Promise<Response> {
  const { site } = await parseInput(changesInput, queryOf(c.req.queries()))
  if (!changeStream) throw new Failure('not_acceptable', 'This calendar has no stream of changes; please ask siteevents with If-None-Match instead.')
  if (!acceptsEvents(c.req.header('accept'))) throw new Failure('not_acceptable', 'Changes come only as text/event-stream.')
  const { actor } = await identity.authenticate(credentialsOf(c), 'short')
  const headers = { ...STREAM_HEADERS, 'X-Request-Id': c.get('id') }
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  c.get('admission').stream()
  const from = c.req.header('last-event-id') || undefined
  const request = { sites: new Set([required(site)].flat()), viewer: viewerOf(actor), from }
  return new Response(await openSseStream(request, changeStream), { headers })
}

/** RFC 9110: any range that holds it, unless at quality 0. Without the header anything will do. */
const acceptsEvents = (accept: string | undefined): boolean =>
  accept === undefined || accept.split(',').some((range) => /^\s*(?:text\/event-stream|text\/\*|\*\/\*)\s*(?:;|$)/i.test(range) && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(range))
