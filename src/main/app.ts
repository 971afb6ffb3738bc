import type { Hono } from 'hono'
import { openAllowance } from '../http/admission/allowance.ts'
import { openObserverAllowance } from '../http/admission/observers.ts'
import { type AppOptions, createApp } from '../http/app.ts'
import { identity } from '../http/identity.ts'
import type { Env } from '../http/mount.ts'
import type { Log } from '../ops/log.ts'
import type { Settings } from '../ops/settings.ts'
import { issuerAt } from '../sources/issuer.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Store } from '../store/store.ts'
import { elapsed } from './clock.ts'
import { basePath, now, version, worldOf } from './wiring.ts'

/** In what a server and a function behind a gateway differ. */
export interface Surroundings extends Pick<AppOptions, 'log' | 'metrics' | 'admissionOf' | 'newId' | 'accepting' | 'mayReadMetrics' | 'measure' | 'assertFits' | 'compresses' | 'following'> {
  /** Whose tokens are accepted; undefined where they are checked with a key alone. */
  readonly issuer: string | undefined
  readonly demo: boolean
}

/** The calendar as settings have it, over a store. */
export function appOf(settings: Settings, store: Store, { issuer, demo, ...surroundings }: Surroundings): Hono<Env> {
  const world = worldOf(settings, store)
  return createApp({
    ...surroundings,
    base: basePath(settings),
    world,
    projects: settings.PROJECTS_URL ? projectsAt(settings.PROJECTS_URL) : undefined,
    maxWindowDays: settings.MAX_WINDOW_DAYS,
    onPoll: (site) => {
      // Of sites that there are, so that nobody fills the metrics with others.
      if (world.sites.has(site)) surroundings.metrics.lastPoll.set({ site }, now())
    },
    strangers: openAllowance({ most: settings.ANONYMOUS_CHANGES_PER_HOUR, sentence: TOO_MUCH }),
    observers: openObserverAllowance(settings.OBSERVER_WRITES_PER_MINUTE, settings.OBSERVER_WRITES_PER_DAY),
    identity: identityOf(settings, issuer, surroundings.log),
    about: {
      stage: settings.STAGE,
      version,
      issuer: issuer ?? null,
      audience: settings.AUTH_AUDIENCE,
      clientId: settings.AUTH_CLIENT_ID,
      demo,
      conflicts: settings.CONFLICTS,
      maxWindowDays: settings.MAX_WINDOW_DAYS,
      stream: surroundings.following !== undefined,
      projects: settings.PROJECTS_URL !== undefined,
      sites: world.sites,
      frameAncestors: settings.FRAME_ANCESTORS,
    },
  })
}

const TOO_MUCH = 'Too much is being changed from your address without signing in; please wait, or ask for less at a time.'

function identityOf(settings: Settings, issuer: string | undefined, log: Log) {
  const rolesClaim = settings.AUTH_ROLES_CLAIM
  const report = (message: string, error: unknown) => log.warn({ err: error }, message)
  return identity({
    issuer: issuer === undefined ? undefined : issuerAt(issuer, { rolesClaim, elapsed, report }),
    audience: settings.AUTH_AUDIENCE,
    publicKey: settings.AUTH_PUBLIC_KEY,
    rolesClaim,
    serviceKeys: settings.SERVICE_KEYS,
    now,
    elapsed,
  })
}
