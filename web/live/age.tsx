import { formatAge } from './format-age.ts'
import { now, useNow } from './clock.ts'
import type { ReservationsQuery } from './use-reservations.ts'
import './age.css'

/** How old the data of a query is; empty while it is fresh. */
export function DataAge({ query }: { query: Pick<ReservationsQuery, 'readAt' | 'problem'> }) {
  useNow(15)
  return (
    <p role="status" class="data-age">
      {formatAge(query, now())}
    </p>
  )
}
