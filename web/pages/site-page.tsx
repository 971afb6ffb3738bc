import { useCallback, useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { spanOf } from '../calendar/columns.ts'
import { MonthGrid } from '../calendar/month-grid.tsx'
import { monthOf } from '../calendar/months.ts'
import { SiteClocks } from '../calendar/site-clocks.tsx'
import { StatusBox } from '../calendar/status-box.tsx'
import { nightOfDate } from '../editor/steps.ts'
import { Legend } from '../grid/legend.tsx'
import { Nights } from '../grid/nights.tsx'
import { DataAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { useMedia } from '../live/media.ts'
import type { SiteRoute } from '../routes.ts'
import { SiteControls } from './site-controls.tsx'
import './site-page.css'

/** The calendar of one site, by week, night or month. */
export function SitePage({ route }: { route: SiteRoute }) {
  const site = useApp().sites.get(route.site)
  return site ? <Calendar key={site.code} site={site} route={route} /> : <NoSuchSite code={route.site} />
}

function Calendar({ site, route }: { site: Site; route: SiteRoute }) {
  const now = useNow(60)
  const narrow = useMedia('(max-width: 45rem)')
  const widest = narrow ? 'night' : 'week'
  const view = route.view === undefined || route.view === 'agenda' ? widest : route.view
  const tonight = nightAt(site, now).date
  // A time zone that crossed the date line skipped a date, which an address may name.
  const first = route.night !== undefined && nightOfDate(site, route.night) ? route.night : tonight
  return (
    <>
      <div class="site-head">
        <h1>{`${site.code} · ${site.name}`}</h1>
        <StatusBox site={site} />
        <SiteClocks site={site} />
      </div>
      <SiteControls site={site} route={route} view={view} first={first} />
      {view === 'month' ? (
        <Month site={site} route={route} first={first} now={now} />
      ) : (
        <Nights key={view} site={site} route={route} count={view === 'week' ? 7 : 1} first={first} now={now} />
      )}
    </>
  )
}

interface MonthProps {
  readonly site: Site
  readonly route: SiteRoute
  readonly first: string
  readonly now: Instant
}

function Month({ site, route, first, now }: MonthProps) {
  const { go } = useNavigation()
  const openNight = useCallback((night: string) => go({ ...route, view: 'night', night }), [go, route])
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
      <Legend target={undefined} />
    </>
  )
}

function NoSuchSite({ code }: { code: string }) {
  const { sites } = useApp()
  const inside = [...sites.values()].filter(({ wema }) => wema === code)
  return (
    <>
      <h1>{inside.length > 0 ? `${code} is the enclosure of these telescopes` : `There is no telescope ${code}`}</h1>
      <ul>
        {(inside.length > 0 ? inside : [...sites.values()]).map((site) => (
          <li key={site.code}>
            <Link to={{ page: 'site', site: site.code }}>{`${site.code} · ${site.name}`}</Link>
          </li>
        ))}
      </ul>
    </>
  )
}
