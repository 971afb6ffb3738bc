import type { Instant } from '../src/domain/interval.ts'
import type { SiteCode } from '../src/domain/site.ts'
import { isDate } from '../src/sky/zone.ts'
import { parseTime, writeTime } from '../src/wire/time.ts'

export const VIEWS = ['week', 'night', 'month'] as const
export type View = (typeof VIEWS)[number]

/** What an address shows. All that one sees follows from it, so that a link shows the same to everybody. */
export type Route = NetworkRoute | SiteRoute

/** All telescopes, side by side. */
export interface NetworkRoute {
  readonly page: 'network'
  /** Where the time axis begins; now where it is absent. */
  readonly from?: Instant | undefined
  readonly embed?: boolean
}

/** One site's calendar. */
export interface SiteRoute {
  readonly page: 'site'
  readonly site: SiteCode
  /** As the window is wide enough for, where it is absent. */
  readonly view?: View | undefined
  /** The first night that is shown, or one of the month; tonight where it is absent. */
  readonly night?: string | undefined
  /** Within another page: without what leads elsewhere. */
  readonly embed?: boolean
}

/** All pages are one level below it, so it is found from any of them. */
export const rootOf = (address: string): URL => new URL('./', address)

export function routeOf(address: string): Route {
  const { pathname, searchParams } = new URL(address)
  const site = decoded(pathname.slice(pathname.lastIndexOf('/') + 1))
  const embed = searchParams.has('embed')
  if (site === '') return { page: 'network', from: parseTime(searchParams.get('from') ?? ''), embed }
  const view = VIEWS.find((one) => one === searchParams.get('view'))
  const night = searchParams.get('night') ?? ''
  return { page: 'site', site, view, night: isDate(night) ? night : undefined, embed }
}

/** What is no encoding stands as it is: then there is no such site, which the page says. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Relative to the root, as every link of the page is. */
export function linkTo(route: Route): string {
  const query = new URLSearchParams()
  if (route.page === 'network' && route.from !== undefined) query.set('from', writeTime(route.from))
  if (route.page === 'site' && route.view) query.set('view', route.view)
  if (route.page === 'site' && route.night) query.set('night', route.night)
  if (route.embed) query.set('embed', '')
  const path = route.page === 'site' ? `./${encodeURIComponent(route.site)}` : './'
  return query.size > 0 ? `${path}?${query.toString().replace('embed=', 'embed')}` : path
}
