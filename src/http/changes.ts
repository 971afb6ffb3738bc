import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { eyesOf } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Following } from '../service/follow.ts'
import { MOST_SITES, sites } from './browsing.ts'
import { given, requiring, shaped } from './endpoint.ts'
import type { Identity } from './identity.ts'
import { credentialsIn, type Env, page, queryOf } from './mount.ts'
import { API_HEADERS } from './respond.ts'
import { openStream } from './streams.ts'

/** Of `Last-Event-ID` beside it nothing is asked: a place that is none is answered too. */
export const changesInput = { input: z.looseObject({ site: sites.nullish() }), missing: requiring('site'), mostEntries: { site: MOST_SITES } }

/** A proxy that gathers the stream would keep it from whom it is for. */
const STREAM_HEADERS = { ...API_HEADERS, 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }

/** `GET` alone: what is committed at some sites, as it is committed. */
export function mountChanges(app: Hono<Env>, base: string, following: Following | undefined, identity: Identity): void {
  page(app, 'changes', `${base}/changes`, (c) => follow(c, following, identity))
}

async function follow(c: Context<Env>, following: Following | undefined, identity: Identity): Promise<Response> {
  const { site } = await shaped(changesInput, queryOf(c.req.queries()))
  if (!following) throw new Failure('not_acceptable', 'This calendar has no stream of changes; please ask siteevents with If-None-Match instead.')
  if (!acceptsEvents(c.req.header('accept'))) throw new Failure('not_acceptable', 'Changes come only as text/event-stream.')
  const { actor } = await identity.of(credentialsIn(c), 'short')
  const headers = { ...STREAM_HEADERS, 'X-Request-Id': c.get('id') }
  if (c.req.method === 'HEAD') return new Response(null, { headers })
  c.get('admission').stream()
  const from = c.req.header('last-event-id') || undefined
  const wanted = { sites: new Set([given(site)].flat()), eyes: eyesOf(actor), from }
  return new Response(await openStream(wanted, following), { headers })
}

/** RFC 9110: any range that holds it, unless at quality 0. Without the header anything will do. */
const acceptsEvents = (accept: string | undefined): boolean =>
  accept === undefined || accept.split(',').some((range) => /^\s*(?:text\/event-stream|text\/\*|\*\/\*)\s*(?:;|$)/i.test(range) && !/;\s*q=0(?:\.0*)?\s*(?:;|$)/i.test(range))
