import { createHash } from 'node:crypto'
import { canonical } from '../domain/canonical.ts'
import type { Dossier, Pending } from './store.ts'

/**
 * SHA-256 of all that a dossier says, the same in every store: neither the order of an event's fields matters nor that
 * of the rows under the id, or of the messages. The order of its revisions does.
 */
export const digestOf = (dossier: Dossier): Buffer => createHash('sha256').update(contentOf(dossier)).digest()

/** Whether two dossiers say the same, to the last byte of every text. */
export const alike = (a: Dossier, b: Dossier): boolean => contentOf(a) === contentOf(b)

const contentOf = ({ standing, messages, ...rest }: Dossier) =>
  canonical({ ...rest, standing: standing.map(canonical).toSorted(), messages: messages.map(canonical).toSorted() })

/** Whether all that `part` says is in `whole`, and in its order: what a store may be left with that broke off taking it over. */
export const isPartOf = (part: Dossier, whole: Dossier): boolean =>
  isWithin(part.standing, whole.standing) && isWithin(part.history, whole.history) && isWithin(part.messages, whole.messages)

function isWithin(some: readonly object[], all: readonly object[]): boolean {
  const left = some.map(canonical)
  for (const one of all.map(canonical)) if (one === left[0]) left.shift()
  return left.length === 0
}

/** The messages about one reservation as every store gives them. */
export const inOrder = (messages: readonly Pending[]): Pending[] =>
  messages.toSorted(({ message: { project: a } }, { message: { project: b } }) => compare(a.name, b.name) || compare(a.createdAt, b.createdAt))

const compare = (a: string, b: string) => Number(a > b) - Number(a < b)
