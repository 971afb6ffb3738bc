import { useCallback, useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { spanOf } from '../calendar/columns.ts'
import { MonthGrid } from '../calendar/month-grid.tsx'
import { monthOf } from '../calendar/months.ts'
import { nightOfDate } from '../editor/steps.ts'
import { AgendaPage } from '../agenda/agenda-page.tsx'
import { NARROW } from '../frame/narrow.ts'
import { offeredTimes } from '../frame/next-free.ts'
import { PhoneBar } from '../frame/phone-bar.tsx'
import { type ShownNights, WEEK } from '../frame/shown-nights.ts'
import { SiteBar } from '../frame/site-bar.tsx'
import { ThumbVerb } from '../frame/thumb-verb.tsx'
import { Legend } from '../grid/legend.tsx'
import { Nights } from '../grid/nights.tsx'
import { DataAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { useNavigation } from '../live/navigation.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { useMedia } from '../live/media.ts'
import { placeOf, type SiteRoute } from '../routes.ts'
import { NoSuchSite } from './no-such-site.tsx'
import './site-page.css'

/** The calendar of one site, by week, night or month, or as a list. */
export function SitePage({ route }: { route: SiteRoute }) {
  const site = useApp().sites.get(route.site)
  return site ? <Calendar key={site.code} site={site} route={route} /> : <NoSuchSite code={route.site} />
}

function Calendar({ site, route }: { site: Site; route: SiteRoute }) {
  const now = useNow(60)
  const isNarrow = useMedia(NARROW)
  const view = route.view ?? (isNarrow ? 'night' : 'week')
  const tonight = nightAt(site, now).date
  // A time zone that crossed the date line skipped a date, which an address may name.
  const first = route.night !== undefined && nightOfDate(site, route.night) ? route.night : tonight
  const shown = { site, route, view, first }
  const isPhone = isNarrow && !route.embed
  return (
    <>
      {isPhone ? <PhoneBar {...shown} tonight={tonight} /> : <SiteBar {...shown} />}
      <View key={view} {...shown} now={now} isPhone={isPhone} tonight={tonight} />
    </>
  )
}

function View(props: ShownNights & { now: Instant; isPhone: boolean; tonight: string }) {
  const { view, now, isPhone, tonight, site, route, first } = props
  if (view === 'month') return <Month {...props} />
  if (view === 'agenda') return <AgendaPage {...props} />
  if (view === 'week') return <Nights site={site} route={route} count={WEEK} first={first} now={now} />
  return (
    <Nights
      site={site}
      route={route}
      count={1}
      first={first}
      now={now}
      verb={(reservations) => isPhone && verbOf(props, tonight, reservations, now)}
    />
  )
}

/** A phone's button for the first free time of the night. */
const verbOf = (
  { site, first }: ShownNights,
  tonight: string,
  reservations: readonly Reservation[] | undefined,
  now: Instant,
) => (
  <ThumbVerb
    site={site}
    free={reservations && offeredTimes({ site, date: first }, reservations, now)[0]}
    isTonight={first === tonight}
  />
)

function Month({ site, route, first, now }: ShownNights & { now: Instant }) {
  const { go } = useNavigation()
  const openNight = useCallback((night: string) => go({ ...placeOf(route), view: 'night', night }), [go, route])
  const columns = useMemo(() => monthOf({ site, date: first }), [site, first])
  const query = useReservations([site.code], spanOf(columns))
  return (
    <>
      <section class="nights" aria-busy={query.reservations === undefined}>
        <DataAge query={query} />
        <MonthGrid
          site={site}
          columns={columns}
          reservations={query.reservations ?? []}
          now={now}
          openNight={openNight}
        />
      </section>
      <div class="grid-foot">
        <Legend target={undefined} />
      </div>
    </>
  )
}
