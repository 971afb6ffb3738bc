import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { type Calendar, calendarAt } from '../../src/client/calendar.ts'
import { userNamed } from '../../src/demo/users.ts'
import { type Name, serveDemo, type TestServer } from '../server.ts'

/** A telescope in each kind of place: north, south, and where the Sun does not set in summer. */
const SITES = [
  { code: 'saf', name: 'Apache Ridge Observatory', latitude: 35.554298, longitude: -105.870197, elevation: 2194, time_zone: 'America/Denver', enclosure: 'dome' },
  { code: 'syd', name: 'Sydney Observatory', latitude: -33.8593, longitude: 151.2046, elevation: 44, time_zone: 'Australia/Sydney', enclosure: 'dome' },
  { code: 'trm', name: 'Tromsø Observatory', latitude: 69.6489, longitude: 18.9551, elevation: 100, time_zone: 'Europe/Oslo', enclosure: 'dome' },
]

/** It asks nobody for anything but what the page asks for. */
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

/** Milliseconds until whatever should be there is given up. */
const TIMEOUT_MS = 10_000

export interface Visit {
  /** As `/saf?view=night&night=2030-03-06`. */
  readonly path?: string
  /** The browser's own zone, which is to make no difference. */
  readonly timezoneId?: string
  readonly viewport?: { readonly width: number; readonly height: number }
  /** Signed in already, as this tab would be after signing in. */
  readonly as?: Name | undefined
  /** When the browser takes it to be; its clock goes on from there. The server's is the real one. */
  readonly now?: Date | undefined
  readonly hasTouch?: boolean
  readonly theme?: 'dark' | 'night' | 'light'
  /** What the browser may complain of: `/409/` where a refusal is what is tested. */
  readonly expected?: RegExp
  /** Other origins that take part in a test. */
  readonly others?: readonly string[]
  /** Lets a test bring scripts of its own. */
  readonly bypassCSP?: boolean
  /** Called before the page is opened. */
  readonly before?: (context: BrowserContext, page: Page) => Promise<unknown>
}

/** A browser and the calendar that it looks at. */
export interface Stage {
  readonly server: TestServer
  /** The calendar as a program sees it: to prepare what a page is to show, and to see what a page did. */
  readonly calendar: (name: Name) => Calendar
  /** A page in a profile of its own, closed when the test ends; which fails where the page had any trouble of its own. */
  readonly open: (visit?: Visit) => Promise<Page>
  readonly close: () => Promise<void>
}

export async function openStage(settings: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-browser-'))
  const sites = join(folder, 'sites.json')
  writeFileSync(sites, JSON.stringify(SITES))
  const [browser, server] = await Promise.all([chromium.launch({ executablePath: chromiumOnPath(), args: FLAGS }), serveDemo({ SITES_FILE: sites, ...settings })])
  return {
    server,
    calendar: (name) => calendarAt({ base: new URL(`${server.base}/`, server.address), token: () => server.tokens[name] }),
    open: (visit = {}) => openPage(browser, server, visit),
    async close() {
      await browser.close()
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Debian's Chromium, Google's, or the one that `CHROMIUM` names. */
function chromiumOnPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  const candidates = ['chromium', 'google-chrome', 'chromium-browser'].flatMap((name) => folders.map((folder) => join(folder, name)))
  const found = [process.env['CHROMIUM'] ?? '', ...candidates].find(isProgram)
  if (found === undefined) throw new Error('The tests need Chromium; please install it, or name it in CHROMIUM.')
  return found
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return file !== ''
  } catch {
    return false
  }
}

async function openPage(browser: Browser, server: TestServer, visit: Visit): Promise<Page> {
  const { path = '/saf', timezoneId = 'UTC', viewport = { width: 1400, height: 900 }, now, hasTouch = false, bypassCSP = false } = visit
  const context = await browser.newContext({ timezoneId, viewport, hasTouch, bypassCSP, baseURL: server.address, locale: 'en-GB', reducedMotion: 'reduce' })
  context.setDefaultTimeout(TIMEOUT_MS)
  const faults = watch(context, server, visit)
  const page = await context.newPage()
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await shoot(page, `failed/${task.name.replaceAll(/\W+/g, '-')}`)
    await context.close()
    expect(faults).toEqual([])
  })
  if (now) await page.clock.install({ time: now })
  await page.addInitScript(memory(server, visit))
  await visit.before?.(context, page)
  await page.goto(path)
  return page
}

/** What a browser tells of: errors of the page, and requests to where it has no business. */
function watch(context: BrowserContext, server: TestServer, { expected, others = [] }: Visit): string[] {
  const faults: string[] = []
  const allowed = [server.address, ...others]
  context.on('weberror', (error) => faults.push(error.error().stack ?? error.error().message))
  context.on('console', (message) => {
    const text = `${message.text()} (${message.location().url})`
    if (['error', 'warning'].includes(message.type()) && !expected?.test(text)) faults.push(text)
  })
  context.on('request', (request) => {
    if (!allowed.includes(new URL(request.url()).origin)) faults.push(`asked for ${request.url()}`)
  })
  return faults
}

/** For the browser: what this tab and this profile remember, at the page's own origin. By its clock, the token holds for an hour. */
function memory(server: TestServer, { as, now = new Date(), theme }: Visit): string {
  const issuer = `${server.address}/demo-identity`
  const person = as && userNamed(as)
  const user = person && {
    access_token: server.tokens[as],
    token_type: 'Bearer',
    scope: 'openid profile',
    expires_at: Math.floor(now.getTime() / 1000) + 3600,
    profile: { sub: person.sub, name: person.fullName, iss: issuer, aud: 'photonranch-calendar' },
  }
  const keep = (storage: string, name: string, value: string) => `${storage}.setItem(${JSON.stringify(name)}, ${JSON.stringify(value)})`
  const kept = [
    ...(user ? [keep('sessionStorage', `oidc.user:${issuer}:photonranch-calendar`, JSON.stringify(user))] : []),
    ...(theme ? [keep('localStorage', 'theme', theme)] : []),
  ]
  return `if (location.origin === ${JSON.stringify(server.address)}) { ${kept.join('; ')} }`
}

/** Keeps how a page looks, for people to look at. */
export async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync('build/screenshots', { recursive: true })
  await page.screenshot({ path: `build/screenshots/${name}.png`, animations: 'disabled' })
}
