import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change } from '../port.ts'
import type { Item } from './attributes.ts'
import {
  type DayItem,
  dayItemOf,
  type DayItemUpdate,
  dayItemUpdatesOf,
  dayItemWrite,
  emptyDayItem,
  type Guard,
  type RowChange,
} from './day-index.ts'
import { isBug, unavailable } from './errors.ts'
import { revisionItem } from './history.ts'
import { isLongItem, isReservedId, type Key, keyText, messageKey, revisionKey } from './items.ts'
import { messageFields } from './outbox.ts'
import { ABSENT, type ItemWrite, type Requests } from './requests.ts'
import type { LoadedRows } from './rows-by-id.ts'
import { newRow, REVISION, type Row, rowItem, rowKey } from './rows.ts'
import type { TableContext } from './table.ts'

/** What a change was decided on. A transaction is only committed if all of it is still so. */
export interface Preconditions {
  readonly rowsById: ReadonlyMap<ReservationId, LoadedRows>
  /** By the text of their keys. A guarded one that is missing did not exist. */
  readonly dayItems: ReadonlyMap<string, DayItem>
  readonly guards: readonly Guard[]
}

export interface Transaction {
  readonly token: string
  readonly writes: readonly ItemWrite[]
  /** The key of a revision that it writes, with the token: by that the transaction is recognized. */
  readonly revisionKey: Key
}

interface RecordedChange extends RowChange {
  readonly id: ReservationId
  readonly change: Change
  /** Of the revision that records it. */
  readonly number: number
  readonly largestSize: number
}

const MAX_WRITES = 100
/** DynamoDB allows 400 kB for an item and 4 MB for a transaction. We measure JSON, which is longer, and leave a margin. */
const MAX_ITEM_BYTES = 380_000
const MAX_TRANSACTION_BYTES = 3_800_000

/**
 * Builds one transaction that makes all changes.
 * @throws Failure `too_large` if an item or the transaction would be larger than DynamoDB allows
 */
export async function buildTransaction(
  changes: readonly Change[],
  preconditions: Preconditions,
  context: TableContext,
) {
  const rowChanges = recordedChanges(changes, preconditions, context)
  const token = context.newToken()
  const [first] = rowChanges
  if (!first) throw new Error('Empty change.')
  const updates = dayItemUpdatesOf(rowChanges, preconditions.guards)
  const puts = rowChanges.flatMap((rowChange) => putsOf(rowChange, token, context))
  const changed = new Set(rowChanges.map(({ id }) => id))
  const unchanged = [...preconditions.rowsById].filter(([id]) => !changed.has(id))
  const writes = [
    ...puts,
    ...rowChanges.flatMap(deletesOf),
    ...messageWritesOf(rowChanges),
    ...unchanged.map(([id, { lastRevision }]) => ({ key: revisionKey(id, lastRevision + 1), expected: ABSENT })),
  ]
  // Checked before the day items are read.
  if (writes.length + updates.length > MAX_WRITES) throw tooMuch()
  const dayItemAt = await loadUpdated(updates, preconditions, context)
  const dayItemWrites = updates.map((update) => dayItemWrite(update, dayItemAt(update.key), token))
  assertFits(puts, dayItemWrites)
  return { token, writes: [...writes, ...dayItemWrites], revisionKey: revisionKey(first.id, first.number) }
}

function recordedChanges(changes: readonly Change[], { rowsById }: Preconditions, { codec }: TableContext) {
  const numbers = new Map<ReservationId, number>()
  return changes.map((change): RecordedChange => {
    const id = (change.after ?? change.before?.reservation)?.id ?? ''
    const loaded = rowsById.get(id)
    if (!loaded) throw new Error('The change is of a reservation that is not in its scope.')
    if (isReservedId(id)) throw new Failure('malformed', 'Error: event_id must not begin with calendar#')
    const number = (numbers.get(id) ?? loaded.lastRevision) + 1
    numbers.set(id, number)
    const after = change.after && newRow(change.after, number, codec)
    return { id, change, number, largestSize: loaded.largestSize, before: replacedRow(change, loaded.rows), after }
  })
}

function replacedRow({ before, after }: Change, rows: readonly Row[]): Row | undefined {
  const rowAt = (start: Instant) => rows.find(({ reservation }) => reservation.start === start)
  const replaced = before && rowAt(before.reservation.start)
  if (before && !replaced) throw new Error('No such row.')
  const taken = after && rowAt(after.start)
  if (taken && taken !== replaced) throw new Error('The target start is already taken.')
  return replaced
}

type Put = ItemWrite & { readonly put: Item }

const PRESENT = (id: ReservationId): ItemWrite['expected'] => ({ event_id: { S: id } })

/** A row of the original has no revision. */
const unchangedRow = ({ reservation: { id }, rawRevision }: Row) => ({ ...PRESENT(id), [REVISION]: rawRevision })

/** The row of a change, and the revision that records it. */
function putsOf(
  { id, change, before, after, ...numbered }: RecordedChange,
  token: string,
  { codec }: TableContext,
): Put[] {
  const { at, by, via, overlapping = [] } = change
  const recorded = {
    ...numbered,
    id,
    at,
    by,
    via,
    overlapping,
    before: before?.reservation,
    after: change.after,
    token,
  }
  const revision = { key: revisionKey(id, numbered.number), put: revisionItem(recorded, codec), expected: ABSENT }
  if (!after) return [revision]
  const replaced = before?.duplicateKeys.includes(after.key) ? PRESENT(id) : ABSENT
  const expected = before?.key === after.key ? unchangedRow(before) : replaced
  return [{ key: rowKey(after), put: rowItem(after.reservation, after.revision, codec), expected }, revision]
}

