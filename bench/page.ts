/** How much the page loads, and how long until a week of reservations is visible. `npm run bench:page` */
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { chromium } from 'playwright-core'
import { home, startCalendar } from '../test/process/calendar.ts'
import { fill, interleaved, print, printMachine, SITES, spread, verdict, weekAt } from './lib.ts'

const ROUNDS = 15
/** Ten weeks at ten sites, sixty a week at each. */
const HISTORY = 6000
/** A week of nights does not begin with a week of the history, and the page hides some of it. */
const SEEN = 50
const MAX_KB = 180
const MAX_MS = 1000
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

printMachine()
sizes()
await paints()

function sizes(): void {
  const files = readdirSync('dist/web/assets').map((name) => ({
    name,
    gzipped: gzipSync(readFileSync(`dist/web/assets/${name}`), { level: 9 }).length / 1000,
  }))
  const scripts = files.filter(({ name }) => name.endsWith('.js'))
  const whole = scripts.reduce((sum, { gzipped }) => sum + gzipped, 0)
  print(`\nsize, gzipped: ${files.map(({ name, gzipped }) => `${name} ${gzipped.toFixed(1)} kB`).join(', ')}`)
  print(`  JavaScript in all ${whole.toFixed(1)} kB: ${verdict(whole < MAX_KB)} (goal: under ${MAX_KB} kB)`)
}

/** Time from requesting the document, in ms: with an empty browser cache, and for a document of one word as a baseline. */
async function paints(): Promise<void> {
  const { environment, file, remove } = await home()
  fill(file, HISTORY)
  const calendar = await startCalendar(environment)
  const bare = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><p>Here.'),
  ).listen(0, '127.0.0.1')
  const browser = await chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })

  const visit = async (address: string, reservations: number) => {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
    const page = await context.newPage()
    await page.goto(address)
    // By the page's own clock, at the first frame that has all of it.
    const seen = await page.evaluate(`new Promise((resolve) => {
      const look = () => document.querySelectorAll('.night .block').length >= ${reservations} ? resolve(performance.now()) : requestAnimationFrame(look)
      look()
    })`)
    const painted = await page.evaluate(`new Promise((resolve) => {
      const tell = (list) => list.getEntriesByName('first-contentful-paint').forEach(({ startTime }) => resolve(startTime))
      new PerformanceObserver(tell).observe({ type: 'paint', buffered: true })
    })`)
    await context.close()
    return { painted: painted as number, seen: seen as number }
  }
  const night = new Date(weekAt(0.5, HISTORY).start * 1000).toISOString().slice(0, 10)
  const runs = {
    bare: () => visit(`http://127.0.0.1:${(bare.address() as AddressInfo).port}/`, 0),
    page: () => visit(`http://127.0.0.1:${calendar.port}/${SITES[0]}?view=week&night=${night}`, SEEN),
  }
  await interleaved(1, runs)
  const results = await interleaved(ROUNDS, runs)
  print(
    `\npaint, a week of some sixty reservations, ${ROUNDS} new profiles each, in turn: median (and from least to most)`,
  )
  print(
    `  one word: first paint ${spread(
      results.bare.map(({ painted }) => painted),
      'ms',
    )}`,
  )
  print(
    `  the page: first paint ${spread(
      results.page.map(({ painted }) => painted),
      'ms',
    )}, ` +
      `${spread(
        results.page.map(({ painted }, n) => painted / (results.bare[n]?.painted ?? NaN)),
        'times',
        1,
      )} that of one word`,
  )
  const seen = results.page.map((one) => one.seen)
  print(
    `  all reservations seen: ${spread(seen, 'ms')}: ${verdict(Math.max(...seen) < MAX_MS)} (goal: under ${MAX_MS} ms)`,
  )
  await browser.close()
  bare.close()
  await calendar.end('SIGTERM')
  remove()
}
