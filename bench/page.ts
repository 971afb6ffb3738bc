/** How much the page loads, and how long until a week of reservations is visible. `npm run bench:page` */
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { launchChromium } from '../test/browser/chromium.ts'
import { home, startCalendar } from '../test/process/calendar.ts'
import { fill, interleaved, median, print, printMachine, SITES, spread, verdict, weekAt } from './lib.ts'

const ROUNDS = 15
/** Ten weeks at ten sites, sixty a week at each. */
const HISTORY = 6000
/** A week of nights does not begin with a week of the history, and the page hides some of it. */
const SEEN = 50
const MAX_KB = 160
/** Of what the first view needs. */
const MAX_FIRST_KB = 100
const MAX_MS = 500
const MAX_SHIFT = 0.05
/** The browser has shown a view for so long when its layout shifts are counted, in ms. */
const LOOKED_MS = 1500

printMachine()
sizes()
await measured()

function sizes(): void {
  const files = readdirSync('dist/web/assets').map((name) => ({
    name,
    gzipped: gzipSync(readFileSync(`dist/web/assets/${name}`), { level: 9 }).length / 1000,
  }))
  const document = readFileSync('dist/web/index.html', 'utf8')
  const scripts = files.filter(({ name }) => name.endsWith('.js'))
  const sum = (some: typeof scripts) => some.reduce((total, { gzipped }) => total + gzipped, 0)
  const [whole, first] = [sum(scripts), sum(scripts.filter(({ name }) => document.includes(name)))]
  print(`\nsize, gzipped: ${files.map(({ name, gzipped }) => `${name} ${gzipped.toFixed(1)} kB`).join(', ')}`)
  print(`  JavaScript in all ${whole.toFixed(1)} kB: ${verdict(whole < MAX_KB)} (goal: under ${MAX_KB} kB)`)
  print(
    `  before the first view ${first.toFixed(1)} kB: ${verdict(first < MAX_FIRST_KB)} (goal: under ${MAX_FIRST_KB} kB)`,
  )
}

async function measured(): Promise<void> {
  const { environment, file, remove } = await home()
  fill(file, HISTORY)
  const calendar = await startCalendar(environment)
  const browser = await launchChromium()
  const night = new Date(weekAt(0.5, HISTORY).start * 1000).toISOString().slice(0, 10)
  const root = `http://127.0.0.1:${calendar.port}/`
  await paints(browser, `${root}${SITES[0]}?view=week&day&night=${night}`)
  await shifts(browser, root, night)
  await browser.close()
  await calendar.end('SIGTERM')
  remove()
}

/** Time from requesting the document, in ms: with an empty browser cache, and for a document of one word as a baseline. */
async function paints(browser: Browser, week: string): Promise<void> {
  const bare = createServer((_, response) =>
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><p>Here.'),
  ).listen(0, '127.0.0.1')
  await once(bare, 'listening')

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
  const runs = {
    bare: () => visit(`http://127.0.0.1:${(bare.address() as AddressInfo).port}/`, 0),
    page: () => visit(week, SEEN),
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
    `  all reservations seen: ${spread(seen, 'ms')}: ${verdict(median(seen) < MAX_MS)} (goal: a median under ${MAX_MS} ms)`,
  )
  bare.close()
}

/** How much of each view moves after it is first drawn, as browsers count it. */
async function shifts(browser: Browser, root: string, night: string): Promise<void> {
  const views = ['week', 'night', 'month', 'agenda'].map((view) => `${SITES[0]}?view=${view}&night=${night}`)
  print('\nlayout shift on load')
  for (const path of ['', ...views]) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } })
    const page = await context.newPage()
    await page.goto(`${root}${path}`)
    await page.locator('[aria-busy=false], .telescope-row').first().waitFor()
    const shift = await page.evaluate(`new Promise((resolve) => {
      let sum = 0
      new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value))).observe({ type: 'layout-shift', buffered: true })
      setTimeout(() => resolve(sum), ${LOOKED_MS})
    })`)
    await context.close()
    const value = shift as number
    print(`  /${path} ${value.toFixed(3)}: ${verdict(value < MAX_SHIFT)} (goal: under ${MAX_SHIFT})`)
  }
}
