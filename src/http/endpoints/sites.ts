import { siteToWire } from '../../wire/site.ts'
import { getRoute, type Route } from '../exchange.ts'
import type { AppOptions } from '../options.ts'
import { respondRevalidated } from '../respond.ts'

/** `GET` only: the sites whose position on Earth is known. */
export function sitesRoutes({ base, config }: AppOptions): Route[] {
  const body = JSON.stringify([...config.sites.values()].map(siteToWire))
  return [getRoute(`${base}/sites`, (request) => respondRevalidated(body, undefined, request))]
}
