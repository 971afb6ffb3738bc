import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '../../domain/failure.ts'
import type { ReservationId, Stored } from '../../domain/reservation.ts'
import type { Change, Decision, SiteWindow, Scope, Snapshot } from '../port.ts'
import { type Transaction, buildTransaction, type TransactionContext } from './transaction.ts'
import { daysOf, isBounded, isShort, type Key, monthsOf, keyText, dayIndexId } from './items.ts'
import { historyUnder, largestSizeUnder, loadAllRows } from './by-id.ts'
import { yieldToEventLoop, CHUNK_BYTES } from '../../concurrency.ts'
import { MAX_LIST_BYTES } from '../long-lists.ts'
import { rowsAt } from './listing.ts'
import { entriesOf } from './named.ts'
import { inBatches } from './requests.ts'
import { unavailable } from './unavailable.ts'
import { type CommitOutcome, commitOutcomeOf, isCommitted } from './outcome.ts'
import type { GuardedItems, LoadedRows, Preconditions } from './plan.ts'
import { byStart, type Row, type RowReader, storedOf } from './rows.ts'
import { type Entry, guardedDayItems, siteDayItems } from './day-index.ts'
import type { MutexLock } from './keyed-mutex.ts'
import { secondAt, overlaps } from '../../domain/interval.ts'

export interface ChangeContext extends TransactionContext {
  readonly rowsOf: RowReader
  readonly newToken: () => string
  readonly random: () => number
  readonly lockMonth: (neighbourhood: string) => MutexLock
  readonly timeoutMs?: number | undefined
}

/** So many that stand around are seen by one change, and so many are read at a time. */
const MAX_OVERLAPPING = 10_000
const READ_BATCH = 250

/** How long, in milliseconds, a change is tried for while others are in its way, and pauses between two tries. */
const TIMEOUT_MS = 15_000
const MIN_BACKOFF_MS = 10
const MAX_BACKOFF_MS = 400

/**
 * Decides on what stands, and commits under the condition that none of it has moved: in one `TransactWriteItems`, or
 * not at all. Where it has moved, that is told apart from there being no answer, and decided again.
 */
export async function runChange<T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>, context: ChangeContext): Promise<T> {
  const { timeoutMs = TIMEOUT_MS, random } = context
  const deadline = performance.now() + timeoutMs
  const indeterminate: IndeterminateCommit<T>[] = []
  for (let attempts = 1; ; attempts += 1) {
    const result = await attempt({ scope, decide, deadline }, indeterminate, context)
    if ('answer' in result) return result.answer
    if (performance.now() > deadline) return checkIndeterminate(indeterminate, result.conflict, context)
    await sleep(backoffMs(attempts, random))
  }
}

/** Of what may have been committed after all it is asked once more. @throws Failure `unavailable` */
async function checkIndeterminate<T>(indeterminate: readonly IndeterminateCommit<T>[], cause: unknown, { requests }: ChangeContext): Promise<T> {
  for (const { revisionKey, token, answer } of indeterminate) if (await isCommitted(revisionKey, token, requests)) return answer
  throw tooMuchContention(cause)
}

const tooManyOverlapping = () => new Failure('too_large', 'Error: there are too many reservations in that time; a shorter one may do')

/** Day items that do not say what stands keep every change waiting, too. */
const tooMuchContention = (cause?: unknown) =>
  new Failure('unavailable', 'Too many others are changing the same night just now; please try again.', [], { cause })

/** Longer from try to try, and never the same for two: who met once shall not meet again. */
const backoffMs = (attempts: number, random: () => number) =>
  MIN_BACKOFF_MS + random() * Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** attempts)

interface ChangeRequest<T> {
  readonly scope: Scope
  readonly decide: (snapshot: Snapshot) => Decision<T>
  /** Until when to wait for others, by the monotonic clock. */
  readonly deadline: number
}

/** A transaction that was not committed, but may be yet. */
interface IndeterminateCommit<T> {
  readonly revisionKey: Key
  readonly token: string
  readonly answer: T
}

/** `moved` is why it has to be tried again. */
type AttemptResult<T> = { readonly answer: T } | { readonly conflict: unknown }

