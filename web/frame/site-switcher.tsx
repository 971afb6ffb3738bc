import { useState } from 'preact/hooks'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { Icon } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { useNow } from '../live/clock.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { useReservations } from '../live/use-reservations.ts'
import { reservationsAt } from '../lanes/telescopes.ts'
import { PanelButton } from './panel-button.tsx'
import { placeOf, type Route } from '../routes.ts'
import { formatTelescopeState, telescopeStateAt } from './telescope-state.ts'
import './site-switcher.css'

/** The telescope that is shown, and a list of all others with what each is doing now. */
export function SiteSwitcher({ site }: { site: Site }) {
  const { route } = useNavigation()
  return (
    <PanelButton
      class="switcher"
      title="Telescopes"
      panelClass="site-list"
      face={
        <>
          <b>{site.code}</b> <bdi class="site-name">{site.name}</bdi> <Icon name="down" />
        </>
      }
    >
      {(close) => <SiteList route={route} here={site.code} close={close} />}
    </PanelButton>
  )
}

function SiteList({ route, here, close }: { route: Route; here: string; close: () => void }) {
  const { sites, caller } = useApp()
  const now = useNow(60)
  const all = [...sites.values()]
  // The nights of all sites that contain the present, read while the list is open.
  const [span] = useState(() => {
    const nights = all.map((site) => nightInterval(nightAt(site, now)))
    return { start: Math.min(...nights.map(({ start }) => start)), end: Math.max(...nights.map(({ end }) => end)) }
  })
  const { reservations } = useReservations(
    all.map(({ code }) => code),
    span,
  )
  const shared = route.page === 'site' ? placeOf(route) : { page: 'site' as const, target: route.target }
  return (
    <ul>
      {all.map((site) => {
        const state = reservations && telescopeStateAt(site, reservationsAt(site, reservations), caller.id, now)
        return (
          <li key={site.code} onClick={close}>
            <Link class="item" to={{ ...shared, site: site.code }} current={site.code === here}>
              <b>{site.code}</b> <bdi>{site.name}</bdi>
              <span class={`site-state ${state?.state ?? 'unknown'}`}>
                {state && <span class="dot" aria-hidden="true" />}
                {state && formatTelescopeState(site, state, now)}
              </span>
            </Link>
          </li>
        )
      })}
    </ul>
  )
}
