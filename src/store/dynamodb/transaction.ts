import type { Instant } from '../../domain/interval.ts'
import type { ReservationId } from '../../domain/reservation.ts'
import type { SiteCode } from '../../domain/site.ts'
import type { Change } from '../port.ts'
import { cancelledWrites } from './cancelled.ts'
import { changedKeys, dayItemWrites, type Guard } from './day-index.ts'
import { type DayItem, dayItemOf, dayItemsByKey, emptyDayItem } from './day-item.ts'
import { tooLarge, tooMuch } from './errors.ts'
import { logAdditions, logWrites, sitesWithFullLog } from './feed-writes.ts'
import { revisionItem } from './history.ts'
import {
  distinctKeys,
  isLongItem,
  type Item,
  type Key,
  keyText,
  MAX_ITEM_BYTES,
  messageKey,
  revisionKey,
  sizeOf,
} from './items.ts'
import { type ObserverVersion, versionWrites } from './observer-versions.ts'
import { messageFields } from './messages.ts'
import { ABSENT, type ItemWrite, mergeWrites } from './item-write.ts'
import { type RecordedChange, recordedChanges } from './recorded-changes.ts'
import type { LoadedRows } from './rows-by-id.ts'
import { REVISION, type Row, rowItem, rowKey } from './rows.ts'
import type { TableContext } from './table.ts'

/** What a change was decided on. A transaction is only committed if all of it is still so. */
export interface Preconditions {
  readonly rowsById: ReadonlyMap<ReservationId, LoadedRows>
  /** By the text of their keys, guarded ones even if they do not exist. */
  readonly dayItems: ReadonlyMap<string, DayItem>
  readonly guards: readonly Guard[]
  readonly versions: readonly ObserverVersion[]
}

export interface Transaction {
  readonly token: string
  readonly writes: readonly ItemWrite[]
  /** The key of a revision that it writes, with the token: by that the transaction is recognized. */
  readonly revisionKey: Key
  /** The sites to whose logs it adds entries, sorted; and those whose log is then moved to a segment. */
  readonly sites: readonly SiteCode[]
  readonly sitesWithFullLog: readonly SiteCode[]
  /** When its changes were made. */
  readonly at: Instant
}

const MAX_WRITES = 100
/**
 * The writes for one new reservation of at most a day: its row, revision and message, the two days of its site that it may touch,
 * and the day of its observer.
 */
const WRITES_PER_RESERVATION = 6
/**
 * The writes for all of them: the long items of their site and its enclosure, that the site has a log, and the version of
 * their observer.
 */
const SHARED_WRITES = 4
/**
 * The number of new reservations of at most a day each, of one observer at one site, that always fit into one transaction.
 * @param receivers the number of receivers of webhooks, each of which gets a message about each
 */
export const maxSeries = (receivers: number): number =>
  Math.floor((MAX_WRITES - SHARED_WRITES) / (WRITES_PER_RESERVATION + receivers))
/** DynamoDB allows 4 MB for a transaction. We leave a margin. */
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
  const rowChanges = await recordedChanges(changes, preconditions.rowsById, context)
  const token = context.newToken()
  const [first] = rowChanges
  if (!first) throw new Error('Empty change.')
  const changed = new Set(rowChanges.map(({ id }) => id))
  const unchanged = [...preconditions.rowsById].filter(([id]) => !changed.has(id))
  const writes = [
    ...rowChanges.flatMap((rowChange) => rowWritesOf(rowChange, token, context)),
    ...mergeWrites(messageWritesOf(rowChanges)),
    ...cancelledWrites(rowChanges, token, context.codec),
    ...unchanged.map(([id, { lastRevision }]) => ({ key: revisionKey(id, lastRevision + 1), expected: ABSENT })),
  ]
  const keys = changedKeys(rowChanges)
  // Checked before the day items are read.
  if (writes.length + keys.length > MAX_WRITES) throw tooMuch()
  const additions = logAdditions(rowChanges, token)
  const dayItemAt = await loadChanged(
    distinctKeys([...keys, ...additions.map(({ key }) => key)]),
    preconditions,
    context,
  )
  const dayWrites = dayItemWrites(rowChanges, preconditions.guards, dayItemAt, token)
  writes.push(
    ...mergeWrites([...dayWrites, ...logWrites(additions, dayItemAt)]),
    ...versionWrites(changes, preconditions.versions, keys, token),
  )
  assertFits(writes)
  return {
    token,
    writes,
    revisionKey: revisionKey(first.id, first.number),
    sites: additions.map(({ site }) => site).toSorted(),
    sitesWithFullLog: sitesWithFullLog(additions, dayItemAt),
    at: first.change.at,
  } satisfies Transaction
}

