import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { ageWords } from '../live/age-words.ts'
import { useNow } from '../live/clock.ts'
import { useReservations } from '../live/readings.ts'
import { useSurroundings } from '../live/surroundings.ts'
import { statusAt, statusWords } from './status.ts'
import './status-box.css'

/** What a telescope is doing now, whatever nights are shown. */
export function StatusBox({ site }: { site: Site }) {
  const { caller } = useSurroundings()
  const now = useNow(60)
  const reading = useReservations([site.code], nightInterval(nightAt(site, now)))
  const status = reading.reservations && statusAt(reading.reservations, caller.id, now)
  const age = ageWords(reading, now)
  return (
    <p class={`status-box ${status?.what ?? 'unknown'}`} role="status" aria-label="The telescope now">
      {status && <strong>{statusWords(site, status, now)}</strong>} {age && <small>{age}</small>}
    </p>
  )
}