async function attempt<T>({ scope, decide, deadline }: ChangeRequest<T>, indeterminate: IndeterminateCommit<T>[], context: ChangeContext): Promise<AttemptResult<T>> {
  const loaded = await loadScope(scope, context)
  if (!loaded) return { conflict: undefined }
  const lock = context.lockMonth(loaded.siteMonth)
  try {
    if (lock.ahead && !(await settlesBefore(deadline, lock.ahead))) throw tooMuchContention()
    const current = lock.ahead ? await loadScope(scope, context) : loaded
    if (!current) return { conflict: undefined }
    // One that is committed after this was seen makes the next one fail, and is found then.
    for (const { revisionKey, token, answer } of indeterminate) if (await isCommitted(revisionKey, token, context.requests)) return { answer }
    const decision = await runDecide(decide, current, context)
    if (!decision) return { conflict: undefined }
    const { changes, answer } = decision
    if (changes.length === 0) return { answer }
    const token = context.newToken()
    const { writes, revisionKey: firstRevision } = await buildTransaction(changes, { ...current, guarded: guardedItemsOf(current.windows, changes) }, token, context)
    if (performance.now() > deadline) return { conflict: undefined }
    const { outcome, error } = await commit(writes, firstRevision, token, context)
    if (outcome === 'committed') return { answer }
    if (outcome === 'indeterminate') indeterminate.push({ revisionKey: firstRevision, token, answer })
    return { conflict: error }
  } finally {
    lock.release()
  }
}

/** Whether something has come to its end by then. */
async function settlesBefore(deadline: number, end: Promise<void>): Promise<boolean> {
  const ended = new AbortController()
  const timedOut = sleep(Math.max(0, deadline - performance.now()), false, { signal: ended.signal }).catch(() => false)
  const inTime = await Promise.race([end.then(() => true), timedOut])
  ended.abort()
  return inTime
}

/** @throws Failure `unavailable` when nobody can say what became of it */
async function commit(writes: Transaction['writes'], revisionKey: Key, token: string, { requests }: ChangeContext): Promise<{ outcome: CommitOutcome; error?: unknown }> {
  try {
    await requests.transact(writes, token)
    return { outcome: 'committed' }
  } catch (error) {
    const outcome = await commitOutcomeOf(error, revisionKey, token, requests)
    if (outcome === 'unknown') throw unavailable(error)
    return { outcome, error }
  }
}

/** What stands, and the places for which that was looked at. */
interface LoadedScope extends Omit<Preconditions, 'guarded'> {
  /** Where it is about: the site and month of its first place, or else of the first row it names. Others there share day items with it. */
  readonly siteMonth: string
  readonly windows: readonly SiteWindow[]
  readonly overlapping: readonly Stored[]
  readonly isComplete: boolean
}

/** All that a scope names; undefined where something moved while it was read. */
async function loadScope(scope: Scope, context: ChangeContext): Promise<LoadedScope | undefined> {
  const ids = [...new Set(scope.ids)]
  const rowsById = await loadAllRows(ids, context)
  // Who wants no time at all, or time that runs backwards, is told so by the rules.
  const windows = (scope.windows?.((id) => rowsOf(rowsById, id)) ?? []).filter(({ during }) => during.start < during.end)
  const dayItems = await Promise.all(windows.map((window) => loadDayItems(window, context)))
  if (dayItems.includes(undefined)) return undefined
  const all = dayItems.flatMap((batch) => batch ?? [])
  const entries = (await entriesOf(all)).filter((entry) => windows.some(({ during }) => overlaps(entry, during)))
  if (entries.length > MAX_OVERLAPPING) throw tooManyOverlapping()
  // What came after its id was looked up must not be taken for another's: an earlier sending of this very change, say.
  const isAsNamed = ({ id, key, revision }: Entry) => rowsById.get(id)?.rows.some((row) => row.key === key && row.revision === revision) ?? true
  if (!entries.every(isAsNamed)) return undefined
  const current = await loadOverlapping(entries, windows, scope.limit, context)
  if (!current) return undefined
  return { siteMonth: siteMonthOf(windows[0], rowsById.get(ids[0] ?? '')?.rows[0]), rowsById, windows, ...current, dayItems: new Map(all.map((dayItem) => [keyText(dayItem.key), dayItem])) }
}

function siteMonthOf(window: SiteWindow | undefined, row: Row | undefined): string {
  const [site, start] = window ? [window.site, window.during.start] : [row?.reservation.site, row?.reservation.start]
  return site === undefined || start === undefined ? '' : `${site} ${monthsOf(secondAt(start))[0]}`
}

