import type { Reservation } from '../../src/domain/reservation.ts'
import { useFilter } from '../filter.ts'
import { useNavigation } from '../live/navigation.tsx'
import type { Route } from '../routes.ts'
import { isFiltered, wordsOf } from '../search-words.ts'
import { Matches, NothingFound } from './nothing-found.tsx'

/** Whether the address asks for some reservations only, and none of these is one. False while they are not known. */
export function useFindsNone(reservations: readonly Reservation[] | undefined): boolean {
  const { route } = useNavigation()
  const isMatch = useFilter()
  return reservations !== undefined && isFiltered(route) && !reservations.some(isMatch)
}

/** Says that none of the reservations that a view shows is looked for. */
export function NoReservation({ reservations }: { reservations: readonly Reservation[] | undefined }) {
  const { route } = useNavigation()
  const findsNone = useFindsNone(reservations)
  const verb = route.mine ? 'Show all reservations' : 'Clear the search'
  return (
    <NothingFound verb={verb} all={{ ...route, q: undefined, mine: false }}>
      {findsNone && <Sentence route={route} />}
    </NothingFound>
  )
}

function Sentence({ route: { q = '', mine } }: { route: Route }) {
  if (wordsOf(q).length === 0) return <>No reservation here is yours.</>
  return (
    <>
      No reservation {mine && 'of yours '}here
      <Matches text={q} />.
    </>
  )
}
