import { useEffect } from 'preact/hooks'
import { type AppContext, useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import type { Route } from '../routes.ts'
import { VIEW_NAMES } from './view-names.ts'

const CALENDAR = 'Photon Ranch Calendar'

/** Names the document after what it shows: `saf · Week of 2026-11-25 · Photon Ranch Calendar`. */
export function usePageTitle(): void {
  const { sites } = useApp()
  const { route } = useNavigation()
  const title = titleOf(route, sites)
  useEffect(() => {
    document.title = title
  }, [title])
}

function titleOf(route: Route, sites: AppContext['sites']): string {
  if (route.page === 'network') return `All telescopes · ${CALENDAR}`
  const name = sites.get(route.site)?.name
  if (name === undefined) return `No telescope ${route.site} · ${CALENDAR}`
  const view = route.view === undefined ? 'Nights' : VIEW_NAMES[route.view]
  return [`${route.site} ${name}`, route.night === undefined ? view : `${view} ${route.night}`, CALENDAR].join(' · ')
}
