import type { ObserverId } from '../src/domain/observer.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import { formatKind, formatPriority } from './format/kind.ts'
import type { Route } from './routes.ts'

/** Whether the address asks for some reservations only. */
export const isFiltered = ({ q, mine }: Pick<Route, 'q' | 'mine'>): boolean =>
  mine === true || wordsOf(q ?? '').length > 0

/** Whether a reservation contains all the words, and is that observer's if one is given. */
export function matches(reservation: Reservation, words: readonly string[], observer?: ObserverId): boolean {
  if (observer !== undefined && reservation.observer !== observer) return false
  if (words.length === 0) return true
  const { title, creator, kind, priority, project } = reservation
  const text = fold([title, creator, formatKind(kind), formatPriority(priority), project?.name ?? ''].join(' '))
  return words.every((word) => text.includes(word))
}

/** The words of what is typed, without differences of case and accents. */
export const wordsOf = (text: string): string[] =>
  fold(text)
    .split(/\s+/u)
    .filter((word) => word !== '')

const fold = (text: string): string => text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