/** The rows that entries name, as far as they are to be seen; undefined where one is no longer as its day item says. */
async function loadOverlapping(entries: readonly Entry[], windows: readonly SiteWindow[], limit: number | undefined, context: ChangeContext): Promise<Pick<LoadedScope, 'overlapping' | 'isComplete'> | undefined> {
  const overlapping: Row[] = []
  let [read, size] = [0, 0]
  for (const batch of inBatches(entries, READ_BATCH)) {
    if (read > 0) await yieldToEventLoop()
    const rows = await rowsAt(batch, context)
    if (!batch.every(({ id, key, revision }) => rows.get(keyText({ event_id: id, start: key }))?.revision === revision)) return undefined
    for (const row of rows.values()) {
      if (!windows.some((window) => isVisibleIn(row, window))) continue
      overlapping.push(row)
      size += context.codec.sizeOf(row.reservation)
    }
    read += batch.length
    if (limit !== undefined && overlapping.length >= (size >= CHUNK_BYTES ? 2 : Math.max(2, limit))) break
    if (size > MAX_LIST_BYTES) throw tooManyOverlapping()
  }
  return { overlapping: overlapping.toSorted(byStart).map(storedOf), isComplete: read === entries.length }
}

const isVisibleIn = ({ reservation }: Row, { site, during, exceptObserver }: SiteWindow) =>
  reservation.site === site && overlaps(reservation, during) && (reservation.observer !== exceptObserver || reservation.kind === 'maintenance')

const loadDayItems = ({ site, during }: SiteWindow, { requests }: ChangeContext) =>
  isShort(during) || !isBounded(during) ? siteDayItems(site, during, requests) : guardedDayItems(site, during, requests)

const rowsOf = (rowsById: ReadonlyMap<ReservationId, LoadedRows>, id: ReservationId): readonly Stored[] => {
  const found = rowsById.get(id)
  if (!found) throw new Error(`The change does not name ${id}.`)
  return found.rows.map(storedOf)
}

/** The day items that may not change before the commit. A place of many days is guarded by the child versions of its months. */
function guardedItemsOf(windows: readonly SiteWindow[], changes: readonly Change[]): GuardedItems {
  const guarded: GuardedItems = new Map()
  for (const { site, during } of windows) {
    const short = isShort(during)
    if (!short && !isBounded(during)) {
      // A row of the original may be so long, and be given a note: that takes no time from anybody.
      if (changes.some(addsTime)) throw new Failure('too_large', 'Error: the event is too long for this store')
      continue
    }
    const keyed = (start: string) => ({ event_id: dayIndexId(site), start })
    for (const key of short ? daysOf(during).map(keyed) : []) guarded.set(keyText(key), { key, checksChildVersion: false })
    for (const key of monthsOf(during).map(keyed)) {
      guarded.set(keyText(key), { key, checksChildVersion: !short || (guarded.get(keyText(key))?.checksChildVersion ?? false) })
    }
  }
  return guarded
}

const addsTime = ({ before, after }: Change) =>
  after !== undefined && (after.site !== before?.reservation.site || after.start !== before.reservation.start || after.end !== before.reservation.end)

/** What `decide` wants to know and has not been read yet. */
class MissingHistory {
  readonly name: string
  readonly read: () => Promise<unknown>

  constructor(name: string, read: () => Promise<unknown>) {
    this.name = name
    this.read = read
  }
}

/**
 * `decide` cannot wait, so what it asks for of a history is read, and it is asked again: it is pure.
 * @returns undefined where that history is longer than it was
 */
async function runDecide<T>(decide: (snapshot: Snapshot) => Decision<T>, { rowsById, overlapping, isComplete }: LoadedScope, context: ChangeContext): Promise<Decision<T> | undefined> {
  const loadedParts = new Map<string, unknown>()
  const requireLoaded = <A>(name: string, read: () => Promise<A>): A => {
    if (!loadedParts.has(name)) throw new MissingHistory(name, read)
    return loadedParts.get(name) as A
  }
  let isStale = false
  const stored: Snapshot = {
    rows: (id) => rowsOf(rowsById, id),
    overlapping,
    isComplete,
    nextRevision: (id) => (rowsById.get(id)?.lastRevision ?? 0) + 1,
    history(id, range = {}) {
      const history = requireLoaded(JSON.stringify([id, range]), () => historyUnder(id, range, context))
      isStale ||= (history.at(-1)?.number ?? 0) > (rowsById.get(id)?.lastRevision ?? Infinity)
      return history
    },
    largestSize(id) {
      const known = rowsById.get(id)
      const sizes = known?.rows.map(({ reservation }) => context.codec.sizeOf(reservation)) ?? []
      return Math.max(known?.largestSize ?? requireLoaded(`largest ${id}`, () => largestSizeUnder(id, context)), ...sizes)
    },
  }
  for (;;) {
    try {
      const decision = decide(stored)
      return isStale ? undefined : decision
    } catch (error) {
      if (error instanceof MissingHistory) loadedParts.set(error.name, await error.read())
      else if (isStale) return undefined
      else throw error
    }
  }
}
