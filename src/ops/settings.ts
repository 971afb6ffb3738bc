import * as z from 'zod'
import { isLoopback } from '../ip-address.ts'
import { url } from './address.ts'
import { portalAddresses, portalKeys, portalProblems, portalTelescopes } from './portals.ts'
import { readPublicKey } from './public-key.ts'
import { serviceKeys } from './service-keys.ts'
import { textOf } from './settings-file.ts'
import { readSites } from './sites.ts'
import { unknownSettingNames } from './unknown-settings.ts'
import { receiverAddresses, receiverSecrets, webhookProblems } from './webhooks.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The definition of one setting. */
interface SettingDefinition<Schema extends z.ZodType = z.ZodType> {
  /** Parses the text of the environment variable. Must accept `undefined` if there is no default. */
  readonly schema: Schema
  readonly default?: string
  readonly about: string
  /** Printed as `***`. */
  readonly secret?: true
}

const setting = <Schema extends z.ZodType>(one: SettingDefinition<Schema>): SettingDefinition<Schema> => one

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be ${min} or more`).max(max, `must be ${max} or less`))

const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true')

const oneWord = (pattern: RegExp, message: string) => z.string().regex(pattern, message)

const ORIGIN = /^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$/i

const origins = z.string().transform((text, context) => {
  const list = text.split(/[\s,]+/).filter((one) => one !== '')
  for (const [index, one] of list.entries()) {
    if (!ORIGIN.test(one))
      context.addIssue(`must be origins such as https://example.org, and number ${index + 1} is none`)
  }
  return list
})

function sitesIn(file: string) {
  const text = textOf(file)
  try {
    return readSites(JSON.parse(text))
  } catch (cause) {
    throw new Error(`names ${file}, which cannot be used: ${(cause as Error).message}`, { cause })
  }
}

const sites = z
  .string()
  .optional()
  .transform((file, context) => {
    if (file === undefined) return undefined
    try {
      return sitesIn(file)
    } catch (error) {
      context.addIssue((error as Error).message)
      return z.NEVER
    }
  })

const publicKey = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined) return undefined
    try {
      return readPublicKey(text)
    } catch (error) {
      context.addIssue((error as Error).message)
      return z.NEVER
    }
  })

