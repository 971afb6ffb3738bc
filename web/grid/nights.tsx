import type { ComponentChildren } from 'preact'
import { useCallback, useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useFilter } from '../filter.ts'
import { DataAge } from '../live/age.tsx'
import { useNavigation } from '../live/navigation.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { NoReservation } from '../nothing-found/no-reservation.tsx'
import type { SiteRoute } from '../routes.ts'
import { useTarget } from '../target/use-target.ts'
import { DaySwitch } from './day-switch.tsx'
import { columnsOf, gridOf, spanOf } from './geometry.ts'
import { Legend } from './legend.tsx'
import { NightGrid } from './night-grid.tsx'

interface NightsProps {
  readonly site: Site
  readonly route: SiteRoute
  /** The number of nights. */
  readonly count: number
  /** The date of the first one. */
  readonly first: string
  readonly now: Instant
  /** What stands below the nights: a phone's button to reserve. */
  readonly verb?: (reservations: readonly Reservation[] | undefined) => ComponentChildren
}

/** The nights of a week, or one night. */
export function Nights({ site, route, count, first, now, verb }: NightsProps) {
  const { go } = useNavigation()
  const openNight = useCallback((night: string) => go({ ...route, view: 'night', night }), [go, route])
  const day = route.day ?? false
  const grid = useMemo(() => gridOf(columnsOf({ site, date: first }, count), day), [site, first, count, day])
  const target = useTarget()
  const isMatch = useFilter()
  const query = useReservations([site.code], spanOf(grid.columns))
  return (
    <>
      <section class="nights" aria-busy={query.reservations === undefined}>
        <DataAge query={query} />
        <NoReservation reservations={query.reservations} />
        <NightGrid
          site={site}
          grid={grid}
          reservations={query.reservations}
          now={now}
          target={target}
          isMatch={isMatch}
          isEmbedded={route.embed ?? false}
          openNight={openNight}
        />
      </section>
      <div class="grid-foot">
        <Legend target={target?.name} />
        <DaySwitch
          grid={grid}
          reservations={query.reservations ?? []}
          day={day}
          onSwitch={(shown) => go({ ...route, day: shown }, 'replace')}
        />
      </div>
      {verb?.(query.reservations)}
    </>
  )
}
