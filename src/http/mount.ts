import type { Context, Hono } from 'hono'
import { assertMayTidy, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import { metered } from '../service/metered.ts'
import type { Admission } from './admission/control.ts'
import type { Answer, Endpoint, Setting } from './endpoint.ts'
import { shaped } from './endpoint.ts'
import { expectedRevisions, tagOf } from './entity-tags.ts'
import type { Credentials, Identity } from './identity.ts'
import { jsonBody, MOST_BYTES, passOverBody } from './json-body.ts'
import { answerWith, API_HEADERS, revalidated } from './respond.ts'

/** What a request carries from the first middleware to the log. */
export interface Env {
  Variables: { id: string; route: string; admission: Admission }
}

/** Answers `GET` on a path, under a name for the log and the metrics. */
export function page(app: Hono<Env>, route: string, path: string, answer: (c: Context<Env>) => Response | Promise<Response>): void {
  app.get(path, (c) => {
    c.set('route', route)
    return answer(c)
  })
}

/** What was sent, once it is wanted. */
interface Sent {
  readonly read: () => Promise<Record<string, unknown>> | Record<string, unknown>
  /** Takes it off the connection, so that another request may follow. */
  readonly passOver: () => Promise<void>
}

/** Puts an endpoint under `POST`, and a read under `GET` as well. */
export function mount(app: Hono<Env>, path: string, definition: Endpoint, setting: Setting, identity: Identity): void {
  const { mostBytes } = definition
  const sentIn = ({ req: { raw } }: Context<Env>) => ({ read: () => jsonBody(raw, mostBytes), passOver: () => passOverBody(raw, mostBytes) })
  app.post(path, (c) => answer(c, definition, setting, identity, sentIn(c)))
  if (definition.kind === 'read') {
    app.get(path, (c) => answer(c, definition, setting, identity, { read: () => queryOf(c.req.queries()), passOver: async () => {} }))
  }
}

async function answer(c: Context<Env>, definition: Endpoint, setting: Setting, identity: Identity, sent: Sent): Promise<Response> {
  c.set('route', definition.name)
  const by = await askerOf(c, definition, setting, identity).catch(async (refused: unknown) => {
    await sent.passOver()
    throw refused
  })
  const input = await shaped(definition, await sent.read())
  const { projects, maxWindowDays, strangers, observers, assertFits } = setting
  const isLimited = definition.kind === 'write' && by.role === 'observer'
  const world = isLimited ? metered(setting.world, observers.take(by.id, sizeOf(c), entriesIn(input)).add) : setting.world
  const admission = c.get('admission')
  const expected = expectedRevisions(c.req.header('if-match') ?? null)
  const call = { world, projects, maxWindowDays, strangers, observers, assertFits, by, admission, expected }
  await admission.turn()
  const given = await definition.handle(input, call)
  // A page in a browser says so of itself.
  const polled = c.req.header('sec-fetch-site') === undefined ? definition.polledSite?.(input) : undefined
  if (polled !== undefined) setting.onPoll?.(polled)
  const out = await outOf(given, definition, (answered) => {
    assertFits(answered, c.env)
    admission.claim(Buffer.byteLength(answered))
  })
  const etag = 'revision' in given && given.revision !== undefined ? tagOf(given.revision, given.masked) : undefined
  if (c.req.method !== 'POST') return revalidated(out, etag, c.req.raw, c.get('id'))
  return answerWith(out, { ...API_HEADERS, 'X-Request-Id': c.get('id'), ...(etag && { ETag: etag }) })
}

type Out = Uint8Array<ArrayBuffer> | string

/**
 * What goes out, once there is room for it. A write has happened by now, and is answered in any case: with no more than
 * was asked, or with the whole of an answer that may be much more, where that can be sent.
 */
async function outOf(given: Answer, { kind }: Endpoint, makeRoom: (out: Out) => void): Promise<Out> {
  const text = () => ('bytes' in given ? given.bytes : JSON.stringify(given.value))
  if (kind === 'read') {
    const out = text()
    makeRoom(out)
    return out
  }
  try {
    const whole = 'whole' in given ? await given.whole?.() : undefined
    if (whole) makeRoom(whole)
    return whole ?? text()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return text()
  }
}

/** Of a body that does not say how large it is, the most that it can be. */
const sizeOf = (c: Context<Env>) => Number(c.req.header('content-length') ?? MOST_BYTES)

const entriesIn = (input: unknown) => {
  const { events } = input as { events?: unknown }
  return Array.isArray(events) ? events.length : 0
}

/** What says who asks. */
export const credentialsIn = (c: Context<Env>): Credentials => ({
  authorization: c.req.header('authorization'),
  apiKey: c.req.header('x-api-key'),
  address: c.get('admission').address,
})

/**
 * Who asks: before anything else is looked at.
 * @throws Failure `unauthenticated` where strangers may not ask, or with credentials that do not hold; `rate_limited`
 */
async function askerOf(c: Context<Env>, { askers, patient = false }: Endpoint, { world, strangers }: Setting, identity: Identity): Promise<Actor> {
  const admission = c.get('admission')
  const patience = askers !== 'anyone' || patient ? 'ample' : admission.isPoll() ? 'poll' : 'short'
  const { actor, refused } = await identity.of(credentialsIn(c), patience)
  // What anyone may read, who has a bad token may read as a stranger.
  if (refused && askers !== 'anyone') throw refused
  if (askers === 'signed-in') assertSignedIn(actor)
  if (askers === 'guarded') assertMayTidy(actor, world.guard)
  // A call counts whatever becomes of it, malformed ones too.
  if (askers === 'guarded' && actor.role === 'anonymous') strangers.take(admission.address, 1)
  return actor
}

/** A query's parameters under the names a body would have: a repeated one is a list, a flag is a boolean. */
export function queryOf(queries: Record<string, string[]>): Record<string, unknown> {
  if (Object.hasOwn(queries, '__proto__')) throw new Failure('malformed', 'Error: the key __proto__ is not allowed')
  return Object.fromEntries(Object.entries(queries).map(([key, values]) => [key, values.length === 1 ? plain(key, values[0]) : values]))
}

/** Named one by one, since `true` can be a site's code or an id as well. */
const FLAGS = ['full_project_details']

const plain = (key: string, value: string | undefined) => (FLAGS.includes(key) ? value === 'true' : value)
