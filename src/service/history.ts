import { assertMayModify, assertSignedIn, mayModify } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { isCreatedHere } from '../domain/lineage.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { Reservation, ReservationId, Revision } from '../domain/reservation.ts'
import type { Store } from '../store/port.ts'
import { revisionsOf } from './id-history.ts'
import type { ServiceContext } from './context.ts'

/** The maximal size of a history that is returned, in bytes: of the reservations before and after, and of the overlapping ids. */
export const MAX_HISTORY_BYTES = 8_000_000
/** Above this size, the read has to acquire the semaphore for long lists. */
const LONG_HISTORY_BYTES = 1_000_000

/** Selects revisions of a reservation. */
export interface HistoryQuery {
  readonly id: ReservationId
  /** Only revisions with a lower number. */
  readonly before?: number | undefined
  /** The maximal number of revisions. */
  readonly limit?: number | undefined
}

/**
 * The results of `valueOf` for the revisions of a reservation, oldest first. For its observer, admins and services. With `before`
 * or `limit` only the newest that match, up to {@link MAX_HISTORY_BYTES}.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`; `too_large` if the whole history is larger; `busy`
 */
export async function readHistory<T>(
  query: HistoryQuery,
  actor: Actor,
  context: ServiceContext,
  valueOf: (revision: Revision) => T,
): Promise<readonly T[]> {
  assertSignedIn(actor)
  const isWhole = query.before === undefined && query.limit === undefined
  const { values, size } = await collect(query, actor, context, valueOf)
  if (size > MAX_HISTORY_BYTES && isWhole) throw new Failure('too_large', TOO_LARGE)
  if (values.length === 0) await assertHasEarlierRevisions(query, actor, context)
  return values.toReversed()
}

/** Newest first, with their total size. */
async function collect<T>(
  { id, before, limit }: HistoryQuery,
  actor: Actor,
  context: ServiceContext,
  valueOf: (revision: Revision) => T,
) {
  const { store } = context
  const values: T[] = []
  let [size, isNewest] = [0, true]
  let release: (() => void) | undefined
  // Duplicate rows of the original may have different observers. The observer of a row never changes.
  const extract = (revision: Revision): { size: number; value: T } | { observer: ObserverId } => {
    const { observer } = subjectOf(revision)
    return mayModify(actor, { observer }) ? { size: sizeOf(revision, context), value: valueOf(revision) } : { observer }
  }
  try {
    for await (const extracted of newestFirst(id, before, store, extract)) {
      if ('value' in extracted) {
        size += extracted.size
        if (size > MAX_HISTORY_BYTES && values.length > 0) break
        if (values.push(extracted.value) === limit) break
        if (size > LONG_HISTORY_BYTES) release ??= await store.longLists.acquire()
      } else if (isNewest) await assertMayHaveSeveralObservers(id, extracted, actor, context)
      isNewest = false
    }
    return { values, size }
  } finally {
    release?.()
  }
}

const TOO_LARGE = `Error: the history of this event is larger than ${MAX_HISTORY_BYTES / 1_000_000} MB; ask for a part of it with limit, and with before for what is older`

/** An id that was created here has one observer, so the newest revision decides. @throws Failure `forbidden` */
async function assertMayHaveSeveralObservers(
  id: ReservationId,
  newest: Pick<Reservation, 'observer'>,
  actor: Actor,
  { store }: ServiceContext,
): Promise<void> {
  const [first] = await store.history(id, { limit: 1 })
  if (isCreatedHere(first)) assertMayModify(actor, newest)
}

/** An empty result is right only if the actor may read some revision of the id. @throws Failure `not_found`, `forbidden` */
async function assertHasEarlierRevisions(
  { id, before }: HistoryQuery,
  actor: Actor,
  { store }: ServiceContext,
): Promise<void> {
  const [first] = await store.history(id, { limit: 1 })
  if (!first) throw new Failure('not_found', 'There is no such event.')
  // Of duplicate rows, the actor's may have later revisions only.
  if (before !== undefined && !isCreatedHere(first)) {
    for await (const revision of revisionsOf(id, store, before - 1)) if (mayModify(actor, subjectOf(revision))) return
  }
  assertMayModify(actor, subjectOf(first))
}

/** The results of `extract`, newest revision first. Keeps no revision in memory, since the consumer may wait within a chunk. */
async function* newestFirst<T>(
  id: ReservationId,
  before: number | undefined,
  store: Pick<Store, 'history'>,
  extract: (revision: Revision) => T,
): AsyncGenerator<T> {
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

/** The overlapping ids of a revision may be larger than its reservations. */
const sizeOf = ({ before, after, overlapping }: Revision, context: ServiceContext) =>
  [before, after].reduce(
    (sum, one) => sum + (one ? context.sizeOf(one) : 0),
    Buffer.byteLength(JSON.stringify(overlapping)),
  )
