import { useCallback, useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { columnsOf, spanOf } from '../calendar/columns.ts'
import { MonthGrid } from '../calendar/month-grid.tsx'
import { monthOf } from '../calendar/months.ts'
import { NightGrid } from '../calendar/night-grid.tsx'
import { Legend } from '../calendar/reservation-block.tsx'
import { SiteClocks } from '../calendar/site-clocks.tsx'
import { StatusBox } from '../calendar/status-box.tsx'
import { nightOn } from '../editor/steps.ts'
import { ReadingAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { useMedia } from '../live/media.ts'
import type { SiteRoute, View } from '../routes.ts'
import { SiteControls } from './site-controls.tsx'
import './site-page.css'

/** One site's calendar: its nights as a week, alone, or by the month. */
export function SitePage({ place: route }: { place: SiteRoute }) {
  const site = useApp().sites.get(route.site)
  return site ? <Calendar key={site.code} site={site} place={route} /> : <NoSuchSite code={route.site} />
}

function Calendar({ site, place: route }: { site: Site; place: SiteRoute }) {
  const now = useNow(60)
  const narrow = useMedia('(max-width: 45rem)')
  const view = route.view ?? (narrow ? 'night' : 'week')
  const tonight = nightAt(site, now).date
  // A zone that crossed the date line never had one of its dates, though an address may name it.
  const first = route.night !== undefined && nightOn(site, route.night) ? route.night : tonight
  return (
    <>
      <div class="site-head">
        <h1>{`${site.code} · ${site.name}`}</h1>
        <StatusBox site={site} />
        <SiteClocks site={site} />
      </div>
      <SiteControls site={site} place={route} view={view} first={first} />
      <Nights key={view} site={site} place={route} view={view} first={first} now={now} />
      <Legend />
    </>
  )
}

interface NightsProps {
  readonly site: Site
  readonly place: SiteRoute
  readonly view: View
  readonly first: string
  readonly now: Instant
}

function Nights({ site, place: route, view, first, now }: NightsProps) {
  const { go } = useNavigation()
  const openNight = useCallback((night: string) => go({ ...route, view: 'night', night }), [go, route])
  const columns = useMemo(() => {
    if (view === 'month') return monthOf({ site, date: first })
    return columnsOf({ site, date: first }, view === 'week' ? 7 : 1)
  }, [site, view, first])
  const reading = useReservations([site.code], spanOf(columns))
  const reservations = reading.reservations ?? []
  const Grid = view === 'month' ? MonthGrid : NightGrid
  return (
    <section class="nights" aria-busy={reading.reservations === undefined}>
      <ReadingAge reading={reading} />
      <Grid site={site} columns={columns} reservations={reservations} now={now} openNight={openNight} />
    </section>
  )
}

function NoSuchSite({ code }: { code: string }) {
  const { sites } = useApp()
  return (
    <>
      <h1>{`There is no telescope ${code}`}</h1>
      <ul>
        {[...sites.values()].map((site) => (
          <li key={site.code}>
            <Link to={{ page: 'site', site: site.code }}>{`${site.code} · ${site.name}`}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}
