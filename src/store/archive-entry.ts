import { createHash } from 'node:crypto'
import { canonical } from '../domain/canonical.ts'
import type { ArchiveEntry, PendingMessage } from './port.ts'

/**
 * SHA-256 of all that an archive entry says, the same in every store: neither the order of an event's fields matters nor that
 * of the rows under the id, or of the messages. The order of its revisions does.
 */
export const digestOf = (entry: ArchiveEntry): Buffer => createHash('sha256').update(contentOf(entry)).digest()

/** Whether two archive entries say the same, to the last byte of every text. */
export const areEqual = (a: ArchiveEntry, b: ArchiveEntry): boolean => contentOf(a) === contentOf(b)

const contentOf = ({ reservations, messages, ...rest }: ArchiveEntry) =>
  canonical({ ...rest, standing: reservations.map(canonical).toSorted(), messages: messages.map(canonical).toSorted() })

/** Whether all that `part` says is in `whole`, and in its order: what a store may be left with that broke off taking it over. */
export const isPrefixOf = (part: ArchiveEntry, whole: ArchiveEntry): boolean =>
  isSubsequence(part.reservations, whole.reservations) && isSubsequence(part.history, whole.history) && isSubsequence(part.messages, whole.messages)

function isSubsequence(batch: readonly object[], all: readonly object[]): boolean {
  const left = batch.map(canonical)
  for (const one of all.map(canonical)) if (one === left[0]) left.shift()
  return left.length === 0
}

/** The messages about one reservation as every store gives them. */
export const inOrder = (messages: readonly PendingMessage[]): PendingMessage[] =>
  messages.toSorted(({ message: { project: a } }, { message: { project: b } }) => compare(a.name, b.name) || compare(a.createdAt, b.createdAt))

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
