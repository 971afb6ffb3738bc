import { openQuota } from '../http/admission/quota.ts'
import { openObserverQuota } from '../http/admission/observer-quota.ts'
import { type App, createApp } from '../http/app.ts'
import type { AppOptions } from '../http/options.ts'
import { openAuthenticator } from '../http/auth.ts'
import { type Log, requestLogOf } from '../ops/log.ts'
import type { Settings } from '../ops/settings.ts'
import { issuerAt } from '../sources/issuer.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Store } from '../store/port.ts'
import { elapsed } from './clock.ts'
import { portalsOf } from './portals.ts'
import { basePath, now, version, contextOf } from './wiring.ts'

/** What differs between a server and a Lambda function. */
export interface AppDeps extends Pick<
  AppOptions,
  'log' | 'metrics' | 'accepting' | 'mayReadMetrics' | 'measure' | 'compress' | 'changeStream'
> {
  /** The issuer whose tokens are accepted; undefined if they are checked with a public key only. */
  readonly issuer: string | undefined
  readonly demo: boolean
}

/** Creates the HTTP app of the calendar from settings and a store. */
export function appOf(settings: Settings, store: Store, { issuer, demo, ...deps }: AppDeps): App {
  const context = contextOf(settings, store)
  return createApp({
    ...deps,
    logRequest: requestLogOf(deps.log),
    base: basePath(settings),
    context,
    projects: settings.PROJECTS_URL ? projectsAt(settings.PROJECTS_URL) : undefined,
    portals: portalsOf(settings, deps.log, deps.metrics),
    maxWindowDays: settings.MAX_WINDOW_DAYS,
    onPoll: (site) => {
      // Known sites only, so that clients cannot add labels to the metrics.
      if (context.sites.has(site)) deps.metrics.lastPoll.set({ site }, now())
    },
    anonymousQuota: openQuota({ max: settings.ANONYMOUS_CHANGES_PER_HOUR, message: ANONYMOUS_QUOTA_MESSAGE }),
    observerQuota: openObserverQuota(settings.OBSERVER_WRITES_PER_MINUTE, settings.OBSERVER_WRITES_PER_DAY),
    planningQuota: openQuota({ max: settings.ANONYMOUS_NIGHTS_PER_HOUR, message: PLANNING_QUOTA_MESSAGE }),
    identity: authenticatorOf(settings, issuer, deps.log),
    config: {
      stage: settings.STAGE,
      version,
      issuer: issuer ?? null,
      audience: settings.AUTH_AUDIENCE,
      clientId: settings.AUTH_CLIENT_ID,
      demo,
      conflicts: settings.CONFLICTS,
      maxWindowDays: settings.MAX_WINDOW_DAYS,
      stream: deps.changeStream !== undefined,
      projects: settings.PROJECTS_URL !== undefined,
      maxSeries: store.maxSeries,
      sites: context.sites,
      frameAncestors: settings.FRAME_ANCESTORS,
    },
  })
}

const ANONYMOUS_QUOTA_MESSAGE =
  'Too much is being changed from your address without signing in; please wait, or ask for less at a time.'

const PLANNING_QUOTA_MESSAGE =
  'Too many nights are being asked about from your address without signing in; please wait, or ask for less at a time.'

function authenticatorOf(settings: Settings, issuer: string | undefined, log: Log) {
  const rolesClaim = settings.AUTH_ROLES_CLAIM
  const report = (message: string, error: unknown) => log.warn({ err: error }, message)
  return openAuthenticator({
    issuer: issuer === undefined ? undefined : issuerAt(issuer, { rolesClaim, elapsed, report }),
    audience: settings.AUTH_AUDIENCE,
    publicKey: settings.AUTH_PUBLIC_KEY,
    rolesClaim,
    serviceKeys: settings.SERVICE_KEYS,
    now,
    elapsed,
  })
}