/** Every setting there is: an environment variable each. The only place where one is declared. */
export const SETTINGS = {
  PORT: setting({ schema: integer(0, 65535), default: '8000', about: 'Port to listen on; 0 means any free port.' }),
  HOST: setting({ schema: z.string().min(1), default: '127.0.0.1', about: 'Address to listen on.' }),
  STAGE: setting({
    schema: z.enum(['prod', 'dev', 'test'], 'must be prod, dev or test'),
    default: 'dev',
    about: 'Stage. The endpoints are under `/calendar` for `prod`, `/dev` for `dev`, `/test` for `test`.',
  }),
  STORE: setting({
    schema: oneWord(/^(sqlite:.+|dynamodb:[A-Za-z0-9_.-]{3,255})$/, 'must be sqlite:FILE or dynamodb:TABLE'),
    default: 'sqlite:data/calendar.db',
    about: 'Store of the reservations: `sqlite:FILE` or `dynamodb:TABLE`.',
  }),
  STORE_MUST_EXIST: setting({
    schema: flag,
    default: 'false',
    about:
      'With `true` the server does not start if the file of `STORE` does not exist, instead of creating a new, empty calendar.',
  }),
  AWS_REGION: setting({
    schema: oneWord(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be a region such as us-east-1'),
    default: 'us-east-1',
    about: 'Region of the DynamoDB table. The AWS SDK finds the credentials.',
  }),
  DYNAMODB_ENDPOINT: setting({
    schema: url.optional(),
    about:
      "Address of DynamoDB, if it is not the region's. An address on this machine is DynamoDB Local, and needs no credentials.",
  }),
  SITES_FILE: setting({
    schema: sites,
    about: "JSON file of the sites, and of the rules for observers. The default is Photon Ranch's public telescopes.",
  }),
  AUTH_ISSUER: setting({
    schema: url.optional(),
    about:
      'OpenID Connect issuer whose tokens are accepted. Without it (and without `AUTH_PUBLIC_KEY`) the server runs a demo issuer: on loopback only, and never with `STAGE=prod`, `TRUST_PROXY` or `SERVICE_KEYS`.',
  }),
  AUTH_AUDIENCE: setting({
    schema: z.string().min(1),
    default: 'urn:photonranch-calendar',
    about: 'Required audience of tokens.',
  }),
  AUTH_CLIENT_ID: setting({
    schema: z.string().min(1),
    default: 'photonranch-calendar',
    about: 'Client id for sign-in on a page; `config` returns it.',
  }),
  AUTH_PUBLIC_KEY: setting({
    schema: publicKey,
    about:
      'PEM public key or certificate, as text or file name, to verify tokens with instead of the keys that the issuer publishes (JWKS). The key id is ignored.',
  }),
  AUTH_ROLES_CLAIM: setting({
    schema: z.string().min(1),
    default: 'https://photonranch.org/user_metadata',
    about: 'Claim with a list `roles` that may contain `admin`. It is only a name: the server never requests this URL.',
  }),
  SERVICE_KEYS: setting({
    schema: serviceKeys,
    default: '',
    secret: true,
    about:
      'Trusted programs, as `name:key,…`. They send the key as `X-Api-Key`. A key has at least 32 random characters: `openssl rand -hex 32`.',
  }),
  CONFLICTS: setting({
    schema: z.enum(['deny', 'warn'], 'must be deny or warn'),
    default: 'deny',
    about: '`warn` allows overlaps, and lists them in the response.',
  }),
  WRITE_GUARD: setting({
    schema: z.enum(['guarded', 'strict'], 'must be guarded or strict'),
    default: 'guarded',
    about: '`strict` requires a token or service key also to attach and detach projects and to expire a schedule.',
  }),
  ANONYMOUS_CHANGES_PER_HOUR: setting({
    schema: integer(1, 1_000_000),
    default: '6000',
    about:
      'Quota of an address without sign-in: changed reservations in an hour. Large ones count once for each 4 kB before and after the change; a call that changes none counts once.',
  }),
  ANONYMOUS_NIGHTS_PER_HOUR: setting({
    schema: integer(1, 100_000_000),
    default: '20000',
    about:
      'Quota of an address without sign-in: nights at sites that it asks `availability` and `target-visibility` about in an hour.',
  }),
  OBSERVER_WRITES_PER_MINUTE: setting({
    schema: integer(1, 100_000_000),
    default: '1000',
    about:
      'Quota of an observer in a minute. A call counts once for each 4 kB that it sends, or of the events before and after the change, whichever is more. Admins and services have no quota.',
  }),
  OBSERVER_WRITES_PER_DAY: setting({
    schema: integer(1, 100_000_000),
    default: '20000',
    about:
      'The same in a day. A list that attaches or detaches a project counts once for each entry, and a series once for each night, if that is more.',
  }),
  MAX_CONNECTIONS: setting({
    schema: integer(10, 100_000),
    default: '2000',
    about: 'Maximum number of open connections. Beyond it, the server closes one of the address with the most.',
  }),
  MAX_CONNECTIONS_PER_ADDRESS: setting({
    schema: integer(1, 100_000),
    default: '1000',
    about: 'Maximum number of connections of one address. Without effect behind a proxy.',
  }),
  MAX_STREAMS_PER_ADDRESS: setting({
    schema: integer(0, 1000),
    default: '100',
    about: 'Maximum number of streams of changes of one address, of 1,000 in all.',
  }),
  MAX_UNREAD_MB: setting({
    schema: integer(1, 100_000),
    default: '64',
    about: 'Maximum size of unsent responses, in megabytes. One address may use half of it.',
  }),
  MAX_WINDOW_DAYS: setting({ schema: integer(1, 36_600), default: '366', about: 'Maximum window of a list, in days.' }),
  PROJECTS_URL: setting({
    schema: url.optional(),
    about: 'Address of the projects service. Without it there are no project details and no notifications.',
  }),
  OUTBOX_MAX_AGE_HOURS: setting({
    schema: integer(1, 8760),
    default: '24',
    about: 'How long the delivery of a message to the projects service is retried, in hours.',
  }),
  PORTALS: setting({
    schema: portalAddresses,
    default: '',
    about:
      'Observation portals of the LCO scheduler, as `name=address,…`. The calendar requests `/observation-portal/api/schedule` there. Without it `scheduler-observations` is empty.',
  }),
  PORTAL_TELESCOPES: setting({
    schema: portalTelescopes,
    default: '',
    about:
      'Which site is which telescope at which portal, as `site=portal/telescope,…`; `site=portal/telescope.enclosure.site` if the portal has several places.',
  }),
  PORTAL_KEYS: setting({
    schema: portalKeys,
    default: '',
    secret: true,
    about: 'What each portal gets as `Authorization`, as `name=value,…`. A value has no comma.',
  }),
  WEBHOOKS: setting({
    schema: receiverAddresses,
    default: '',
    about:
      'Programs that get a webhook of every change, as `name=address,…`: at most 5. Each needs a secret in `WEBHOOK_SECRETS`.',
  }),
  WEBHOOK_SECRETS: setting({
    schema: receiverSecrets,
    default: '',
    secret: true,
    about:
      'What the webhooks to each receiver are signed with, as `name=whsec_…,…`; up to 3 for each name, separated by spaces, to rotate them. Make each with `echo whsec_$(openssl rand -base64 32)`.',
  }),
  CHANGES_KEPT_DAYS: setting({
    schema: integer(30, 3660),
    default: '30',
    about:
      'How long clients can ask `changes` for what they have missed, in days. The history of an event is kept forever.',
  }),
  FRAME_ANCESTORS: setting({
    schema: origins,
    default: '',
    about: 'Origins whose pages may embed the calendar (`/saf?embed`), as `https://example.org https://*.example.org`.',
  }),
  CALENDAR_URL: setting({
    schema: url.optional(),
    about:
      'Address of the endpoints of the calendar that commands like `free` and `reserve` ask, as `https://calendar.example.org/calendar/`. The default is the server on this machine.',
  }),
  CALENDAR_TOKEN: setting({
    schema: z.string().optional(),
    secret: true,
    about:
      'Token that these commands send, unless `--token` names a file with another. Without one they ask as an anonymous caller.',
  }),
  LOG_LEVEL: setting({
    schema: z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    ),
    default: 'info',
    about: 'Lowest level that is logged.',
  }),
  METRICS: setting({
    schema: z.enum(['loopback', 'on', 'off'], 'must be loopback, on or off'),
    default: 'loopback',
    about:
      'Access to `/metrics`: programs on this machine without a proxy (`loopback`), everyone (`on`), no one (`off`).',
  }),
  TRUST_PROXY: setting({
    schema: integer(0, 10),
    default: '0',
    about:
      'Number of your reverse proxies in front. The client address is taken from that position in `X-Forwarded-For`, counted from the end.',
  }),
} as const