/** Deletes the rows that a change does not overwrite. */
function deletesOf({ id, before, after }: RecordedChange): ItemWrite[] {
  if (!before) return []
  const duplicates = before.duplicateKeys.map((start) => ({ key: { event_id: id, start }, expected: PRESENT(id) }))
  const rows = [{ key: rowKey(before), expected: unchangedRow(before) }, ...duplicates]
  return rows.filter(({ key }) => key.start !== after?.key).map((row) => ({ ...row, remove: true }))
}

/** A transaction cannot write an item twice: of several messages about one reservation and project, the last counts. */
function messageWritesOf(changes: readonly RecordedChange[]): ItemWrite[] {
  const pending = changes.flatMap(({ change: { at, messages = [] }, number }) =>
    messages.map((message) => ({ message, revision: number, writtenAt: at, attempts: 0, due: 0 })),
  )
  const writes = pending.map((one) => ({ key: messageKey(one.message), set: messageFields(one), expected: {} }))
  return [...new Map(writes.map((write) => [write.key.start, write])).values()]
}

/** The day items to update: as they were loaded, or read now if nothing depends on them. */
async function loadUpdated(
  updates: readonly DayItemUpdate[],
  preconditions: Preconditions,
  { requests }: TableContext,
) {
  const { dayItems, guards } = preconditions
  const known = new Map(dayItems)
  for (const { key } of guards) known.set(keyText(key), dayItems.get(keyText(key)) ?? emptyDayItem(key))
  const unknown = updates.filter(({ key }) => !known.has(keyText(key))).map(({ key }) => key)
  for (const item of (await requests.getAll(unknown)).map(dayItemOf)) known.set(keyText(item.key), item)
  return (key: Key) => known.get(keyText(key)) ?? emptyDayItem(key)
}

function assertFits(puts: readonly Put[], dayItemWrites: readonly ItemWrite[]): void {
  const sizes = puts.map(({ put }) => sizeOf(put))
  if (sizes.some((size) => size > MAX_ITEM_BYTES)) throw tooLarge('the event is too large to be kept')
  for (const { key, set } of dayItemWrites) {
    const size = Buffer.byteLength(set?.['entries']?.S ?? '')
    if (size > MAX_ITEM_BYTES) throw isLongItem(key) ? siteIsFull() : dayIsFull()
    sizes.push(size)
  }
  if (sizes.reduce((sum, size) => sum + size, 0) > MAX_TRANSACTION_BYTES) throw tooMuch()
}

const sizeOf = (item: Item) => Buffer.byteLength(JSON.stringify(item))

/** Whether DynamoDB can hold an item of that size. */
export const fitsAlone = (item: Item): boolean => sizeOf(item) <= MAX_ITEM_BYTES

const tooLarge = (reason: string) => new Failure('too_large', `Error: ${reason}`)
const dayIsFull = () => tooLarge('no more reservations fit into that day')
const siteIsFull = () => tooLarge('no more reservations of more than seven days fit at that site')
const tooMuch = () => tooLarge('that is more than can be changed at once')

/**
 * `conflict`: nothing was written, since a condition does not hold or another transaction is in progress.
 * `indeterminate`: the same, but it was sent several times, and an earlier sending may still be carried out.
 */
export type CommitOutcome =
  | { readonly outcome: 'committed' }
  | { readonly outcome: 'conflict' | 'indeterminate'; readonly error: unknown }

/** Reasons to cancel a transaction that is valid. */
const RETRYABLE = new Set([
  'None',
  'ConditionalCheckFailed',
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
])

interface CommitError {
  readonly name: string
  readonly CancellationReasons?: readonly { readonly Code?: string }[]
  readonly $metadata?: { readonly attempts?: number }
}

/** Commits a transaction. @throws Failure `unavailable` if its outcome is unknown; an error that is a bug */
export async function commit(transaction: Transaction, requests: Requests): Promise<CommitOutcome> {
  try {
    await requests.transact(transaction.writes, transaction.token)
    return { outcome: 'committed' }
  } catch (error) {
    if (isBug(error)) throw error
    const { name, CancellationReasons: reasons = [], $metadata: metadata } = error as CommitError
    const isCancelled = name === 'TransactionCanceledException'
    if (isCancelled) assertRetryable(reasons, error)
    // If it was sent several times, the first may have been committed, so that the last fails.
    if (isCancelled && metadata?.attempts === 1) return { outcome: 'conflict', error }
    if (await isCommitted(transaction, requests)) return { outcome: 'committed' }
    if (isCancelled) return { outcome: 'indeterminate', error }
    throw unavailable(error)
  }
}

function assertRetryable(reasons: readonly { readonly Code?: string }[], error: unknown): void {
  if (reasons.every(({ Code = 'None' }) => RETRYABLE.has(Code))) return
  // An invalid write is a bug.
  throw reasons.some(({ Code }) => Code === 'ValidationError') ? error : unavailable(error)
}

/** Whether a transaction has been committed: its revision is there, with its token. */
export async function isCommitted({ revisionKey: key, token }: Omit<Transaction, 'writes'>, requests: Requests) {
  return (await requests.get(key))?.['token']?.S === token
}
