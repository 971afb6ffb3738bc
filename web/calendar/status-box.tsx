import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatAge } from '../live/format-age.ts'
import { useNow } from '../live/clock.ts'
import { useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { statusAt, formatStatus } from './site-status.ts'
import './status-box.css'

/** What a telescope is doing now. */
export function StatusBox({ site }: { site: Site }) {
  const { caller } = useApp()
  const now = useNow(60)
  const query = useReservations([site.code], nightInterval(nightAt(site, now)))
  const status = query.reservations && statusAt(query.reservations, caller.id, now)
  const age = formatAge(query, now)
  return (
    <p class={`status-box ${status?.state ?? 'unknown'}`} role="status" aria-label="The telescope now">
      {status && <strong>{formatStatus(site, status, now)}</strong>} {age && <small>{age}</small>}
    </p>
  )
}