/** The parsed settings by name. */
export type Settings = { readonly [Key in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Key]['schema']> }
type Name = keyof Settings
const NAMES = Object.keys(SETTINGS) as Name[]

/** Invalid settings, with all problems. */
export class SettingsError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`These settings are wrong:\n${problems.map((problem) => `  ${problem}`).join('\n')}`)
    this.name = 'SettingsError'
    this.problems = problems
  }
}

/** Reads the settings from an environment. An empty variable counts as not set. @throws SettingsError */
export function readSettings(environment: Environment): Settings {
  const problems: string[] = []
  const entries = NAMES.map((name) => {
    const { schema, default: defaultText }: SettingDefinition = SETTINGS[name]
    const parsed = schema.safeParse(environment[name] || defaultText)
    for (const issue of parsed.error?.issues ?? []) problems.push(`${name} ${issue.message}`)
    return [name, parsed.data]
  })
  const settings = Object.fromEntries(entries) as Settings
  problems.push(...unknownSettingNames(namesIn(environment), NAMES).errors)
  problems.push(...portalProblems(settings), ...webhookProblems(settings))
  if (isDemo(environment)) problems.push(...demoProblems(settings))
  if (problems.length > 0) throw new SettingsError(problems)
  return settings
}

const namesIn = (environment: Environment) => Object.keys(environment).filter((name) => environment[name])

