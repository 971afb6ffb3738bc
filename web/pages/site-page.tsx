import { useCallback, useMemo } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { columnsOf, spanOf } from '../calendar/columns.ts'
import { MonthGrid } from '../calendar/month-grid.tsx'
import { monthOf } from '../calendar/months.ts'
import { NightGrid } from '../calendar/night-grid.tsx'
import { Legend } from '../calendar/session.tsx'
import { SiteClocks } from '../calendar/site-clocks.tsx'
import { StatusBox } from '../calendar/status-box.tsx'
import { nightOn } from '../editor/steps.ts'
import { ReadingAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { Link, useNavigation } from '../live/place.tsx'
import { useReservations } from '../live/readings.ts'
import { useSurroundings } from '../live/surroundings.ts'
import { useMedia } from '../live/media.ts'
import type { SitePlace, View } from '../paths.ts'
import { SiteControls } from './site-controls.tsx'
import './site-page.css'

/** One site's calendar: its nights as a week, alone, or by the month. */
export function SitePage({ place }: { place: SitePlace }) {
  const site = useSurroundings().sites.get(place.site)
  return site ? <Calendar key={site.code} site={site} place={place} /> : <NoSuchSite code={place.site} />
}

function Calendar({ site, place }: { site: Site; place: SitePlace }) {
  const now = useNow(60)
  const narrow = useMedia('(max-width: 45rem)')
  const view = place.view ?? (narrow ? 'night' : 'week')
  const tonight = nightAt(site, now).date
  // A zone that crossed the date line never had one of its dates, though an address may name it.
  const first = place.night !== undefined && nightOn(site, place.night) ? place.night : tonight
  return (
    <>
      <div class="site-head">
        <h1>{`${site.code} · ${site.name}`}</h1>
        <StatusBox site={site} />
        <SiteClocks site={site} />
      </div>
      <SiteControls site={site} place={place} view={view} first={first} />
      <Nights key={view} site={site} place={place} view={view} first={first} now={now} />
      <Legend />
    </>
  )
}

interface NightsProps {
  readonly site: Site
  readonly place: SitePlace
  readonly view: View
  readonly first: string
  readonly now: Instant
}

function Nights({ site, place, view, first, now }: NightsProps) {
  const { go } = useNavigation()
  const openNight = useCallback((night: string) => go({ ...place, view: 'night', night }), [go, place])
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
  const { sites } = useSurroundings()
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
