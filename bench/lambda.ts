/** The size of the Lambda functions, and the time of a cold start. `npm run bench:lambda` */
import { readFileSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Cold } from './cold.ts'
import { child, interleaved, print, printMachine, spread } from './lib.ts'

const ROUNDS = 15
const FOLDER = 'build/lambda'
const kB = (bytes: number) => `${(bytes / 1000).toFixed(0)} kB`

// A store is named, but none of this asks it anything.
Object.assign(process.env, {
  STORE: 'dynamodb:calendar',
  AUTH_ISSUER: 'https://issuer.example/',
  LOG_LEVEL: 'silent',
  NODE_NO_WARNINGS: '1',
})
printMachine()
sizes()
await coldStarts()

function sizes(): void {
  const bundle = readFileSync(`${FOLDER}/dist/main/lambda.mjs`)
  print(
    `\nsize: the bundle ${kB(bundle.length)}, gzipped ${kB(gzipSync(bundle, { level: 9 }).length)}, ` +
      `with its source map ${kB(bundle.length + statSync(`${FOLDER}/dist/main/lambda.mjs.map`).size)}; the archive ${kB(statSync(`${FOLDER}.zip`).size)}`,
  )
}

/** Time from the start of a process to its first answer, in ms. */
async function coldStarts(): Promise<void> {
  const start = async (...args: string[]) => {
    const startedAt = performance.now()
    const { process, said: output } = await child('cold', ...args)
    const ms = performance.now() - startedAt
    process.kill()
    return { ms, ...(output as Cold) }
  }
  const runs = { bare: () => start(), 'health/live': () => start('health/live'), config: () => start('config') }
  await interleaved(1, runs)
  const { bare, ...ours } = await interleaved(ROUNDS, runs)
  const column = (of: keyof Cold | 'ms', times: readonly (Cold & { ms: number })[]) => times.map((one) => one[of])
  const times = (of: 'ms' | 'cpu', one: readonly (Cold & { ms: number })[]) =>
    spread(
      one.map((each, n) => each[of] / (bare[n]?.[of] ?? NaN)),
      'times',
      1,
    )
  print(`\ncold start, to the first answer; ${ROUNDS} new processes each, in turn: median (and from least to most)`)
  print(`  Node that loads nothing: ${spread(column('ms', bare), 'ms')}, CPU ${spread(column('cpu', bare), 'ms')}`)
  for (const [name, one] of Object.entries(ours)) {
    print(`  first answer to ${name}: ${spread(column('ms', one), 'ms')}, CPU ${spread(column('cpu', one), 'ms')}`)
    print(`    of bare Node's: ${times('ms', one)}, CPU ${times('cpu', one)}`)
    print(
      `    of that, loading ${spread(column('imported', one), 'ms')}, answering ${spread(column('answered', one), 'ms')}`,
    )
  }
}
