import type { WireConfig } from '../../wire/responses.ts'
import type { AppOptions, PublicConfig } from '../options.ts'
import { respondRevalidated } from '../respond.ts'
import { getRoute, type Route } from '../route.ts'

/** `GET` only: what a page needs before anyone has signed in. */
export function configRoutes({ base, config }: AppOptions): Route[] {
  const body = JSON.stringify(configToWire(config))
  return [getRoute(`${base}/config`, (c) => respondRevalidated(body, undefined, c.req.raw, c.get('id')))]
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
})
