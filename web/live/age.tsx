import { formatAge } from './format-age.ts'
import { now, useNow } from './clock.ts'
import type { ReservationsQuery } from './use-reservations.ts'
import './age.css'

/** Says how old a reading is, where it is not fresh. */
export function ReadingAge({ reading }: { reading: Pick<ReservationsQuery, 'readAt' | 'problem'> }) {
  useNow(15)
  return <p role="status" class="reading-age">{formatAge(reading, now())}</p>
}
