import type { Update } from '@aws-sdk/client-dynamodb'
import type { OutboxMessage } from '../../domain/outbox-message.ts'
import type { PendingMessage } from '../port.ts'
import { attributesOf, type Item, plainOf } from './attributes.ts'
import { isLegacyMessage, keyAttributes, messageKey, OUTBOX } from './items.ts'
import type { TransactionWrite } from './plan.ts'

/** Every message there is, those of the older layout first and in their order. */
export const MESSAGES = {
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: OUTBOX } },
}

const fieldsOf = ({ message: { action, project, reservation }, revision, writtenAt, attempts }: PendingMessage) =>
  attributesOf({ what: action, project_name: project.name, created_at: project.createdAt, reservation, revision, written_at: writtenAt, attempts })

/** A message as a new item. */
export const messageItem = (pending: PendingMessage): Item => ({
  ...keyAttributes(messageKey(pending.message)),
  ...fieldsOf(pending),
  ...attributesOf({ due: pending.due }),
})

/** About the attributes of a message, each under `#` and its name. */
type Condition = Pick<Update, 'ConditionExpression' | 'ExpressionAttributeValues'>

/**
 * Writes a message, in the place of an earlier one. While that is held this one is not due, and the claim stays: whoever
 * has it finds another revision in its place.
 */
export const messagePut = (pending: PendingMessage, { ConditionExpression, ExpressionAttributeValues }: Condition = {}): TransactionWrite => {
  const fields = Object.entries(fieldsOf(pending))
  const named = (names: readonly string[]) => Object.fromEntries(names.map((name) => [`#${name}`, name]))
  return (TableName) => ({
    Update: {
      TableName,
      Key: keyAttributes(messageKey(pending.message)),
      UpdateExpression: `SET ${fields.map(([name]) => `#${name} = :${name}`).join(', ')}, #due = if_not_exists(#held_until, :due)`,
      ExpressionAttributeNames: named([...fields.map(([name]) => name), 'due', 'held_until']),
      ExpressionAttributeValues: { ...Object.fromEntries(fields.map(([name, value]) => [`:${name}`, value])), ':due': { N: String(pending.due) }, ...ExpressionAttributeValues },
      ...(ConditionExpression !== undefined && { ConditionExpression }),
    },
  })
}

export function pendingOf(item: Item): PendingMessage {
  const { start, what, project_name: name, created_at: createdAt, reservation, revision, written_at: writtenAt, attempts, due } = plainOf(item) as Record<string, string> & {
    readonly [field in 'revision' | 'written_at' | 'attempts' | 'due']: number
  }
  const message = { action: what as OutboxMessage['action'], project: { name: name ?? '', createdAt: createdAt ?? '' }, reservation: reservation ?? '' }
  return { message, revision: revision ?? 0, writtenAt: writtenAt ?? writtenAtOf(start ?? ''), attempts, due }
}

/** The number of one of the older layout begins with when it was written. */
const writtenAtOf = (start: string) => (isLegacyMessage(start) ? Math.floor(Number(start) / 1_000_000) : 0)

/** What items say: of several about the same two the last that was written. */
export const pendingIn = (items: readonly Item[]): PendingMessage[] => {
  const inOrder = items.map(pendingOf).toSorted((a, b) => a.writtenAt - b.writtenAt)
  return [...new Map(inOrder.map((pending) => [messageKey(pending.message).start, pending])).values()]
}
