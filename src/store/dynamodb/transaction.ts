import { Failure } from '../../domain/failure.ts'
import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { Change, RowCodec } from '../port.ts'
import type { Item } from './attributes.ts'
import { isReservedKey, type Key, keyAttributes, messageKey, keyText, revisionKey } from './items.ts'
import type { Requests } from './requests.ts'
import { messagePut } from './messages.ts'
import { REVISION, revisionItem, type Row, rowItem } from './rows.ts'
import { dayItemWrite, type DayItemUpdates, dayItemUpdatesOf, encodedAfter } from './day-index-updates.ts'
import type { Preconditions, RowChange, TransactionWrite } from './plan.ts'
import { emptyDayItem, type DayItem, dayItemOf } from './day-index.ts'

export interface TransactionContext {
  readonly requests: Requests
  readonly codec: RowCodec
}

export interface Transaction {
  readonly writes: readonly TransactionWrite[]
  /** The key of a revision in it, which carries the token: by that it is known again. */
  readonly revisionKey: Key
}

const MAX_WRITES = 100
/** DynamoDB's items hold 400 kB and its transactions 4 MB. Measured as JSON, which is longer, and with some room. */
const MAX_ITEM_BYTES = 380_000
const MAX_TRANSACTION_BYTES = 3_800_000

/**
 * One transaction that makes all the changes, under the condition that nothing of what was seen has moved.
 * @throws Failure `too_large` when it is more than DynamoDB keeps in one item or commits at once
 */
export async function buildTransaction(changes: readonly Change[], preconditions: Preconditions, token: string, context: TransactionContext): Promise<Transaction> {
  const rowChanges = rowChangesOf(changes, preconditions, context.codec)
  const [first] = rowChanges
  if (!first) throw new Error('A draft of nothing.')
  const updates = dayItemUpdatesOf(rowChanges, preconditions.guarded)
  const items = rowChanges.flatMap((rowChange) => [...putsOf(rowChange, context.codec), revisionPutOf(rowChange, token, context.codec)])
  const touched = new Set(rowChanges.map(({ id }) => id))
  const untouched = [...preconditions.rowsById].filter(([id]) => !touched.has(id))
  const writes: TransactionWrite[] = [
    ...items.map(({ item, condition }) => put(item, condition)),
    ...rowChanges.flatMap(deletesOf),
    ...messageWritesOf(rowChanges),
    ...untouched.map(([id, { lastRevision }]) => assertAbsent(revisionKey(id, lastRevision + 1))),
  ]
  // Known before the day items are read, which then need not be.
  if (writes.length + updates.size > MAX_WRITES) throw changeTooLarge('that is more than can be changed at once')
  const dayItems = await loadUpdatedDayItems(updates, preconditions, context.requests)
  assertFits(items.map(({ item }) => item), [...updates.values()].map((update) => encodedAfter(update, dayItems(update.key))))
  writes.push(...[...updates.values()].map((update) => dayItemWrite(update, dayItems(update.key), token)))
  return { writes, revisionKey: revisionKey(first.id, first.revision) }
}

function rowChangesOf(changes: readonly Change[], { rowsById }: Preconditions, codec: RowCodec): RowChange[] {
  const revisionCounts = new Map<ReservationId, number>()
  return changes.map((change) => {
    const id = change.after?.id ?? change.before?.reservation.id
    const known = id === undefined ? undefined : rowsById.get(id)
    if (id === undefined || !known) throw new Error('A change of a reservation that its scope does not name.')
    if (isReservedKey(id)) throw new Failure('malformed', 'Error: event_id must not begin with calendar#')
    const count = (revisionCounts.get(id) ?? 0) + 1
    revisionCounts.set(id, count)
    const revision = known.lastRevision + count
    const before = change.before && rowAt(change.before.reservation.start, known.rows)
    if (change.after && isTaken(change.after.start, change.before?.reservation.start, known.rows)) throw new Error('A change onto what stands.')
    const after = change.after && { reservation: change.after, revision: revision, key: codec.time(change.after.start), rawRevision: undefined, duplicateKeys: [] }
    return { id, change, revision: revision, largestSize: known.largestSize, before, after }
  })
}

const isTaken = (start: Instant, own: Instant | undefined, rows: readonly Row[]) =>
  start !== own && rows.some(({ reservation }) => reservation.start === start)

function rowAt(start: Instant, rows: readonly Row[]): Row {
  const row = rows.find(({ reservation }) => reservation.start === start)
  if (!row) throw new Error('A change of what does not stand.')
  return row
}

