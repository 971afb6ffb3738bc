import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { useApp } from '../live/app-context.ts'
import { useNow } from '../live/clock.ts'
import { useReservations } from '../live/use-reservations.ts'
import { stateParts, telescopeStateAt } from './telescope-state.ts'
import './state-line.css'

/** What a telescope is doing now, with `brief` in fewer words, and whether that is known. A screen reader hears it when it becomes something else. */
export function StateLine({ site, brief = false }: { site: Site; brief?: boolean }) {
  const { caller } = useApp()
  const now = useNow(60)
  const { reservations, problem } = useReservations([site.code], nightInterval(nightAt(site, now)))
  const state = reservations && telescopeStateAt(site, reservations, caller.id, now)
  const [what, until] = state ? stateParts(site, state, now, brief) : []
  return (
    <p class={`status-box ${state?.state ?? 'unknown'}`} role="status" aria-label="The telescope now">
      {state && (
        <>
          <span class="dot" aria-hidden="true" />{' '}
          <span class="state-text">
            <span class="state-what">{what}</span> <span>{until}</span>
          </span>
        </>
      )}
      {problem !== undefined && state && <small>, as last known</small>}
    </p>
  )
}
