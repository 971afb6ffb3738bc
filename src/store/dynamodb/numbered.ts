import { isBug, silent } from './answering.ts'
import type { Item } from './attributes.ts'
import { type Key, keyAttributes, messageKey, OUTBOX } from './keys.ts'
import { pendingOf, posted } from './messages.ts'
import type { Requests } from './requests.ts'

/** Digits come before the word that the keys of messages begin with. */
const NUMBERED = {
  KeyConditionExpression: 'event_id = :id AND #start < :message',
  ExpressionAttributeNames: { '#start': 'start' },
  ExpressionAttributeValues: { ':id': { S: OUTBOX }, ':message': { S: 'message ' } },
}

/**
 * Moves messages of the older layout, where each had a place of its own, to the place for what they are about: of several
 * about the same two the last. Before anything is told, since what is already in that place is later.
 */
export async function moveNumbered(requests: Requests, newToken: () => string): Promise<void> {
  const numbered = Map.groupBy(await requests.query(NUMBERED), (item) => messageKey(pendingOf(item).message).start)
  for (const items of numbered.values()) await moveLast(items, requests, newToken)
}

async function moveLast(items: readonly Item[], requests: Requests, newToken: () => string): Promise<void> {
  const [last, earlier] = [items.at(-1) as Item, items.slice(0, -1)]
  const pending = pendingOf(last)
  for (const item of earlier) await requests.remove(keyOf(item), {})
  if (await requests.get(messageKey(pending.message))) return void (await requests.remove(keyOf(last), {}))
  const taken = { ConditionExpression: 'attribute_exists(event_id)' }
  const free = { ConditionExpression: 'attribute_not_exists(event_id)' }
  const removal = (TableName: string) => ({ Delete: { TableName, Key: keyAttributes(keyOf(last)), ...taken } })
  await requests.transact([posted(pending, free), removal], newToken()).catch(unlessMoved)
}

const keyOf = (item: Item): Key => ({ event_id: OUTBOX, start: item['start']?.S ?? '' })

/** Others do it at the same time, and what they have left is seen the next time. */
function unlessMoved(error: unknown): void {
  if ((error as Error).name === 'TransactionCanceledException') return
  throw isBug(error) ? error : silent(error)
}
