import type { Instant, Interval } from '../src/domain/interval.ts'
import type { SiteCode } from '../src/domain/site.ts'
import { isDate } from '../src/sky/zone.ts'
import { parseTime, writeTime } from '../src/wire/time.ts'

/** How the nights of a site are shown. */
export const VIEWS = ['week', 'night', 'month', 'agenda'] as const
export type View = (typeof VIEWS)[number]

/** Which telescopes are shown: all unless one of these is chosen. */
export const NETWORK_FILTERS = ['free', 'dark', 'north', 'south'] as const
export type NetworkFilter = (typeof NETWORK_FILTERS)[number]

/** What an address shows. The page keeps no other state, so a link shows the same in every browser. */
export type Route = NetworkRoute | SiteRoute

interface CommonRoute {
  /** What is observed: a name, or `RA,DEC`. */
  readonly target?: string | undefined
  /** The text that shown reservations contain. */
  readonly q?: string | undefined
  /** Whether the caller's own reservations are shown alone, and the telescopes with some that have not ended. */
  readonly mine?: boolean
  /** The times for which the editor of a new reservation is open. */
  readonly reserve?: Interval | undefined
  /** The id of the reservation whose card is open. */
  readonly event?: string | undefined
  /** Shown within another page: without header and reservation dialogs. */
  readonly embed?: boolean
}

/** All telescopes, side by side. */
export interface NetworkRoute extends CommonRoute {
  readonly page: 'network'
  /** The start of the time axis; absent for the present. */
  readonly at?: Instant | undefined
  readonly filter?: NetworkFilter | undefined
}

/** One site's calendar. */
export interface SiteRoute extends CommonRoute {
  readonly page: 'site'
  readonly site: SiteCode
  /** Absent for the widest view that fits the window. */
  readonly view?: View | undefined
  /** The date of the first night, or of any night of the month; absent for tonight. */
  readonly night?: string | undefined
  /** Whether week and night show the day as well, from noon to noon. */
  readonly day?: boolean | undefined
}

/** The address of the root, which is one level above every page. */
export const rootOf = (address: string): URL => new URL('./', address)

/** The route of an address. Unknown parameters are ignored. */
export function routeOf(address: string): Route {
  const { pathname, searchParams } = new URL(address)
  const site = decode(pathname.slice(pathname.lastIndexOf('/') + 1))
  const common = commonOf(searchParams)
  if (site === '') {
    const wanted = searchParams.get('filter')
    const filter = NETWORK_FILTERS.find((one) => one === wanted)
    // Older addresses say "from", and "filter=mine".
    const at = timeOf(searchParams.get('at') ?? searchParams.get('from'))
    return { page: 'network', at, filter, ...common, mine: wanted === 'mine' || searchParams.has('mine') }
  }
  const view = VIEWS.find((one) => one === searchParams.get('view'))
  const night = searchParams.get('night') ?? ''
  const day = searchParams.has('day') || undefined
  return { page: 'site', site, view, night: isShowable(night) ? night : undefined, day, ...common }
}

/** Whether there is such a date, within the years for which sky and clocks can be computed. */
const isShowable = (date: string): boolean => isDate(date) && '1900' < date && date < '2200'

function commonOf(query: URLSearchParams): CommonRoute {
  return {
    target: query.get('target') || undefined,
    q: query.get('q') || undefined,
    mine: query.has('mine'),
    reserve: intervalOf(query.get('reserve')),
    event: query.get('event') || undefined,
    embed: query.has('embed'),
  }
}

const timeOf = (text: string | null): Instant | undefined => parseTime(text ?? '')

/** `START/END`, as on the wire; undefined unless it ends after it starts. */
function intervalOf(text: string | null): Interval | undefined {
  const [start, end] = (text ?? '').split('/').map(timeOf)
  return start !== undefined && end !== undefined && start < end ? { start, end } : undefined
}

/** Returns malformed text unchanged; the page then reports that there is no such site. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The same place with no editor and no card open. */
export const placeOf = <R extends Route>(route: R): R => ({ ...route, reserve: undefined, event: undefined })

/** The link to a route, relative to the root. */
export function linkTo(route: Route): string {
  const query = new URLSearchParams()
  const values = { ...ownValuesOf(route), ...commonValuesOf(route) }
  for (const [name, value] of Object.entries(values)) if (value) query.set(name, value)
  const flags = [
    ...(route.page === 'site' && route.day ? ['day'] : []),
    ...(['mine', 'embed'] as const).filter((name) => route[name]),
  ]
  const text = [query.toString(), ...flags].filter((part) => part !== '').join('&')
  const path = route.page === 'site' ? `./${encodeURIComponent(route.site)}` : './'
  return text === '' ? path : `${path}?${text}`
}

const ownValuesOf = (route: Route) =>
  route.page === 'site'
    ? { view: route.view, night: route.night }
    : { at: route.at === undefined ? undefined : writeTime(route.at), filter: route.filter }

const commonValuesOf = ({ target, q, reserve, event }: Route) => ({
  target,
  q,
  reserve: reserve && `${writeTime(reserve.start)}/${writeTime(reserve.end)}`,
  event,
})