interface Condition {
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Item
}

const IF_ABSENT: Condition = { ConditionExpression: 'attribute_not_exists(event_id)' }
const IF_PRESENT: Condition = { ConditionExpression: 'attribute_exists(event_id)' }

/** A row of the original has no revision, until one is made. */
const ifUnchanged = ({ rawRevision }: Row): Condition => ({
  ConditionExpression: rawRevision ? '#revision = :marked' : 'attribute_exists(event_id) AND attribute_not_exists(#revision)',
  ExpressionAttributeNames: { '#revision': REVISION },
  ...(rawRevision && { ExpressionAttributeValues: { ':marked': rawRevision } }),
})

interface ConditionalItem {
  readonly item: Item
  readonly condition: Condition
}

function putsOf({ before, after }: RowChange, codec: RowCodec): ConditionalItem[] {
  if (!after) return []
  const condition = before?.key === after.key ? ifUnchanged(before) : before?.duplicateKeys.includes(after.key) ? IF_PRESENT : IF_ABSENT
  return [{ item: rowItem(after.reservation, after.revision, codec), condition }]
}

/** The revision that records a step. */
function revisionPutOf({ id, change, revision: number, largestSize, before, after }: RowChange, token: string, codec: RowCodec): ConditionalItem {
  const { at, by, via, overlapping = [] } = change
  const revision = { id, number, at, by, via, overlapping: overlapping, before: before?.reservation, after: after?.reservation, largestSize: largestSize, token }
  return { item: revisionItem(revision, codec), condition: IF_ABSENT }
}

/** A transaction writes no item twice: of several messages about the same two it is the last that counts. */
function messageWritesOf(rowChanges: readonly RowChange[]): TransactionWrite[] {
  const pending = rowChanges.flatMap(({ change: { at, messages = [] }, revision }) =>
    messages.map((message) => ({ message, revision: revision, writtenAt: at, attempts: 0, due: 0 })),
  )
  return [...new Map(pending.map((one) => [messageKey(one.message).start, messagePut(one)])).values()]
}

/** Whatever stood for it and is not put over. */
function deletesOf({ id, before, after }: RowChange): TransactionWrite[] {
  if (!before) return []
  const deleted = [{ key: before.key, condition: ifUnchanged(before) }, ...before.duplicateKeys.map((key) => ({ key, condition: IF_PRESENT }))]
  return deleted
    .filter(({ key }) => key !== after?.key)
    .map(({ key, condition }) => (TableName) => ({ Delete: { TableName, Key: keyAttributes({ event_id: id, start: key }), ...condition } }))
}

const put = (Item: Item, condition: Condition): TransactionWrite => (TableName) => ({ Put: { TableName, Item, ...condition } })

export const assertAbsent = (key: Key): TransactionWrite => (TableName) => ({ ConditionCheck: { TableName, Key: keyAttributes(key), ...IF_ABSENT } })

/** The day items that are to be edited, as they are: seen already, known to be blank, or read now. */
async function loadUpdatedDayItems(updates: DayItemUpdates, { dayItems, guarded }: Preconditions, requests: Requests): Promise<(key: Key) => DayItem> {
  const unseen = [...updates.values()].map(({ key }) => key).filter((key) => !dayItems.has(keyText(key)) && !guarded.has(keyText(key)))
  const read = new Map((await requests.getAll(unseen)).map(dayItemOf).map((dayItem) => [keyText(dayItem.key), dayItem]))
  return (key) => dayItems.get(keyText(key)) ?? read.get(keyText(key)) ?? emptyDayItem(key)
}

function assertFits(items: readonly Item[], texts: readonly string[]): void {
  const sizes = items.map(sizeOf)
  if (sizes.some((size) => size > MAX_ITEM_BYTES)) throw changeTooLarge('the event is too large to be kept')
  const dayItems = texts.map((text) => Buffer.byteLength(text))
  if (dayItems.some((size) => size > MAX_ITEM_BYTES)) throw changeTooLarge('no more reservations fit into that day')
  if ([...sizes, ...dayItems].reduce((sum, size) => sum + size, 0) > MAX_TRANSACTION_BYTES) throw changeTooLarge('that is more than can be changed at once')
}

const sizeOf = (item: Item) => Buffer.byteLength(JSON.stringify(item))

/** Whether DynamoDB keeps an item of that size. */
export const fitsAlone = (item: Item): boolean => sizeOf(item) <= MAX_ITEM_BYTES

const changeTooLarge = (what: string) => new Failure('too_large', `Error: ${what}`)
