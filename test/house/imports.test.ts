import { readdirSync, readFileSync } from 'node:fs'
import { join, normalize } from 'node:path'
import { expect, it } from 'vitest'

const PORT = 'store/store.ts'
const SKY_PACKAGES = ['astronomy-engine', 'temporal-polyfill', 'lru-cache']

/** Who may import whom: of ours, folders and files, `type` where only types; and, where it is limited, which packages. */
const RULE: Record<string, { ours: string[]; packages?: string[] }> = {
  domain: { ours: ['domain/'], packages: [] },
  sky: { ours: ['sky/', 'domain/'], packages: SKY_PACKAGES },
  store: { ours: ['store/', 'domain/'], packages: ['better-sqlite3', '@aws-sdk/', 'node:'] },
  service: { ours: ['service/', 'domain/', 'sky/', `type ${PORT}`, 'type sources/'], packages: [] },
  wire: { ours: ['wire/', 'domain/'], packages: ['zod'] },
  sources: { ours: ['sources/', 'domain/', `type ${PORT}`] },
  ops: { ours: ['ops/', 'domain/', 'wire/', 'sky/', `type ${PORT}`] },
  http: { ours: ['http/', 'domain/', 'service/', 'wire/', 'sources/', 'type ops/'] },
  demo: { ours: ['demo/'] },
  cli: { ours: ['cli/', 'domain/', 'service/', 'wire/', 'store/'] },
  main: { ours: [''] },
}

/** The real clock, chance and the environment. Formatting a given instant is no clock, nor is measuring how long something took. */
const OUTSIDE_WORLD = /\bprocess\.env\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/
/** Each with its reason; whoever mends one takes it off the list. */
const EXCUSED = [
  'demo/storage.ts', // oidc-provider has a clock of its own
]

const IMPORT = /^(?:import|export)\s+(type\s)?(?:[^'"]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'|\brequire\w*\(\s*'([^']+)'/gm
const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => /\.[jt]sx?$/.test(file))

function forbiddenIn(file: string): string[] {
  const { ours, packages } = RULE[file.split('/')[0] ?? ''] ?? { ours: [] }
  return [...readFileSync(join('src', file), 'utf8').matchAll(IMPORT)].flatMap(([, type = '', from, later, required]) => {
    const name = from ?? later ?? required ?? ''
    const target = name.startsWith('.') ? normalize(join(file, '..', name)) : name
    const allowed = name.startsWith('.') ? ours.flatMap((one) => (one.startsWith('type ') ? (type ? one.slice(5) : []) : one)) : packages
    return allowed === undefined || allowed.some((one) => target.startsWith(one)) ? [] : `${file} imports ${type}${target}`
  })
}

it('lets each folder import only what it may', () => {
  expect(files.flatMap(forbiddenIn)).toEqual([])
})

it('lets only main read the environment, the clock and chance', () => {
  const readers = files.filter((file) => OUTSIDE_WORLD.test(readFileSync(join('src', file), 'utf8')) && !file.startsWith('main/'))
  expect(readers.filter((file) => !EXCUSED.includes(file))).toEqual([])
})
