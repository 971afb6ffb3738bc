import { createHash } from 'node:crypto'
import { canonical } from '../domain/canonical.ts'
import { Failure } from '../domain/failure.ts'
import { isForReceiver } from '../domain/outbox-message.ts'
import type { ReservationId } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
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

/**
 * The entries that a store does not hold yet, each once.
 * @param isPart whether the store may hold no more than this of an entry, and it is imported again
 * @throws Failure `conflict` if the store, or another of the entries, holds something else under an id
 */
export function newEntriesAmong(
  entries: readonly ArchiveEntry[],
  storedUnder: (id: ReservationId) => ArchiveEntry | undefined,
  isPart: (stored: ArchiveEntry, entry: ArchiveEntry) => boolean,
): ArchiveEntry[] {
  const newEntries = new Map<ReservationId, ArchiveEntry>()
  for (const entry of entries) {
    const { id } = entry
    const stored = newEntries.get(id) ?? storedUnder(id)
    if (stored && areEqual(stored, entry)) continue
    const differs = newEntries.has(id) || (stored && !isPart(stored, entry))
    if (differs) throw new Failure('conflict', `The store holds something else under the id ${quoted(id)}.`)
    newEntries.set(id, entry)
  }
  return [...newEntries.values()]
}

/** Sorts the messages of one id by project, then by receiver and revision, as every store returns them. */
export const inOrder = (messages: readonly PendingMessage[]): PendingMessage[] =>
  messages.toSorted((a, b) => {
    const [first, second] = [sortKeysOf(a), sortKeysOf(b)]
    return first.reduce((order, key, index) => order || compare(key, second[index] ?? ''), 0) || a.revision - b.revision
  })

const sortKeysOf = ({ message }: PendingMessage) =>
  isForReceiver(message) ? [message.receiver, '', ''] : ['', message.project.name, message.project.createdAt]

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
