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
import { NoReservation, useFindsNone } from '../nothing-found/no-reservation.tsx'
import { AgendaChips } from './agenda-chips.tsx'
import { Agenda, type AgendaProps } from './agenda.tsx'

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
      <SoughtAgenda nights={nights} reservations={query.reservations} onlyFree={onlyFree} now={now} />
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

interface SoughtAgendaProps extends Omit<AgendaProps, 'reservations'> {
  /** Undefined while they are not known. */
  readonly reservations: AgendaProps['reservations'] | undefined
}

/** The agenda, or a message if the filter lets nothing through. All free times are shown. */
function SoughtAgenda({ reservations, ...shown }: SoughtAgendaProps) {
  const sought = shown.onlyFree ? undefined : reservations
  const findsNone = useFindsNone(sought)
  return (
    <>
      <NoReservation reservations={sought} />
      {reservations && !findsNone && <Agenda {...shown} reservations={reservations} />}
    </>
  )
}
