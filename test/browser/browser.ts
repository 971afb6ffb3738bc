import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { type DomainCalendar, domainCalendarAt } from '../../src/client/domain/calendar.ts'
import { at } from '../context.ts'
import { freshId, type Name, serveDemo, type TestServer } from '../server.ts'
import { launchChromium, storageScript } from './chromium.ts'
import { settled } from './settled.ts'

/** A site in the north, one in the south, and one where the Sun does not set in summer. */
const SITES = [
  {
    code: 'saf',
    name: 'Apache Ridge Observatory',
    latitude: 35.554298,
    longitude: -105.870197,
    elevation: 2194,
    time_zone: 'America/Denver',
    enclosure: 'dome',
  },
  {
    code: 'syd',
    name: 'Sydney Observatory',
    latitude: -33.8593,
    longitude: 151.2046,
    elevation: 44,
    time_zone: 'Australia/Sydney',
    enclosure: 'dome',
  },
  {
    code: 'trm',
    name: 'Tromsø Observatory',
    latitude: 69.6489,
    longitude: 18.9551,
    elevation: 100,
    time_zone: 'Europe/Oslo',
    enclosure: 'dome',
  },
]

/** Only what hangs takes as long, however busy the machine. */
const TIMEOUT_MS = 30_000

/** Soon enough that only a stream can have told: by itself, a page reads again after 17 seconds at the earliest. */
export const STREAMED = { timeout: 15_000 }

/** Most pages end before an optimizing compiler has paid off. */
const LITTLE_COMPILED = '--js-flags=--no-opt --no-maglev'

/** How a page is opened. */
export interface Visit {
  /** Such as `/saf?view=night&night=2030-03-06`. */
  readonly path?: string
  /** The browser's time zone, which must not make a difference. */
  readonly timezoneId?: string
  /** The browser's language, which says how clocks are written. */
  readonly locale?: string
  readonly viewport?: { readonly width: number; readonly height: number }
  /** The user who is signed in; nobody if absent. */
  readonly as?: Name | undefined
  /** Where the browser's clock starts. The server's clock is the real one. */
  readonly now?: Date | undefined
  readonly hasTouch?: boolean
  readonly theme?: 'dark' | 'night' | 'light'
  /** Console errors that do not fail the test, such as `/409/`. */
  readonly expected?: RegExp
  /** Other origins that the page may send requests to. */
  readonly others?: readonly string[]
  /** Lets a test run its own scripts in the page. */
  readonly bypassCSP?: boolean
  /** Called before the page is opened. */
  readonly before?: (context: BrowserContext, page: Page) => Promise<unknown>
}

/** A browser and a running calendar. */
export interface BrowserSetup {
  readonly server: TestServer
  /** A client of the calendar for one user, to prepare reservations and to check them. */
  readonly calendar: (name: Name) => DomainCalendar
  /** Makes a project session at saf, between two times of the wire. */
  readonly created: (start: string, end: string, title: string, by?: Name) => Promise<unknown>
  /** Opens a page in a new profile until the test ends. Any error of the page fails the test. */
  readonly open: (visit?: Visit) => Promise<Page>
  readonly close: () => Promise<void>
}

/** Starts a browser and a calendar in demo mode. */
export async function setUpBrowser(settings: Readonly<Record<string, string>> = {}): Promise<BrowserSetup> {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-browser-'))
  const sites = join(folder, 'sites.json')
  writeFileSync(sites, JSON.stringify(SITES))
  const [browser, server] = await Promise.all([
    launchChromium(LITTLE_COMPILED),
    serveDemo({ SITES_FILE: sites, ...settings }),
  ])
  const calendar = (name: Name) =>
    domainCalendarAt({ base: new URL(`${server.base}/`, server.address), token: () => server.tokens[name] })
  return {
    server,
    calendar,
    created: (start, end, title, by = 'ada') =>
      calendar(by).reserve(freshId(), { site: 'saf', start: at(start), end: at(end), title, kind: 'project' }),
    open: (visit = {}) => openPage(browser, server, visit),
    async close() {
      await browser.close()
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function openPage(browser: Browser, server: TestServer, visit: Visit): Promise<Page> {
  const {
    path = '/saf',
    timezoneId = 'UTC',
    locale = 'en-GB',
    viewport = { width: 1400, height: 900 },
    now,
    hasTouch = false,
    bypassCSP = false,
  } = visit
  const context = await browser.newContext({
    timezoneId,
    locale,
    viewport,
    hasTouch,
    bypassCSP,
    baseURL: server.address,
    reducedMotion: 'reduce',
    colorScheme: 'dark',
  })
  context.setDefaultTimeout(TIMEOUT_MS)
  const faults = collectFaults(context, server, visit)
  const page = await context.newPage()
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await saveScreenshot(page, `failed/${task.name.replaceAll(/\W+/g, '-')}`)
    await context.close()
    expect(faults).toEqual([])
  })
  if (now) await page.clock.install({ time: now })
  await page.addInitScript(storageScript(server.address, { ...visit, token: visit.as && server.tokens[visit.as] }))
  await visit.before?.(context, page)
  await page.goto(path)
  return page
}

/** Leads a page to another address of the calendar, as Back does: without loading it again. */
export const goTo = (page: Page, path: string): Promise<void> =>
  page.evaluate((address) => {
    history.pushState(null, '', address)
    dispatchEvent(new PopStateEvent('popstate'))
  }, path)

/** Leads a page to another address, and waits until it has settled there. */
export async function leadTo(page: Page, path: string): Promise<void> {
  await goTo(page, path)
  await settled(page)
}

/** Collects errors of the page, and requests to origins that are not expected. */
function collectFaults(context: BrowserContext, server: TestServer, { expected, others = [] }: Visit): string[] {
  const faults: string[] = []
  const allowed = [server.address, ...others]
  context.on('weberror', (error) => faults.push(error.error().stack ?? error.error().message))
  context.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`
    if (['error', 'warning'].includes(message.type()) && !expected?.test(text)) faults.push(text)
  })
  context.on('request', (request) => {
    if (!allowed.includes(new URL(request.url()).origin)) faults.push(`requested ${request.url()}`)
  })
  return faults
}

/** Saves a screenshot in build/screenshots if the variable `SCREENSHOTS` is set. */
export async function shoot(page: Page, name: string): Promise<void> {
  if (process.env['SCREENSHOTS']) await saveScreenshot(page, name)
}

async function saveScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync('build/screenshots', { recursive: true })
  await page.screenshot({ path: `build/screenshots/${name}.png`, animations: 'disabled' })
}
