import { type ConflictPolicy, Conflict, conflictingWith } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import type { Interval } from '../domain/interval.ts'
import type { OutboxMessage } from '../domain/outbox-message.ts'
import { type Actor, actorIdOf } from '../domain/observer.ts'
import { sameProject } from '../domain/project.ts'
import { MAX_EVENT_BYTES, type Reservation, type Stored, type Via } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import type { BulkLimits, Change, SiteWindow, Scope, Snapshot } from '../store/port.ts'
import type { ServiceContext } from './context.ts'

/** Where something may be in the way of `proposed`. Of an observer's own only maintenance may, unless it is that itself. */
export const windowOf = (proposed: Reservation, during: Interval = proposed): SiteWindow => ({
  site: proposed.site,
  during,
  ...(proposed.kind !== 'maintenance' && { exceptObserver: proposed.observer }),
})

/** To refuse a proposed reservation, not all has to be seen that is in its way. */
const MAX_REPORTED_CONFLICTS = 100

/** How much of what is in the way has to be seen: all, where it is laid across that, which is recorded. */
export const overlapLimit = (override: boolean, { conflictPolicy }: ServiceContext): Pick<Scope, 'limit'> => (override || conflictPolicy === 'warn' ? {} : { limit: MAX_REPORTED_CONFLICTS })

/**
 * What `proposed` would be laid across: nothing, unless that was asked for or the policy lets it.
 * @throws Conflict
 */
export function assertFree(
  proposed: Reservation,
  snapshot: Snapshot,
  { before, override, policy }: { before?: Reservation; override: boolean; policy: ConflictPolicy },
): readonly Stored[] {
  const blocking = conflictingWith(proposed, snapshot.overlapping, before)
  if (blocking.length > 0 && !override && policy === 'deny') {
    throw new Conflict(proposed, blocking.map(({ reservation }) => reservation), { hasMore: !snapshot.isComplete })
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
export function assertNoDuplicateRow(after: Reservation, before: Stored | undefined, duplicates: readonly Stored[]): void {
  const taken = duplicates.some(({ reservation }) => reservation.start === after.start && reservation.start !== before?.reservation.start)
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
export async function inBatches<T, R>(list: readonly T[], { size, concurrency }: BulkLimits, apply: (batch: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  // A stretch for each lane, so that those who go side by side are far from each other.
  const share = Math.ceil(list.length / size / concurrency) * size
  const outcomes = await Promise.allSettled(
    Array.from({ length: Math.ceil(list.length / share) || 0 }, (_, index) => sequentially(list.slice(index * share, (index + 1) * share), size, apply)),
  )
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function sequentially<T, R>(list: readonly T[], size: number, apply: (batch: readonly T[]) => Promise<readonly R[]>): Promise<R[]> {
  const results: R[] = []
  let [from, fitting] = [0, size]
  while (from < list.length) {
    const batch = list.slice(from, from + Math.floor(fitting))
    try {
      results.push(...(await apply(batch)))
      from += batch.length
      fitting = Math.min(size, fitting + LARGER)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'too_large' || batch.length === 1) throw error
      fitting = Math.max(1, Math.floor(batch.length * SMALLER))
    }
  }
  return results
}

/**
 * A change as the store commits it, with what the projects service is to be told.
 * @throws Failure `too_large`
 */
export function changeOf(
  { before, after }: { before?: Stored; after?: Reservation },
  origin: { by: Actor; via: Via; overlapping?: readonly Stored[] },
  snapshot: Pick<Snapshot, 'largestSize'>,
  context: ServiceContext,
): Change {
  if (after) assertNotTooLarge(after, snapshot, context)
  return {
    ...(before && { before }),
    ...(after && { after }),
    at: context.now(),
    by: actorIdOf(origin.by),
    via: origin.via,
    overlapping: (origin.overlapping ?? []).map(({ reservation }) => reservation.id),
    messages: context.hasProjectsService ? messagesOf(before?.reservation, after) : [],
  }
}

/** What was larger when it was taken over may be changed and restored, so long as it does not grow beyond that. */
function assertNotTooLarge(after: Reservation, snapshot: Pick<Snapshot, 'largestSize'>, { sizeOf }: ServiceContext): void {
  const size = sizeOf(after)
  if (size <= MAX_EVENT_BYTES || size <= snapshot.largestSize(after.id)) return
  throw new Failure('too_large', `Error: the event ${quoted(after.id)} would be ${size} bytes as JSON; at most ${MAX_EVENT_BYTES} are kept`)
}

function messagesOf(before: Reservation | undefined, after: Reservation | undefined): OutboxMessage[] {
  if (sameProject(before?.project, after?.project)) return []
  const messages: OutboxMessage[] = []
  if (before?.project) messages.push({ action: 'remove-project-event', project: before.project, reservation: before.id })
  if (after?.project) messages.push({ action: 'add-project-event', project: after.project, reservation: after.id })
  return messages
}
