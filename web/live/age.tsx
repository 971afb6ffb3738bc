import { formatAge } from './format-age.ts'
import { now, useNow } from './clock.ts'
import type { ReservationsQuery } from './use-reservations.ts'
import './age.css'

/**
 * How old the data of a query is; empty while it is fresh. A screen reader hears why it is not newer, and not each minute how
 * old it is.
 */
export function DataAge({ query }: { query: Pick<ReservationsQuery, 'readAt' | 'problem'> }) {
  useNow(15)
  return (
    <>
      <p class="data-age">{formatAge(query, now())}</p>
      <p role="status" class="visually-hidden">
        {query.problem}
      </p>
    </>
  )
}
