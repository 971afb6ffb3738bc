import { assertMayModify, assertSignedIn, mayModify } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { isCreatedHere } from '../domain/lineage.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { Reservation, ReservationId, Revision } from '../domain/reservation.ts'
import type { Store } from '../store/port.ts'
import { revisionsOf } from './id-history.ts'
import type { ServiceContext } from './context.ts'

/** What is given out at once, in bytes of what was and what is in each revision, and of what it was laid across. */
export const MAX_HISTORY_BYTES = 8_000_000
/** What is larger is read by few at a time. */
const LONG = 1_000_000

export interface HistoryQuery {
  readonly id: ReservationId
  /** Only revisions with a lower number: without it the newest too. */
  readonly before?: number | undefined
  /** At most so many. */
  readonly limit?: number | undefined
}

/**
 * What `valueOf` makes of the revisions of a reservation, oldest first, for whose it is, admins and services: of all of
 * them, or with `before` or `limit` of the newest of those asked for, as many as are no more than {@link MAX_HISTORY_BYTES}.
 * A long one is read by few at a time, as long lists are.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`; `too_large` where all of them are more; `busy`
 */
export async function readHistory<T>(request: HistoryQuery, actor: Actor, context: ServiceContext, valueOf: (revision: Revision) => T): Promise<readonly T[]> {
  assertSignedIn(actor)
  const { longLists } = context.store
  let release: (() => void) | undefined
  try {
    return await gathered(request, actor, context, valueOf, async () => (release ??= await longLists.acquire()))
  } finally {
    release?.()
  }
}

/** @param takingLong is waited for before more is read than is little */
async function gathered<T>({ id, before, limit = Infinity }: HistoryQuery, actor: Actor, context: ServiceContext, valueOf: (revision: Revision) => T, takingLong: () => Promise<unknown>): Promise<T[]> {
  const whole = before === undefined && limit === Infinity
  const found: T[] = []
  let isNewest = true
  let size = 0
  // Two rows of the original may have one id and different observers. The observer of a reservation never changes.
  const extract = (revision: Revision): { size: number; value: T } | { observer: ObserverId } => {
    const { observer } = subjectOf(revision)
    return mayModify(actor, { observer }) ? { size: sizeOf(revision, context), value: valueOf(revision) } : { observer }
  }
  for await (const one of newestFirst(id, before, context.store, extract)) {
    if ('value' in one) {
      size += one.size
      if (size > MAX_HISTORY_BYTES && found.length > 0) break
      if (found.push(one.value) === limit) break
      if (size > LONG) await takingLong()
    } else if (isNewest) await assertMayHaveSeveralObservers(id, one, actor, context)
    isNewest = false
  }
  if (size > MAX_HISTORY_BYTES && whole) throw new Failure('too_large', TOO_LARGE)
  if (found.length === 0) await assertIsTheirs(id, before, actor, context)
  return found.toReversed()
}

const TOO_LARGE = `Error: the history of this event is larger than ${MAX_HISTORY_BYTES / 1_000_000} MB; ask for a part of it with limit, and with before for what is older`

/** An id that was given here is one observer's from the first to the last, so that no more of it has to be looked at. */
async function assertMayHaveSeveralObservers(id: ReservationId, newest: Pick<Reservation, 'observer'>, actor: Actor, { store }: ServiceContext): Promise<void> {
  const [first] = await store.history(id, { limit: 1 })
  if (isCreatedHere(first)) assertMayModify(actor, newest)
}

/** Where nothing was found: that there is no more of it, and not that it never was or is somebody else's. */
async function assertIsTheirs(id: ReservationId, before: number | undefined, actor: Actor, { store }: ServiceContext): Promise<void> {
  const [first] = await store.history(id, { limit: 1 })
  if (!first) throw new Failure('not_found', 'There is no such event.')
  // Only of two under one id may what is theirs have come later.
  if (before !== undefined && !isCreatedHere(first)) {
    for await (const revision of revisionsOf(id, store, before - 1)) if (mayModify(actor, subjectOf(revision))) return
  }
  assertMayModify(actor, subjectOf(first))
}

/** Keeps only what `extract` returns of a chunk: its consumer may have to wait halfway through one. */
async function* newestFirst<T>(id: ReservationId, before: number | undefined, store: Pick<Store, 'history'>, extract: (revision: Revision) => T): AsyncGenerator<T> {
  const read = async (until: number | undefined) => {
    const chunk = await store.history(id, { ...(until !== undefined && { before: until }), fromEnd: true })
    return { extracted: chunk.map(extract).toReversed(), first: chunk[0]?.number }
  }
  for (let rest = before, isFirst = true; isFirst || rest !== undefined; isFirst = false) {
    const { extracted, first } = await read(rest)
    yield* extracted
    rest = first
  }
}

const subjectOf = ({ before, after }: Pick<Revision, 'before' | 'after'>) => (after ?? before) as Reservation

/** What a revision was laid across may be far more than what it made. */
const sizeOf = ({ before, after, overlapping }: Revision, context: ServiceContext) =>
  [before, after].reduce((sum, one) => sum + (one ? context.sizeOf(one) : 0), Buffer.byteLength(JSON.stringify(overlapping)))
