import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, it } from 'vitest'

interface Allowance {
  readonly ours: readonly string[]
  readonly packages?: readonly string[]
}

const PORT = 'store/port.ts'
const SKY_PACKAGES = ['astronomy-engine', 'temporal-polyfill', 'lru-cache']
const HTTP = [
  'domain/',
  'service/',
  'type background/',
  'wire/',
  'sources/',
  'concurrency.ts',
  'arrivals.ts',
  'event-loop.ts',
  'json-bytes.ts',
  'ip-address.ts',
  'package-root.ts',
  `type ${PORT}`,
  'type ops/',
]
/** What every file of `http/` may use: how a response is made, and what is behind a request. */
const HTTP_BASE = [
  'http/exchange.ts',
  'http/query.ts',
  'http/problem.ts',
  'http/respond.ts',
  'http/strict-json.ts',
  'http/plain-json.ts',
  'http/json-body.ts',
  'http/json-list.ts',
  'http/projects-of-list.ts',
  'http/entity-tags.ts',
  'http/memoize.ts',
  'http/sse-body.ts',
  'http/sse-format.ts',
  'http/accept.ts',
  'http/wire-change.ts',
  'http/feed-body.ts',
  'http/feed-response.ts',
  ...HTTP,
]
const ENDPOINT = [
  'http/endpoint.ts',
  'http/route.ts',
  'http/known-tags.ts',
  'type http/options.ts',
  'http/admission/poll.ts',
  'http/admission/charge.ts',
]
const AUTH = ['http/auth.ts', 'http/token-auth.ts', 'http/service-key-auth.ts', 'http/admission/quota.ts']

/**
 * What the files of a folder may import: folders and files of ours, with `type` if only types, and packages (any, if not
 * listed). The rule with the longest path applies.
 */
const RULES: Readonly<Record<string, Allowance>> = {
  'domain/': { ours: ['domain/'], packages: [] },
  'sky/': { ours: ['sky/', 'domain/'], packages: SKY_PACKAGES },
  'sky/catalogue/': { ours: ['sky/'], packages: ['leven', 'astronomy-engine'] },
  'arrivals.ts': { ours: [], packages: [] },
  'event-loop.ts': { ours: [], packages: [] },
  'concurrency.ts': { ours: ['event-loop.ts'], packages: [] },
  'buffer-pool.ts': { ours: [], packages: [] },
  'json-bytes.ts': { ours: ['concurrency.ts', 'buffer-pool.ts'], packages: [] },
  'package-root.ts': { ours: [], packages: ['node:fs'] },
  'ip-address.ts': { ours: [], packages: ['ipaddr.js', 'node:net'] },
  'store/': {
    ours: ['store/', 'domain/', 'arrivals.ts', 'concurrency.ts', 'json-bytes.ts', 'wire/dynamo-json.ts'],
    packages: ['better-sqlite3', '@aws-sdk/', 'node:'],
  },
  // One of its files keeps a cache.
  'store/sqlite/site-images.ts': {
    ours: ['store/', 'domain/', 'concurrency.ts'],
    packages: ['lru-cache'],
  },
  'service/': {
    ours: ['service/', 'domain/', 'sky/', 'concurrency.ts', `type ${PORT}`, 'type sources/'],
    packages: [],
  },
  'background/': { ours: ['background/', 'domain/', 'concurrency.ts', `type ${PORT}`, 'type sources/'], packages: [] },
  'wire/': { ours: ['wire/', 'domain/'], packages: ['zod', '@aws-sdk/client-dynamodb'] },
  // Without schemas, so that the page does not load zod.
  'wire/event.ts': { ours: ['wire/project-id.ts', 'wire/time.ts', 'type wire/responses.ts', 'domain/'], packages: [] },
  'wire/project-id.ts': { ours: ['domain/'], packages: [] },
  'wire/site.ts': { ours: ['wire/rules.ts', 'type wire/responses.ts', 'domain/'], packages: [] },
  'wire/rules.ts': { ours: ['type wire/rules-schema.ts', 'domain/'], packages: [] },
  'wire/time.ts': { ours: ['domain/'], packages: [] },
  'sources/': { ours: ['sources/', 'domain/', 'concurrency.ts'] },
  'ops/': { ours: ['ops/', 'domain/', 'wire/', 'sky/', `type ${PORT}`, 'ip-address.ts'] },
  'http/': {
    ours: ['http/endpoint.ts', 'type http/options.ts', 'type http/auth.ts', 'type http/admission/', ...HTTP_BASE],
  },
  'http/route.ts': {
    ours: [
      'http/endpoint.ts',
      'http/known-tags.ts',
      'type http/options.ts',
      'type http/auth.ts',
      'type http/admission/',
      ...HTTP_BASE,
    ],
  },
  'http/auth.ts': { ours: [...AUTH, ...HTTP] },
  'http/token-auth.ts': { ours: [...AUTH, ...HTTP] },
  'http/service-key-auth.ts': { ours: [...AUTH, ...HTTP] },
  'http/openapi.ts': { ours: ['http/endpoints/', 'type http/endpoint.ts', 'http/openapi-webhooks.ts', ...HTTP_BASE] },
  'http/openapi-webhooks.ts': { ours: ['http/endpoints/', ...HTTP_BASE] },
  'http/app.ts': {
    ours: [
      'http/endpoints/index.ts',
      'http/pages/not-found.ts',
      'http/router.ts',
      'type http/options.ts',
      ...HTTP_BASE,
    ],
  },
  'http/admission/': { ours: ['http/admission/', 'buffer-pool.ts', ...HTTP_BASE] },
  'http/adapters/': { ours: ['http/adapters/', 'http/admission/', ...HTTP_BASE] },
  'http/endpoints/': {
    ours: [
      'http/endpoints/shared.ts',
      'http/endpoints/planning.ts',
      'http/endpoints/event-writes.ts',
      'http/endpoints/series-response.ts',
      'http/endpoints/examples.ts',
      ...ENDPOINT,
      ...HTTP_BASE,
    ],
  },
  'http/endpoints/index.ts': { ours: ['http/endpoints/', 'http/pages/', ...ENDPOINT, ...HTTP_BASE] },
  'http/pages/': { ours: ['http/router.ts', 'type http/options.ts', ...HTTP_BASE] },
  'demo/': { ours: ['demo/'] },
  // What the package offers to other programs: nothing of the server, and no package.
  'client/': {
    ours: [
      'client/changes.ts',
      'client/endpoints.ts',
      'client/options.ts',
      'client/problem.ts',
      'client/retry.ts',
      'client/revision.ts',
      'client/stream.ts',
      'client/transport.ts',
    ],
    packages: [],
  },
  'client/domain/': {
    ours: [
      'client/',
      'domain/',
      'wire/event.ts',
      'wire/project-id.ts',
      'wire/site.ts',
      'wire/time.ts',
      'type wire/responses.ts',
    ],
    packages: [],
  },
  'cli/': { ours: ['cli/', 'client/', 'domain/', 'sky/', 'service/', 'wire/', 'store/'] },
  'main/': { ours: [''] },
}

