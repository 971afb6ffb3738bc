import { claimedTimes } from '../domain/conflict.ts'
import type { Telescopes } from '../domain/enclosure.ts'
import { Failure } from '../domain/failure.ts'
import type { OutboxMessage } from '../domain/outbox-message.ts'
import { type Actor, actorIdOf } from '../domain/observer.ts'
import { sameProject } from '../domain/project.ts'
import { MAX_EVENT_BYTES, type Reservation, type Stored, type Via } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import type { BulkLimits, Change, SiteWindow, Scope, Snapshot } from '../store/port.ts'
import type { AcceptedObjections } from './assert-allowed.ts'
import type { ServiceContext } from './context.ts'

/**
 * The windows in which `proposed` can conflict. Observers do not conflict with themselves, except with maintenance.
 * @param before the reservation that it replaces
 */
export const windowsOf = (proposed: Reservation, telescopes: Telescopes, before?: Reservation): SiteWindow[] =>
  claimedTimes(proposed, before, telescopes).map((claim) => ({
    ...claim,
    ...(proposed.kind !== 'maintenance' && { exceptObserver: proposed.observer }),
  }))

/** A rejection names at most this many conflicting reservations. */
const MAX_REPORTED_CONFLICTS = 100

/** Limits the overlaps that are read, unless conflicts are allowed: then all of them are recorded. */
export const overlapLimit = (override: boolean, { conflictPolicy }: ServiceContext): Pick<Scope, 'limit'> =>
  override || conflictPolicy === 'warn' ? {} : { limit: MAX_REPORTED_CONFLICTS }

/** @throws Failure `stale` if the current revision is none of those that the caller expects */
export function assertExpected(stored: Stored, expected: readonly number[] | undefined): void {
  if (expected && !expected.includes(stored.revision)) {
    throw new Failure('stale', 'The event has been changed since you read it; please read it again.')
  }
}

/**
 * Keeps two duplicate rows of an id from getting the same start.
 * @throws Failure `conflict`
 */
export function assertNoDuplicateRow(after: Reservation, before: Stored | undefined, rows: readonly Stored[]): void {
  const isTaken = rows.some(
    ({ reservation }) => reservation.start === after.start && reservation.start !== before?.reservation.start,
  )
  if (isTaken) throw new Failure('conflict', 'Another event with this event_id has that start.')
}

/** The factor by which the batch size shrinks after a batch that was too large, and the amount by which it grows after each success. */
const SHRINK = 3 / 4
const GROW = 1 / 4

/**
 * Applies a list in batches. Each batch is one atomic change; the whole list is not. If a batch is `too_large` for the store,
 * it is retried with a smaller size. Put reservations that are close in time next to each other.
 * @throws the error of the first batch that failed, after all batches in progress have ended
 */
export async function inBatches<T, R>(
  list: readonly T[],
  { size, concurrency }: BulkLimits,
  apply: (batch: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  // Each concurrent worker gets one contiguous part, so that concurrent batches do not touch the same days.
  const share = Math.ceil(list.length / size / concurrency) * size
  const outcomes = await Promise.allSettled(
    Array.from({ length: Math.ceil(list.length / share) || 0 }, (_, index) =>
      sequentially(list.slice(index * share, (index + 1) * share), size, apply),
    ),
  )
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function sequentially<T, R>(
  list: readonly T[],
  size: number,
  apply: (batch: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const results: R[] = []
  let [from, fitting] = [0, size]
  while (from < list.length) {
    const batch = list.slice(from, from + Math.floor(fitting))
    try {
      results.push(...(await apply(batch)))
      from += batch.length
      fitting = Math.min(size, fitting + GROW)
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'too_large' || batch.length === 1) throw error
      fitting = Math.max(1, Math.floor(batch.length * SHRINK))
    }
  }
  return results
}

/**
 * A change for the store, with its outbox messages.
 * @throws Failure `too_large`
 */
export function changeOf(
  { before, after }: { before?: Stored; after?: Reservation },
  origin: { by: Actor; via: Via } & Partial<AcceptedObjections>,
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
    overridden: origin.overridden ?? [],
    messages: messagesOf({ before: before?.reservation, after }, context),
  }
}

/** Imported reservations may exceed the maximum. They can be changed and restored, but not grow beyond their largest size. */
function assertNotTooLarge(
  after: Reservation,
  snapshot: Pick<Snapshot, 'largestSize'>,
  { sizeOf }: ServiceContext,
): void {
  const size = sizeOf(after)
  if (size <= MAX_EVENT_BYTES || size <= snapshot.largestSize(after.id)) return
  throw new Failure(
    'too_large',
    `Error: the event ${quoted(after.id)} would be ${size} bytes as JSON; at most ${MAX_EVENT_BYTES} are kept`,
  )
}

interface States {
  readonly before: Reservation | undefined
  readonly after: Reservation | undefined
}

function messagesOf(states: States, { hasProjectsService, receivers = [] }: ServiceContext): OutboxMessage[] {
  const reservation = (states.after ?? states.before)?.id ?? ''
  return [
    ...(hasProjectsService ? projectMessagesOf(states) : []),
    ...receivers.map((receiver) => ({ receiver, reservation })),
  ]
}

function projectMessagesOf({ before, after }: States): OutboxMessage[] {
  if (sameProject(before?.project, after?.project)) return []
  const messages: OutboxMessage[] = []
  if (before?.project)
    messages.push({ action: 'remove-project-event', project: before.project, reservation: before.id })
  if (after?.project) messages.push({ action: 'add-project-event', project: after.project, reservation: after.id })
  return messages
}
