import { useMemo, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import { nightAfter, nightInterval } from '../../src/sky/zone.ts'
import { GoToDate } from '../frame/go-to-date.tsx'
import { NightSteps } from '../frame/night-steps.tsx'
import { type ShownNights, WEEK } from '../frame/shown-nights.ts'
import { isOwn } from '../grid/reservation-label.ts'
import { DataAge } from '../live/age.tsx'
import { useApp } from '../live/app-context.ts'
import { useReservations } from '../live/use-reservations.ts'
import { AgendaChips } from './agenda-chips.tsx'
import { Agenda } from './agenda.tsx'

/** The nights of a week as a list. */
export function AgendaPage({ now, isPhone, ...shown }: ShownNights & { now: Instant; isPhone: boolean }) {
  const { site, first, route } = shown
  const { caller } = useApp()
  const [onlyFree, showOnlyFree] = useState(false)
  const nights = useMemo(
    () => Array.from({ length: WEEK }, (_, index) => nightAfter({ site, date: first }, index)),
    [site, first],
  )
  const [start, end] = [nights[0], nights.at(-1)].map((night) => nightInterval(night ?? { site, date: first }))
  const query = useReservations([site.code], { start: start?.start ?? now, end: end?.end ?? now })
  const own = query.reservations?.filter((one) => isOwn(one, caller))
  return (
    <section class="nights" aria-busy={query.reservations === undefined}>
      {isPhone && <AgendaChips ownCount={own?.length} onlyFree={onlyFree} showOnlyFree={showOnlyFree} />}
      <DataAge query={query} />
      {query.reservations && <Agenda nights={nights} reservations={query.reservations} onlyFree={onlyFree} now={now} />}
      {isPhone && (
        <div class="phone-bar">
          <NightSteps {...shown} />
          <span class="gap" />
          <GoToDate route={route} first={first} />
        </div>
      )}
    </section>
  )
}
