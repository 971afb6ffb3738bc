import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, it } from 'vitest'

const PORT = 'store/port.ts'
const SKY_PACKAGES = ['astronomy-engine', 'temporal-polyfill', 'lru-cache']

interface Allowance {
  readonly ours: readonly string[]
  readonly packages?: readonly string[]
}

/** Who may import whom: of ours, folders and files, `type` where only types; and, where it is limited, which packages. */
const RULE: Readonly<Record<string, Allowance>> = {
  domain: { ours: ['domain/'], packages: [] },
  sky: { ours: ['sky/', 'domain/'], packages: SKY_PACKAGES },
  'event-loop.ts': { ours: [], packages: [] },
  'concurrency.ts': { ours: ['event-loop.ts'], packages: [] },
  'json-bytes.ts': { ours: ['concurrency.ts'], packages: [] },
  'package-root.ts': { ours: [], packages: ['node:fs'] },
  'ip-address.ts': { ours: [], packages: ['ipaddr.js', 'node:net'] },
  store: { ours: ['store/', 'domain/', 'concurrency.ts', 'json-bytes.ts', 'wire/dynamo-json.ts'], packages: ['better-sqlite3', '@aws-sdk/', 'node:'] },
  service: { ours: ['service/', 'domain/', 'sky/', 'concurrency.ts', `type ${PORT}`, 'type sources/'], packages: [] },
  background: { ours: ['background/', 'domain/', 'concurrency.ts', `type ${PORT}`, 'type sources/'], packages: [] },
  wire: { ours: ['wire/', 'domain/'], packages: ['zod', '@aws-sdk/client-dynamodb'] },
  sources: { ours: ['sources/', 'domain/', 'concurrency.ts'] },
  ops: { ours: ['ops/', 'domain/', 'wire/', 'sky/', `type ${PORT}`, 'ip-address.ts'] },
  http: { ours: ['http/', 'domain/', 'service/', 'type background/', 'wire/', 'sources/', 'concurrency.ts', 'event-loop.ts', 'json-bytes.ts', 'ip-address.ts', 'package-root.ts', `type ${PORT}`, 'type ops/'] },
  demo: { ours: ['demo/'] },
  client: { ours: ['client/', 'domain/', 'wire/time.ts', 'wire/project-id.ts'], packages: [] },
  cli: { ours: ['cli/', 'domain/', 'sky/', 'service/', 'wire/', 'store/'] },
  main: { ours: [''] },
}

/** The real clock, chance and the environment. Formatting a given instant is no clock, nor is measuring how long something took. */
const OUTSIDE_WORLD = /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/
/** Each with its reason; whoever mends one takes it off the list. */
const EXCUSED = [
  'demo/storage.ts', // oidc-provider has a clock of its own
]

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'|\brequire\w*\(\s*'([^']+)'/gm
const sources = (folder: string) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]sx?$/.test(file))
const files = sources('src')

/** The page has no rights of its own: it goes through the client, and shares what is pure. */
const PAGE = ['web/', 'src/client/', 'src/domain/', 'src/sky/', 'src/wire/time.ts', 'src/wire/project-id.ts']
const PAGE_PACKAGES = ['preact', 'fullcalendar', 'oidc-client-ts', 'vite']

function forbiddenIn(folder: string, file: string, { ours, packages }: Allowance): string[] {
  return [...readFileSync(join(folder, file), 'utf8').matchAll(IMPORT)].flatMap(([, type = '', from, later, required]) => {
    const name = from ?? later ?? required ?? ''
    const target = name.startsWith('.') ? normalize(join(file, '..', name)) : name
    const allowed = name.startsWith('.') ? ours.flatMap((one) => (one.startsWith('type ') ? (type ? one.slice(5) : []) : one)) : packages
    return allowed === undefined || allowed.some((one) => target.startsWith(one)) ? [] : `${file} imports ${type}${target}`
  })
}

it('lets each folder import only what it may', () => {
  expect(files.flatMap((file) => forbiddenIn('src', file, RULE[file.split('/')[0] ?? ''] ?? { ours: [] }))).toEqual([])
})

it('lets the page import only what it may', () => {
  const page = sources('web').map((file) => `web/${file}`)
  expect(page).not.toEqual([])
  expect(page.flatMap((file) => forbiddenIn('.', file, { ours: PAGE, packages: PAGE_PACKAGES }))).toEqual([])
})

it('lets only main read the environment, the clock and chance', () => {
  const readers = files.filter((file) => OUTSIDE_WORLD.test(readFileSync(join('src', file), 'utf8')) && !file.startsWith('main/'))
  expect(readers.filter((file) => !EXCUSED.includes(file))).toEqual([])
})
