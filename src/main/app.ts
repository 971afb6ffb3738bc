import type { Hono } from 'hono'
import { openQuota } from '../http/admission/quota.ts'
import { openObserverQuota } from '../http/admission/observer-quota.ts'
import { createApp } from '../http/app.ts'
import type { AppOptions } from '../http/options.ts'
import { openAuthenticator } from '../http/auth.ts'
import type { Env } from '../http/route.ts'
import type { Log } from '../ops/log.ts'
import type { Settings } from '../ops/settings.ts'
import { issuerAt } from '../sources/issuer.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Store } from '../store/port.ts'
import { elapsed } from './clock.ts'
import { basePath, now, version, contextOf } from './wiring.ts'

/** In what a server and a function behind a gateway differ. */
export interface AppDeps extends Pick<AppOptions, 'log' | 'metrics' | 'admissionOf' | 'newId' | 'accepting' | 'mayReadMetrics' | 'measure' | 'assertFits' | 'compress' | 'changeStream'> {
  /** Whose tokens are accepted; undefined where they are checked with a key alone. */
  readonly issuer: string | undefined
  readonly demo: boolean
}

/** The calendar as settings have it, over a store. */
export function appOf(settings: Settings, store: Store, { issuer, demo, ...deps }: AppDeps): Hono<Env> {
  const context = contextOf(settings, store)
  return createApp({
    ...deps,
    base: basePath(settings),
    context,
    projects: settings.PROJECTS_URL ? projectsAt(settings.PROJECTS_URL) : undefined,
    maxWindowDays: settings.MAX_WINDOW_DAYS,
    onPoll: (site) => {
      // Of sites that there are, so that nobody fills the metrics with others.
      if (context.sites.has(site)) deps.metrics.lastPoll.set({ site }, now())
    },
    anonymousQuota: openQuota({ max: settings.ANONYMOUS_CHANGES_PER_HOUR, message: QUOTA_MESSAGES }),
    observerQuota: openObserverQuota(settings.OBSERVER_WRITES_PER_MINUTE, settings.OBSERVER_WRITES_PER_DAY),
    identity: identityOf(settings, issuer, deps.log),
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
      sites: context.sites,
      frameAncestors: settings.FRAME_ANCESTORS,
    },
  })
}

const QUOTA_MESSAGES = 'Too much is being changed from your address without signing in; please wait, or ask for less at a time.'

function identityOf(settings: Settings, issuer: string | undefined, log: Log) {
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
