import { assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { CalendarFeed } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/** The most secret feeds of an observer. */
export const MAX_FEEDS = 10

/** 256 bits for a secret, 64 for an id. */
const [SECRET_BYTES, ID_BYTES] = [32, 8]

type FeedContext = Pick<ServiceContext, 'store' | 'now'>

/** A new feed, with the secret that is in its address: it is not stored. */
export interface MadeFeed {
  readonly feed: CalendarFeed
  readonly secret: string
}

/** The caller's feeds, the oldest first. @throws Failure `unauthenticated`, `forbidden` */
export const listFeeds = async (actor: Actor, { store }: FeedContext): Promise<readonly CalendarFeed[]> =>
  store.calendarFeeds.of(ownerOf(actor))

/** Makes a feed of the caller's reservations. @throws Failure `unauthenticated`, `forbidden`; `malformed` beyond {@link MAX_FEEDS} */
export async function makeFeed(actor: Actor, { store, now }: FeedContext): Promise<MadeFeed> {
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  // In base64, one in 64 would begin like an option of a command.
  const id = randomBytes(ID_BYTES).toString('hex')
  const feed = { id, observer: ownerOf(actor), digest: await digestOf(secret), madeAt: now() }
  if (await store.calendarFeeds.add(feed, MAX_FEEDS)) return { feed, secret }
  throw new Failure('malformed', `Error: you have ${MAX_FEEDS} feeds, the most there may be; revoke one of them first`)
}

/** Ends a feed of the caller: from then on no server answers at its address. @throws Failure `unauthenticated`, `forbidden`, `not_found` */
export async function revokeFeed(id: string, actor: Actor, { store }: FeedContext): Promise<void> {
  if (!(await store.calendarFeeds.remove(ownerOf(actor), id))) throw new Failure('not_found', 'You have no such feed.')
}

/** The observer whose reservations a secret shows. An unknown and a revoked one take the same work. @throws Failure `not_found` */
export async function observerOfSecret(secret: string, { store }: Pick<FeedContext, 'store'>): Promise<ObserverId> {
  const feed = await store.calendarFeeds.find(await digestOf(secret))
  if (!feed) throw new Failure('not_found', 'There is no such feed.')
  return feed.observer
}

/** Only people have feeds. */
function ownerOf(actor: Actor): ObserverId {
  assertSignedIn(actor)
  if (actor.role === 'service') throw new Failure('forbidden', 'Only people have feeds of their own.')
  return actor.id
}

const randomBytes = (count: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(count)))

const digestOf = async (secret: string) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret))).toString('base64url')
