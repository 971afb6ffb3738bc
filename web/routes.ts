import type { Instant } from '../src/domain/interval.ts'
import type { SiteCode } from '../src/domain/site.ts'
import { isDate } from '../src/sky/zone.ts'
import { parseTime, writeTime } from '../src/wire/time.ts'

/** How the nights of a site are shown. */
export const VIEWS = ['week', 'night', 'month'] as const
export type View = (typeof VIEWS)[number]

/** What an address shows. The page keeps no other state, so a link shows the same in every browser. */
export type Route = NetworkRoute | SiteRoute

/** All telescopes, side by side. */
export interface NetworkRoute {
  readonly page: 'network'
  /** The start of the time axis; absent for the present. */
  readonly from?: Instant | undefined
  readonly embed?: boolean
}

/** One site's calendar. */
export interface SiteRoute {
  readonly page: 'site'
  readonly site: SiteCode
  /** Absent for the widest view that fits the window. */
  readonly view?: View | undefined
  /** The date of the first night, or of any night of the month; absent for tonight. */
  readonly night?: string | undefined
  /** Shown within another page: without the top bar and the reservation dialogs. */
  readonly embed?: boolean
}

/** The address of the root, which is one level above every page. */
export const rootOf = (address: string): URL => new URL('./', address)

/** The route of an address. Unknown parameters are ignored. */
export function routeOf(address: string): Route {
  const { pathname, searchParams } = new URL(address)
  const site = decode(pathname.slice(pathname.lastIndexOf('/') + 1))
  const embed = searchParams.has('embed')
  if (site === '') return { page: 'network', from: parseTime(searchParams.get('from') ?? ''), embed }
  const view = VIEWS.find((one) => one === searchParams.get('view'))
  const night = searchParams.get('night') ?? ''
  return { page: 'site', site, view, night: isDate(night) ? night : undefined, embed }
}

/** Returns malformed text unchanged; the page then reports that there is no such site. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The link to a route, relative to the root. */
export function linkTo(route: Route): string {
  const query = new URLSearchParams()
  if (route.page === 'network' && route.from !== undefined) query.set('from', writeTime(route.from))
  if (route.page === 'site' && route.view) query.set('view', route.view)
  if (route.page === 'site' && route.night) query.set('night', route.night)
  if (route.embed) query.set('embed', '')
  const path = route.page === 'site' ? `./${encodeURIComponent(route.site)}` : './'
  return query.size > 0 ? `${path}?${query.toString().replace('embed=', 'embed')}` : path
}