/** Sentences about valid settings that are probably mistakes. */
export function settingsWarnings(environment: Environment): string[] {
  const { AUTH_ISSUER, AUTH_PUBLIC_KEY, AUTH_AUDIENCE, AUTH_CLIENT_ID } = environment
  const warnings = [...unknownSettingNames(namesIn(environment), NAMES).warnings]
  if (AUTH_PUBLIC_KEY && !AUTH_ISSUER) {
    warnings.push(
      'AUTH_PUBLIC_KEY is set without AUTH_ISSUER: the issuer of a token is not checked, and only the token can tell roles.',
    )
  }
  if (AUTH_AUDIENCE && AUTH_AUDIENCE === AUTH_CLIENT_ID) {
    warnings.push('AUTH_AUDIENCE is AUTH_CLIENT_ID: ID tokens, which are for the page alone, pass for access tokens.')
  }
  return warnings
}

/** Whether the server runs the demo issuer, since no other issuer is set. */
export const isDemo = ({
  AUTH_ISSUER,
  AUTH_PUBLIC_KEY,
}: {
  AUTH_ISSUER?: unknown
  AUTH_PUBLIC_KEY?: unknown
}): boolean => !AUTH_ISSUER && !AUTH_PUBLIC_KEY

/** Problems of settings that would expose a demo, where anyone can sign in as anyone. */
function demoProblems({ HOST, STAGE, TRUST_PROXY, SERVICE_KEYS }: Partial<Settings>): string[] {
  const reasons: string[] = []
  if (HOST && !isLoopback(HOST)) reasons.push(`HOST ${HOST} is not loopback`)
  if (STAGE === 'prod') reasons.push('STAGE prod is for real use')
  if (TRUST_PROXY) reasons.push(`TRUST_PROXY ${TRUST_PROXY} is for a server that others reach`)
  if (SERVICE_KEYS?.size) reasons.push('SERVICE_KEYS is for real programs')
  return reasons.map(
    (reason) => `${reason}: the demo issuer lets anyone sign in as anyone. Set AUTH_ISSUER or AUTH_PUBLIC_KEY.`,
  )
}

/** The value of a setting, as it is printed. */
export interface EffectiveSetting {
  /** Null if it has none; `***` if it is secret. */
  readonly value: string | null
  /** Whether it comes from the environment, and not from the default. */
  readonly set: boolean
}

/** The effective settings by name, with secrets masked. */
export const settingsIn = (environment: Environment): Record<Name, EffectiveSetting> =>
  Object.fromEntries(
    NAMES.map((name) => {
      const { default: defaultText, secret }: SettingDefinition = SETTINGS[name]
      const value = environment[name] || defaultText || null
      return [name, { value: value !== null && secret ? '***' : value, set: Boolean(environment[name]) }]
    }),
  ) as Record<Name, EffectiveSetting>

/** The effective settings as lines `NAME=value`, with a note for defaults. */
export const describeSettings = (environment: Environment): string[] =>
  Object.entries(settingsIn(environment)).map(([name, { value, set }]) => {
    if (value === null) return `${name}=  (not set)`
    return `${name}=${value}${set ? '' : '  (default)'}`
  })
