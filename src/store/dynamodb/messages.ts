import type { Instant } from '../../domain/interval.ts'
import { isForReceiver, type OutboxMessage } from '../../domain/outbox-message.ts'
import { attributesOf } from '../../wire/dynamo-json.ts'
import type { PendingMessage } from '../port.ts'
import { FAILED_WEBHOOKS, type Item, keyAttributes, messageKey, OUTBOX, plainOf, WEBHOOKS } from './items.ts'
import type { Requests, Search } from './requests.ts'

/** A message as an item holds it: the attributes have these names. */
export interface StoredMessage extends PendingMessage {
  /** The sort key. */
  readonly start: string
  /** The token of the worker that has claimed it. */
  readonly claim?: string
  /**
   * It cannot be claimed before. Stays when another message takes its place, since the service may still carry out the
   * earlier one.
   */
  readonly heldUntil?: Instant
}

/** The attributes that a change writes. `claim` and `heldUntil` stay as they are. */
export const messageFields = ({ message, ...pending }: PendingMessage): Item => {
  const { revision, writtenAt, attempts, due, failedAt } = pending
  const failed = failedAt !== undefined && { failedAt }
  return attributesOf({ message: plainMessage(message), revision, writtenAt, attempts, due, ...failed })
}

const plainMessage = (message: OutboxMessage) =>
  isForReceiver(message) ? { ...message } : { ...message, project: { ...message.project } }

export const messageItem = (pending: PendingMessage): Item => ({
  ...keyAttributes(messageKey(pending)),
  ...messageFields(pending),
})

export const storedMessageOf = (item: Item) => plainOf(item) as unknown as StoredMessage

export function pendingOf(item: Item): PendingMessage {
  const stored = storedMessageOf(item)
  const { message, revision, writtenAt, attempts, failedAt } = stored
  const failed = failedAt !== undefined && { failedAt }
  return { message, revision, writtenAt, attempts, due: claimableAt(stored), ...failed }
}

export const claimableAt = ({ due, heldUntil = 0 }: Pick<StoredMessage, 'due' | 'heldUntil'>) =>
  Math.max(due, heldUntil)

/** A part of the outbox: the messages to the projects service, or to a receiver. */
export interface MessageRange {
  readonly partition: string
  /** What all sort keys begin with, before a space; empty for the projects service. */
  readonly place: string
}

export const rangeOf = (receiver: string | undefined): MessageRange =>
  receiver === undefined ? { partition: OUTBOX, place: '' } : { partition: WEBHOOKS, place: receiver }

/** The messages to a receiver that have failed. */
export const failedRangeOf = (receiver: string): MessageRange => ({
  partition: FAILED_WEBHOOKS,
  place: receiver,
})

/** The messages of a partition, after a sort key. */
export const searchIn = ({ partition, place }: MessageRange, after = place): Search => ({
  partition,
  range: [`${after} `, place === '' ? '~' : `${place} ~`],
})

/** All messages: failed ones last, so that one that is retried meanwhile does not come again. */
export async function* allMessages({ pages }: Pick<Requests, 'pages'>): AsyncGenerator<PendingMessage[]> {
  for (const partition of [OUTBOX, WEBHOOKS, FAILED_WEBHOOKS])
    for await (const items of pages({ partition })) yield items.map(pendingOf)
}
