/** Everything that is measured of a server on one machine, in at most ten minutes. `npm run bench`, or `-- NAME…` for a part */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { besideEverything, besideWriters } from './ladder/beside.ts'
import { networkDay } from './ladder/day.ts'
import { growth } from './ladder/growth.ts'
import { ladder } from './ladder/ladder.ts'
import { startUp } from './ladder/start.ts'
import { print, printMachine } from './lib.ts'

const KEPT = 'node_modules/.cache/bench-histories'

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  start: startUp,
  ladder,
  growth: inTemporaryFolder,
  writers: besideWriters,
  everything: besideEverything,
  day: networkDay,
}
/** Parts that run only if they are named. */
const ON_REQUEST: typeof PARTS = {
  // Keeps its databases: filling the longest takes several minutes and 14 GB.
  'growth-10m': () => growth([10_000, 10_000_000], KEPT),
}

const named = process.argv.slice(2)
const parts = { ...PARTS, ...ON_REQUEST }
const unknown = named.filter((name) => !Object.hasOwn(parts, name))
if (unknown.length > 0) throw new Error(`${unknown.join(', ')} is none of ${Object.keys(parts).join(', ')}.`)
printMachine()
const startedAt = performance.now()
for (const name of named.length > 0 ? named : Object.keys(PARTS)) await parts[name]?.()
print(`\ndone in ${((performance.now() - startedAt) / 60_000).toFixed(1)} minutes`)

async function inTemporaryFolder(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'growth-'))
  await growth([10_000, 1_000_000], folder)
  rmSync(folder, { recursive: true })
}
