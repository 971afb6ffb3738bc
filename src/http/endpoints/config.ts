import type { WireConfig } from '../../wire/responses.ts'
import { getRoute, type Route } from '../exchange.ts'
import type { AppOptions, PublicConfig } from '../options.ts'
import { respondRevalidated } from '../respond.ts'

/** `GET` only: what a page needs before anyone has signed in. */
export function configRoutes({ base, config }: AppOptions): Route[] {
  const body = JSON.stringify(configToWire(config))
  return [getRoute(`${base}/config`, (request) => respondRevalidated(body, undefined, request))]
}

const configToWire = ({
  stage,
  version,
  issuer,
  audience,
  clientId,
  demo,
  conflicts,
  maxWindowDays,
  stream,
  projects,
  maxSeries,
}: PublicConfig): WireConfig => ({
  stage,
  version,
  issuer,
  audience,
  client_id: clientId,
  demo,
  conflicts,
  max_window_days: maxWindowDays,
  stream,
  projects,
  max_series: maxSeries,
})
