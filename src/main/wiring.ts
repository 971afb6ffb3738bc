import { readFileSync } from 'node:fs'
import { PACKAGE_ROOT } from '../package-root.ts'
import type { ServiceContext } from '../service/context.ts'
import { isDemo, type Settings } from '../ops/settings.ts'
import { readSites, type SitesFile } from '../ops/sites.ts'
import type { Store } from '../store/port.ts'
import { eventCodec } from '../wire/event.ts'
import { defaultSites } from './default-sites.ts'

const STAGES = { prod: '/calendar', dev: '/dev', test: '/test' } as const

/** The path prefix of the endpoints. */
export const basePath = (settings: Settings): string => STAGES[settings.STAGE]

/** The time of day in seconds since the epoch. */
export const now = (): number => Math.floor(Date.now() / 1000)

/** The sites, and the rules of the network. */
export const sitesOf = (settings: Settings): SitesFile => settings.SITES_FILE ?? readSites(defaultSites)

/** The context of the services, over a store. */
export function contextOf(settings: Settings, store: Store): ServiceContext {
  const { sites, rules } = sitesOf(settings)
  return {
    store,
    now,
    conflictPolicy: settings.CONFLICTS,
    writeGuard: settings.WRITE_GUARD,
    sites,
    networkRules: rules,
    sizeOf: eventCodec.sizeOf,
    hasProjectsService: settings.PROJECTS_URL !== undefined,
    receivers: [...settings.WEBHOOKS.keys()],
  }
}

/** The table of a DynamoDB store; undefined if the store is a file. */
export const tableOf = (name: string): string | undefined => /^dynamodb:(.+)$/.exec(name)?.[1]

const demoIssuer = (port: number): string => `http://127.0.0.1:${port}/demo-identity`

/** The issuer whose tokens are accepted: the demo issuer at this port, or the one of the settings. */
export const issuerOf = (settings: Settings, port: number): string | undefined =>
  isDemo(settings) ? demoIssuer(port) : settings.AUTH_ISSUER

interface Package {
  readonly version: string
}

/** The version of the package. */
export const version = (JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as Package).version
