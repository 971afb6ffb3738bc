import type { Update } from '@aws-sdk/client-dynamodb'
import type { Message } from '../../domain/message.ts'
import type { Pending } from '../store.ts'
import { attributesOf, type Item, plainOf } from './attributes.ts'
import { isNumbered, keyAttributes, messageKey, OUTBOX } from './keys.ts'
import type { Write } from './plan.ts'

/** Every message there is, those of the older layout first and in their order. */
export const MESSAGES = {
  KeyConditionExpression: 'event_id = :id',
  ExpressionAttributeValues: { ':id': { S: OUTBOX } },
}

const fieldsOf = ({ message: { what, project, reservation }, revision, writtenAt, attempts }: Pending) =>
  attributesOf({ what, project_name: project.name, created_at: project.createdAt, reservation, revision, written_at: writtenAt, attempts })

/** A message as a new item. */
export const messageItem = (pending: Pending): Item => ({
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
export const posted = (pending: Pending, { ConditionExpression, ExpressionAttributeValues }: Condition = {}): Write => {
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

export function pendingOf(item: Item): Pending {
  const { start, what, project_name: name, created_at: createdAt, reservation, revision, written_at: writtenAt, attempts, due } = plainOf(item) as Record<string, string> & {
    readonly [field in 'revision' | 'written_at' | 'attempts' | 'due']: number
  }
  const message = { what: what as Message['what'], project: { name: name ?? '', createdAt: createdAt ?? '' }, reservation: reservation ?? '' }
  return { message, revision: revision ?? 0, writtenAt: writtenAt ?? writtenAtOf(start ?? ''), attempts, due }
}

/** The number of one of the older layout begins with when it was written. */
const writtenAtOf = (start: string) => (isNumbered(start) ? Math.floor(Number(start) / 1_000_000) : 0)

/** What items say: of several about the same two the last that was written. */
export const pendingIn = (items: readonly Item[]): Pending[] => {
  const inOrder = items.map(pendingOf).toSorted((a, b) => a.writtenAt - b.writtenAt)
  return [...new Map(inOrder.map((pending) => [messageKey(pending.message).start, pending])).values()]
}
