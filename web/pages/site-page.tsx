import { useLayoutEffect } from 'preact/hooks'
import { DAY, type Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { nightOfDate } from '../editor/steps.ts'
import { AgendaPage } from '../agenda/agenda-page.tsx'
import { NARROW } from '../frame/narrow.ts'
import { offeredTimes } from '../frame/offered-times.ts'
import { PhoneBar } from '../frame/phone-bar.tsx'
import { type ShownNights, WEEK } from '../frame/shown-nights.ts'
import { SiteBar } from '../frame/site-bar.tsx'
import { ThumbVerb } from '../frame/thumb-verb.tsx'
import { Nights } from '../grid/nights.tsx'
import { useNow } from '../live/clock.ts'
import { MonthView } from '../month/month-view.tsx'
import { useApp } from '../live/app-context.ts'
import { useMedia } from '../live/media.ts'
import { useNavigation } from '../live/navigation.tsx'
import type { SiteRoute } from '../routes.ts'
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
  useNightOfLink(shown)
  const isPhone = isNarrow && !route.embed
  return (
    <>
      {isPhone ? <PhoneBar {...shown} tonight={tonight} /> : <SiteBar {...shown} />}
      <View key={view} {...shown} now={now} isPhone={isPhone} tonight={tonight} />
    </>
  )
}

/** Goes to the night of the times that the address names for a new reservation, if it names no night and shows another. */
function useNightOfLink({ site, route, view, first }: ShownNights): void {
  const { go } = useNavigation()
  useLayoutEffect(() => {
    if (!route.reserve || route.night !== undefined) return
    const night = nightAt(site, route.reserve.start).date
    const nights = (Date.parse(night) - Date.parse(first)) / (DAY * 1000)
    const isShown = nights >= 0 && nights < (view === 'night' ? 1 : WEEK)
    if (!isShown) go({ ...route, night }, 'replace')
  }, [])
}

function View(props: ShownNights & { now: Instant; isPhone: boolean; tonight: string }) {
  const { view, now, isPhone, tonight, site, route, first } = props
  if (view === 'month') return <MonthView site={site} date={first} now={now} />
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