/** The revision and the row of a change. What it overwrites or deletes must be as it was loaded. */
function rowWritesOf(recorded: RecordedChange, token: string, { codec }: TableContext): ItemWrite[] {
  const { id, change, before, after, number, largestSize } = recorded
  const { at, by, via, overlapping = [], overridden = [] } = change
  const states = { before: before?.reservation, after: change.after }
  const allowed = { overlapping, overridden }
  const revision = revisionItem({ id, number, at, by, via, ...allowed, ...states, largestSize }, codec, token)
  const writes: ItemWrite[] = [{ key: revisionKey(id, number), put: revision, expected: ABSENT }]
  const stored = before ? storedRowsOf(before) : []
  if (after) {
    const { expected = ABSENT } = stored.find(({ key }) => key.start === after.key) ?? {}
    writes.push({ key: rowKey(after), put: rowItem(after, codec), expected })
  }
  const deleted = stored.filter(({ key }) => key.start !== after?.key)
  return [...writes, ...deleted.map((row) => ({ ...row, remove: true as const }))]
}

/** A row with its duplicates, as they were loaded. A row of the original has no revision. */
function storedRowsOf({ reservation: { id }, key, rawRevision, duplicateKeys }: Row) {
  const present = { event_id: { S: id } }
  const row = { key: { event_id: id, start: key }, expected: { ...present, [REVISION]: rawRevision } }
  return [row, ...duplicateKeys.map((start) => ({ key: { event_id: id, start }, expected: present }))]
}

/** Of several messages about one reservation and project, the last counts. */
const messageWritesOf = (changes: readonly RecordedChange[]): ItemWrite[] =>
  changes.flatMap(({ change: { at, messages = [] }, number }) =>
    messages.map((message) => {
      const pending = { message, revision: number, writtenAt: at, attempts: 0, due: 0 }
      return { key: messageKey(pending), set: messageFields(pending), expected: {} }
    }),
  )

/** The day items to change: as they were loaded, or read now if nothing depends on them. */
async function loadChanged(keys: readonly Key[], { dayItems }: Preconditions, { requests }: TableContext) {
  const unknown = keys.filter((key) => !dayItems.has(keyText(key)))
  const read = dayItemsByKey((await requests.getAll(unknown)).map(dayItemOf))
  return (key: Key) => dayItems.get(keyText(key)) ?? read.get(keyText(key)) ?? emptyDayItem(key)
}

function assertFits(writes: readonly ItemWrite[]): void {
  let total = 0
  for (const { key, put, set } of writes) {
    const size = sizeOf(put ?? (set as Item | undefined) ?? {})
    if (size > MAX_ITEM_BYTES)
      throw put ? tooLarge('the event is too large to be kept') : isLongItem(key) ? siteIsFull() : dayIsFull()
    total += size
  }
  if (total > MAX_TRANSACTION_BYTES || writes.length > MAX_WRITES) throw tooMuch()
}

const dayIsFull = () => tooLarge('no more reservations fit into that day')
const siteIsFull = () => tooLarge('no more reservations of more than seven days fit at that site')
