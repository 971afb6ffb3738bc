import type { OutboxMessage } from '../../domain/outbox-message.ts'
import { sameProject } from '../../domain/project.ts'
import type { Reservation } from '../../domain/reservation.ts'
import { isBug, unavailable } from './unavailable.ts'
import type { Item } from './attributes.ts'
import { lastSuch } from './by-id.ts'
import { assertAbsent, type TransactionContext } from './transaction.ts'
import { type Key, keyAttributes, messageKey, OUTBOX, revisionKey } from './items.ts'
import { pendingOf, messagePut } from './messages.ts'
import type { Requests } from './requests.ts'
import type { StoredRevision } from './rows.ts'

/** Digits come before the word that the keys of messages begin with. */
const LEGACY_MESSAGES = {
  KeyConditionExpression: 'event_id = :id AND #start < :message',
  ExpressionAttributeNames: { '#start': 'start' },
  ExpressionAttributeValues: { ':id': { S: OUTBOX }, ':message': { S: 'message ' } },
}

interface Moving extends TransactionContext {
  readonly newToken: () => string
}

/**
 * Moves messages of the older layout, where each had a place of its own, to the place for what they are about: of several
 * about the same two the last. Servers that write them may still run, so one may be later than what is in that place, or
 * than what was in it and has been told; the history says which.
 */
export async function migrateLegacyMessages(moving: Moving): Promise<void> {
  const legacyItems = Map.groupBy(await moving.requests.query(LEGACY_MESSAGES), (item) => messageKey(pendingOf(item).message).start)
  for (const items of legacyItems.values()) await migrateNewest(items, moving)
}

async function migrateNewest(items: readonly Item[], { requests, codec, newToken }: Moving): Promise<void> {
  const [last, earlier] = [items.at(-1) as Item, items.slice(0, -1)]
  const pending = pendingOf(last)
  const { message } = pending
  for (const item of earlier) await requests.remove(keyOf(item), {})
  const placed = await placedFor(message, requests)
  const history = await lastSuch(message.reservation, changes(message), { requests, codec })
  const number = history.such?.number
  // Without a history what is in the place was written by whoever knows both layouts.
  const isLast = number === undefined ? placed === undefined : isTold(message, history.such) && (placed ?? 0) < number
  if (!isLast) return void (await requests.remove(keyOf(last), {}))
  const inPlace = messagePut({ ...pending, revision: number ?? pending.revision }, unmoved(placed))
  const unchanged = assertAbsent(revisionKey(message.reservation, history.last + 1))
  await requests.transact([inPlace, unchanged, removalOf(last)], newToken()).catch(unlessMigrated)
}

/** The revision that the message in the place for it tells of; undefined where there is none. */
async function placedFor(message: OutboxMessage, requests: Requests): Promise<number | undefined> {
  const item = await requests.get(messageKey(message))
  return item && pendingOf(item).revision
}

const isIn = ({ project }: OutboxMessage, reservation: Reservation | undefined) => sameProject(reservation?.project, project)

const changes = (message: OutboxMessage) => ({ before, after }: StoredRevision) => isIn(message, before) !== isIn(message, after)

/** Whether the message says what a revision that changes it has made of it. */
const isTold = (message: OutboxMessage, revision: StoredRevision | undefined) => isIn(message, revision?.after) === (message.action === 'add-project-event')

const unmoved = (placed: number | undefined) =>
  placed === undefined
    ? { ConditionExpression: 'attribute_not_exists(event_id)' }
    : { ConditionExpression: '#revision = :placed', ExpressionAttributeValues: { ':placed': { N: String(placed) } } }

const removalOf = (item: Item) => (TableName: string) => ({ Delete: { TableName, Key: keyAttributes(keyOf(item)), ConditionExpression: 'attribute_exists(event_id)' } })

const keyOf = (item: Item): Key => ({ event_id: OUTBOX, start: item['start']?.S ?? '' })

/** Others do it at the same time, and what they have left is seen the next time. */
function unlessMigrated(error: unknown): void {
  if ((error as Error).name === 'TransactionCanceledException') return
  throw isBug(error) ? error : unavailable(error)
}
