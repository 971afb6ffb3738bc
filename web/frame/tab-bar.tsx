import { Link, useNavigation } from '../live/navigation.tsx'
import { useApp } from '../live/app-context.ts'
import type { Route, SiteRoute } from '../routes.ts'
import './tab-bar.css'

/** A phone's tabs, within the thumb's reach. The nights are those of the telescope that was shown last. */
export function TabBar() {
  const { route } = useNavigation()
  const { sites } = useApp()
  const site = useLastSite(route) ?? [...sites.keys()][0]
  const shown = route.page === 'site' ? (route.view ?? 'night') : undefined
  const { target, q, mine } = route
  const night = route.page === 'site' ? route.night : undefined
  const toView = (view: SiteRoute['view']): Route => ({
    page: 'site',
    site: site ?? '',
    view,
    night,
    target,
    q,
    mine: mine ?? false,
  })
  return (
    <nav class="tab-bar" aria-label="Pages">
      <Link to={{ page: 'network', target }} current={route.page === 'network'}>
        Telescopes
      </Link>
      {site !== undefined && (
        <>
          <Link to={toView('night')} current={shown === 'night'}>
            Night
          </Link>
          <Link to={toView('agenda')} current={shown === 'agenda'}>
            Agenda
          </Link>
        </>
      )}
    </nav>
  )
}

let lastSite: string | undefined

function useLastSite(route: Route): string | undefined {
  const { sites } = useApp()
  if (route.page === 'site' && sites.has(route.site)) lastSite = route.site
  return lastSite
}