/** The page uses the client and pure modules only, so it can do nothing that another program could not. */
const PAGE: Allowance = {
  ours: ['web/', 'src/client/', 'src/domain/', 'src/sky/', 'src/wire/time.ts', 'src/wire/project-id.ts'],
  packages: ['preact', 'oidc-client-ts', 'vite'],
}

/** The real clock, randomness and the environment. Formatting a given instant is no clock, nor is measuring a duration. */
const OUTSIDE_WORLD = /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/
/** Each with its reason. */
const EXCUSED = [
  'demo/storage.ts', // oidc-provider has a clock of its own
  'client/retry.ts', // runs in other programs, whose retries must not coincide
]

const IMPORT =
  /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'|\brequire\w*\(\s*'([^']+)'/gm
const sources = (folder: string) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]sx?$/.test(file))
const files = sources('src')

interface Import {
  readonly target: string
  readonly isOurs: boolean
  readonly isType: boolean
}

function importsOf(folder: string, file: string): Import[] {
  return [...readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)].map(([, type, from, later, required]) => {
    const name = from ?? later ?? required ?? ''
    const isOurs = name.startsWith('.')
    return { target: isOurs ? normalize(join(file, '..', name)) : name, isOurs, isType: type !== undefined }
  })
}

function forbiddenIn(folder: string, file: string, { ours, packages }: Allowance): string[] {
  return importsOf(folder, file)
    .filter(({ target, isOurs, isType }) => {
      const allowed = isOurs
        ? ours.flatMap((one) => (one.startsWith('type ') ? (isType ? one.slice(5) : []) : one))
        : packages
      return allowed !== undefined && !allowed.some((one) => target.startsWith(one))
    })
    .map(({ target, isType }) => `${file} imports ${isType ? 'type ' : ''}${target}`)
}

function ruleFor(file: string): Allowance {
  const [longest] = Object.keys(RULES)
    .filter((path) => file.startsWith(path))
    .toSorted((a, b) => b.length - a.length)
  return RULES[longest ?? ''] ?? { ours: [] }
}

it('lets each folder import only what it may', () => {
  expect(files.flatMap((file) => forbiddenIn('src', file, ruleFor(file)))).toEqual([])
})

it('has a rule for every folder and file that it names', () => {
  expect(Object.keys(RULES).filter((path) => !files.some((file) => file.startsWith(path)))).toEqual([])
})

it('lets the page import only what it may', () => {
  const page = sources('web').map((file) => `web/${file}`)
  expect(page).not.toEqual([])
  expect(page.flatMap((file) => forbiddenIn('.', file, PAGE))).toEqual([])
})

it.each([
  ['src', files],
  ['web', sources('web')],
])('imports nothing in a circle in %s, types included', (folder, all) => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (path.includes(file) || done.has(file)) return
    for (const { target } of importsOf(folder, file).filter(({ isOurs }) => isOurs))
      if (all.includes(target)) visit(target, [...path, file])
    done.add(file)
  }
  for (const file of all) visit(file, [])
  expect(circles).toEqual([])
})

it('lets only main read the environment, the clock and randomness', () => {
  const readers = files.filter(
    (file) => OUTSIDE_WORLD.test(readFileSync(join('src', file), 'utf8')) && !file.startsWith('main/'),
  )
  expect(readers.filter((file) => !EXCUSED.includes(file))).toEqual([])
})

it('imports zod as a namespace, so that the bundle for Lambda leaves out what is not used', () => {
  const whole = files.filter((file) =>
    /import (type )?\{[^}]*\} from 'zod'/.test(readFileSync(join('src', file), 'utf8')),
  )
  expect(whole).toEqual([])
})
