import { createHash } from 'node:crypto'
import { canonical } from '../domain/canonical.ts'
import type { ArchiveEntry, PendingMessage } from './port.ts'

/** SHA-256 of an archive entry, the same for every store: independent of the order of fields, rows and messages, but not of revisions. */
export const digestOf = (entry: ArchiveEntry): Buffer => createHash('sha256').update(contentOf(entry)).digest()

/** Whether two archive entries are equal, apart from the order of fields, rows and messages. */
export const areEqual = (a: ArchiveEntry, b: ArchiveEntry): boolean => contentOf(a) === contentOf(b)

const contentOf = ({ reservations, messages, ...rest }: ArchiveEntry) =>
  canonical({ ...rest, standing: reservations.map(canonical).toSorted(), messages: messages.map(canonical).toSorted() })

/** Whether `part` is what an interrupted import of `whole` leaves: all it has is in `whole`, in the same order. */
export const isPrefixOf = (part: ArchiveEntry, whole: ArchiveEntry): boolean =>
  isSubsequence(part.reservations, whole.reservations) &&
  isSubsequence(part.history, whole.history) &&
  isSubsequence(part.messages, whole.messages)

function isSubsequence(items: readonly object[], all: readonly object[]): boolean {
  const left = items.map(canonical)
  for (const one of all.map(canonical)) if (one === left[0]) left.shift()
  return left.length === 0
}

/** Sorts the messages of one id by project, as every store returns them. */
export const inOrder = (messages: readonly PendingMessage[]): PendingMessage[] =>
  messages.toSorted(
    ({ message: { project: a } }, { message: { project: b } }) =>
      compare(a.name, b.name) || compare(a.createdAt, b.createdAt),
  )

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
