import { subscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { storageScript } from '../../test/browser/chromium.ts'

/** When the scene is: Thursday 26 November 2026, 21:42 in Denver. */
export const SCENE_TIME = new Date('2026-11-27T04:42:00Z')

/** The reader is in Berlin. */
const READER_ZONE = 'Europe/Berlin'

/** How a page of the scene is opened. */
export interface SceneVisit {
  readonly path: string
  readonly width: number
  readonly height: number
  readonly theme: string
  /** The reader's language, which says how clocks are written. */
  readonly language?: string
}

/** A calendar at the time of the scene, with its reservations. */
export interface Scene {
  readonly address: string
  /** Opens a page as Ada, at the time of the scene. */
  readonly open: (browser: Browser, visit: SceneVisit) => Promise<Page>
  readonly stop: () => Promise<void>
}

/** Starts the calendar. From now on the clock of this process shows the time of the scene. */
export async function startScene(port = 0): Promise<Scene> {
  setClock(SCENE_TIME.getTime())
  const folder = mkdtempSync(join(tmpdir(), 'calendar-scene-'))
  const { startServer } = await import('../../src/main/server.ts')
  const { silentLog } = await import('../../src/ops/log.ts')
  const { readSettings } = await import('../../src/ops/settings.ts')
  const settings = readSettings({
    PORT: String(port),
    STORE: `sqlite:${join(folder, 'calendar.db')}`,
    LOG_LEVEL: 'silent',
    STAGE: 'dev',
    OBSERVER_WRITES_PER_MINUTE: '100000',
  })
  const server = await startServer(settings, silentLog())
  const tokens = await tokensFor(server.address, settings)
  await fill(server.address, tokens.grace)
  return {
    address: server.address,
    open: (browser, visit) => openPage(browser, server.address, tokens.ada, visit),
    async stop() {
      await server.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** How far the clock of this process is shifted, in milliseconds. */
let shift = 0

/** Shifts the clock of this process, and of what it serves. */
function setClock(time: number): void {
  const RealDate = Date
  shift = time - RealDate.now()
  const shifted = () => RealDate.now() + shift
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, words) => Reflect.construct(target, words.length > 0 ? words : [shifted()]) as Date,
    get: (target, name) => (name === 'now' ? shifted : (Reflect.get(target, name) as unknown)),
  })
  // Node.js writes the machine's time into `Date`, which the page compares with its clock.
  subscribe('http.server.request.start', (message) =>
    (message as { response: ServerResponse }).response.setHeader('Date', new Date().toUTCString()),
  )
}

async function tokensFor(address: string, settings: import('../../src/ops/settings.ts').Settings) {
  const { loadSigningKey } = await import('../../src/demo/signing-key.ts')
  const { demoToken } = await import('../../src/demo/token.ts')
  const { userNamed } = await import('../../src/demo/users.ts')
  const { demoKeyFile } = await import('../../src/main/stores.ts')
  const issuer = `${address}/demo-identity`
  // The first request makes the key.
  await fetch(`${issuer}/jwks`)
  const key = await loadSigningKey(demoKeyFile(settings))
  const { AUTH_AUDIENCE: audience, AUTH_ROLES_CLAIM: rolesClaim } = settings
  const now = Math.floor(Date.now() / 1000)
  const tokenOf = async (name: string) => {
    const user = userNamed(name)
    if (!user) throw new Error(`The demo has no user ${name}.`)
    return demoToken(user, { issuer, audience, key, rolesClaim, now, lifetime: 24 * 3600 })
  }
  return { ada: await tokenOf('ada'), grace: await tokenOf('grace') }
}

async function fill(address: string, token: string): Promise<void> {
  const { sceneEvents } = await import('./reservations.ts')
  const { readSites } = await import('../../src/ops/sites.ts')
  const { defaultSites } = await import('../../src/main/default-sites.ts')
  const site = readSites(defaultSites).sites.get('saf')
  if (!site) throw new Error('There is no telescope saf.')
  for (const event of sceneEvents(site)) {
    const response = await fetch(`${address}/dev/newevent`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(event),
    })
    if (response.status !== 200) throw new Error(`${event.title}, ${event.start}: ${await response.text()}`)
  }
}

async function openPage(browser: Browser, address: string, token: string, visit: SceneVisit): Promise<Page> {
  const { path, width, height, theme, language = 'en-GB' } = visit
  const phone = width < 600
  const context = await browser.newContext({
    baseURL: address,
    viewport: { width, height },
    deviceScaleFactor: phone ? 2 : 1,
    hasTouch: phone,
    timezoneId: READER_ZONE,
    locale: language,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  // The browser adds the time since then by the machine's clock, which is not shifted.
  await page.clock.install({ time: new Date(Date.now() + shift) })
  await page.addInitScript(storageScript(address, { as: 'ada', token, now: new Date(), theme }))
  await page.goto(path)
  return page
}
