import type { Hono } from 'hono'
import type { Site } from '../../domain/site.ts'
import { type Env, getRoute } from '../route.ts'
import { respondRevalidated } from '../respond.ts'

/** What a page must know before anybody has signed in. */
export interface PublicConfig {
  readonly stage: string
  readonly version: string
  /** What a page needs to sign people in; `issuer` is null where tokens are checked with a key alone. */
  readonly issuer: string | null
  readonly audience: string
  readonly clientId: string
  readonly demo: boolean
  readonly conflicts: string
  readonly maxWindowDays: number
  /** Whether there is a stream of changes. */
  readonly stream: boolean
  /** Whether there is a projects service to be asked. */
  readonly projects: boolean
  readonly sites: ReadonlyMap<string, Site>
  /** The origins whose pages may show the calendar's within theirs. */
  readonly frameAncestors: readonly string[]
}

export function mountConfig(app: Hono<Env>, base: string, about: PublicConfig): void {
  const configJson = JSON.stringify(configOf(about))
  const sitesJson = JSON.stringify([...about.sites.values()].map(siteOf))
  for (const [name, body] of [['config', configJson], ['sites', sitesJson]] as const) {
    getRoute(app, name, `${base}/${name}`, (c) => respondRevalidated(body, undefined, c.req.raw, c.get('id')))
  }
}

const configOf = ({ stage, version, issuer, audience, clientId, demo, conflicts, maxWindowDays, stream, projects }: PublicConfig) => ({
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

const siteOf = ({ timeZone, ...rest }: Site) => ({ ...rest, time_zone: timeZone })
