import { useCallback, useMemo } from 'preact/hooks'
import type { Reservation } from '../src/domain/reservation.ts'
import { useApp } from './live/app-context.ts'
import { useNavigation } from './live/navigation.tsx'
import { matches, wordsOf } from './search-words.ts'

/** Whether a reservation is one of those that the address asks for: all, unless it has a text or `mine`. */
export function useFilter(): (reservation: Reservation) => boolean {
  const { caller } = useApp()
  const { q = '', mine = false } = useNavigation().route
  const words = useMemo(() => wordsOf(q), [q])
  return useCallback((one) => matches(one, words, mine ? caller.id : undefined), [words, mine, caller.id])
}
