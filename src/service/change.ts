import { type ConflictPolicy, Conflict, inTheWay } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import type { Interval } from '../domain/interval.ts'
import type { Message } from '../domain/message.ts'
import { type Actor, signatureOf } from '../domain/observer.ts'
import { sameProject } from '../domain/project.ts'
import { LARGEST, type Reservation, type Stored, type Via } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import type { Bulk, Change, Place, Scope, Standing } from '../store/store.ts'
import type { World } from './world.ts'

/** Where something may be in the way of `wish`. Of an observer's own only maintenance may, unless it is that itself. */
export const placeOf = (wish: Reservation, during: Interval = wish): Place => ({
  site: wish.site,
  during,
  ...(wish.kind !== 'maintenance' && { apart: wish.observer }),
})

/** To refuse a wish, not all has to be seen that is in its way. */
const ENOUGH = 100

/** How much of what is in the way has to be seen: all, where it is laid across that, which is recorded. */
export const seeing = (override: boolean, { conflicts }: World): Pick<Scope, 'enough'> => (override || conflicts === 'warn' ? {} : { enough: ENOUGH })

/**
 * What `wish` would be laid across: nothing, unless that was asked for or the policy lets it.
 * @throws Conflict
 */
export function assertFree(
  wish: Reservation,
  standing: Standing,
  { before, override, policy }: { before?: Reservation; override: boolean; policy: ConflictPolicy },
): readonly Stored[] {
  const blocking = inTheWay(wish, standing.around, before)
  if (blocking.length > 0 && !override && policy === 'deny') {
    throw new Conflict(wish, blocking.map(({ reservation }) => reservation), { more: !standing.complete })
  }
  return blocking
}

/** @throws Failure `stale` when the caller decided on an older revision than the one that stands */
export function assertExpected(stored: Stored, expected: readonly number[] | undefined): void {
  if (expected && !expected.includes(stored.revision)) {
    throw new Failure('stale', 'The event has been changed since you read it; please read it again.')
  }
}

/**
 * The original let one id stand at two starts; those two may not come to be one.
 * @throws Failure `conflict`
 */
export function assertNotOnTwin(after: Reservation, before: Stored | undefined, twins: readonly Stored[]): void {
  const taken = twins.some(({ reservation }) => reservation.start === after.start && reservation.start !== before?.reservation.start)
  if (taken) throw new Failure('conflict', 'Another event with this event_id stands at that start.')
}

/** By how much a piece that was too much is made smaller, and how soon the next ones are larger again: by one after four. */
const SMALLER = 3 / 4
const LARGER = 1 / 4

/**
 * Applies a long list, neighbours next to each other, in pieces, each of which is one change: atomic, though the whole is
 * not. Where a piece is too much for the store to commit at once, it and those after it are smaller.
 * @throws what a piece throws, once nothing of the list is under way any more
 */
export async function inPieces<T, R>(list: readonly T[], { size, lanes }: Bulk, apply: (piece: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  // A stretch for each lane, so that those who go side by side are far from each other.
  const stretch = Math.ceil(list.length / size / lanes) * size
  const outcomes = await Promise.allSettled(
    Array.from({ length: Math.ceil(list.length / stretch) || 0 }, (_, lane) => oneByOne(list.slice(lane * stretch, (lane + 1) * stretch), size, apply)),
  )
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function oneByOne<T, R>(list: readonly T[], size: number, apply: (piece: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  const done: R[] = []
  let [from, fitting] = [0, size]
  while (from < list.length) {
    const piece = list.slice(from, from + Math.floor(fitting))
    try {
      done.push(...(await apply(piece)))
      from += piece.length
      fitting = Math.min(size, fitting + LARGER)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'too_large' || piece.length === 1) throw error
      fitting = Math.max(1, Math.floor(piece.length * SMALLER))
    }
  }
  return done
}

/**
 * A change as the store commits it, with what the projects service is to be told.
 * @throws Failure `too_large`
 */
export function changeOf(
  { before, after }: { before?: Stored; after?: Reservation },
  made: { by: Actor; via: Via; across?: readonly Stored[] },
  standing: Pick<Standing, 'largest'>,
  world: World,
): Change {
  if (after) assertNotTooLarge(after, standing, world)
  return {
    ...(before && { before }),
    ...(after && { after }),
    at: world.now(),
    by: signatureOf(made.by),
    via: made.via,
    across: (made.across ?? []).map(({ reservation }) => reservation.id),
    messages: world.tellsProjects ? messagesOf(before?.reservation, after) : [],
  }
}

/** What was larger when it was taken over may be changed and restored, so long as it does not grow beyond that. */
function assertNotTooLarge(after: Reservation, standing: Pick<Standing, 'largest'>, { sizeOf }: World): void {
  const size = sizeOf(after)
  if (size <= LARGEST || size <= standing.largest(after.id)) return
  throw new Failure('too_large', `Error: the event ${quoted(after.id)} would be ${size} bytes as JSON; at most ${LARGEST} are kept`)
}

function messagesOf(before: Reservation | undefined, after: Reservation | undefined): Message[] {
  if (sameProject(before?.project, after?.project)) return []
  const messages: Message[] = []
  if (before?.project) messages.push({ what: 'remove-project-event', project: before.project, reservation: before.id })
  if (after?.project) messages.push({ what: 'add-project-event', project: after.project, reservation: after.id })
  return messages
}
