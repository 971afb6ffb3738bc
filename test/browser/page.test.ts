import { readFileSync } from 'node:fs'
import { createServer as createHttp, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freshId } from '../server.ts'
import { at } from '../context.ts'
import { setUpBrowser, shoot, STREAMED, type BrowserSetup } from './browser.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
/** Origins of sites that embed the calendar: one may, the other may not. */
let allowedSite: string
let otherSite: string
beforeAll(async () => {
  const others = [createHttp(embedCalendar), createHttp(embedCalendar)]
  const [one = '', another = ''] = await Promise.all(
    others.map(async (other) => `http://127.0.0.1:${await listening(other)}`),
  )
  allowedSite = one
  otherSite = another
  setup = await setUpBrowser({ FRAME_ANCESTORS: allowedSite })
  await setup.created('2030-03-15T03:00:00Z', '2030-03-15T06:30:00Z', 'M51 LRGB')
  await setup.created('2030-03-16T07:00:00Z', '2030-03-16T08:00:00Z', 'M92', 'bo')
  await setup.calendar('grace').reserve(freshId(), {
    site: 'saf',
    start: at('2030-03-17T18:00:00Z'),
    end: at('2030-03-18T18:00:00Z'),
    title: 'Mirror',
    kind: 'maintenance',
  })
  return async () => {
    for (const other of others) other.close()
    await setup.close()
  }
})

const embedCalendar = (_: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'Content-Type': 'text/html' })
  response.end(
    `<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><iframe src="${setup.server.address}/saf?embed&amp;night=2030-03-14" width="1000" height="900"></iframe>`,
  )
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  return (server.address() as AddressInfo).port
}

const NOW = new Date('2030-03-14T20:00:00Z')

/** Opens the menu: on a desktop by the caller's name. */
const openMenu = (page: Page) =>
  page
    .getByRole('banner')
    .getByRole('button', { name: /Ada Lovelace|Menu/ })
    .click()

const session = (page: Page, name: RegExp | string) => page.getByRole('grid').getByRole('button', { name })

describe('signing in', () => {
  it('leads through the issuer and back, and signing out ends it', async () => {
    const page = await setup.open({ path: '/syd?view=night&night=2030-03-14' })
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Grace Hopper' }).click()
    await page.getByRole('button', { name: 'Grace Hopper (admin)' }).click()
    await expect.poll(() => page.url()).toBe(`${setup.server.address}/syd?view=night&night=2030-03-14`)
    await page.getByRole('dialog', { name: 'Menu' }).getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    // The issuer has ended its session as well: it asks again.
    await page.getByRole('button', { name: 'Bo Jansson' }).click()
    await page.getByRole('banner').getByText('Bo Jansson').waitFor()
  })

  it('expires with its token, with a notice', async () => {
    const page = await setup.open({ path: '/saf?view=week&night=2030-03-14', as: 'ada', now: NOW })
    await session(page, /M51.*, yours$/).waitFor()
    await page.clock.fastForward('01:00:05')
    await page.getByRole('alert').getByText('Your sign-in has expired.').waitFor()
    await page.getByRole('alert').getByRole('button', { name: 'Sign in again' }).waitFor()
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).waitFor()
    // The reservations are read again for an anonymous caller.
    await session(page, /M51.* \d\d:\d\d$/).waitFor()
  })

  it('says so if the issuer does not answer', async () => {
    const page = await setup.open({
      path: '/saf',
      now: NOW,
      before: (context) => context.route('**/openid-configuration', () => {}),
    })
    const asked = page.waitForRequest('**/openid-configuration')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await asked
    await page.clock.fastForward('00:11')
    await page.getByRole('alert').getByText('The sign-in service is not reachable.').waitFor()
  })

  it('reports a failure, and leaves no trace of it in the address', async () => {
    const page = await setup.open({ path: '/?error=access_denied&state=nobodys', now: NOW })
    await page.getByRole('alert').getByText('Signing in did not work').waitFor()
    await expect.poll(() => page.url()).toBe(`${setup.server.address}/`)
  })
})

describe('a calendar that cannot be reached', () => {
  it('leaves the last reservations, with their age, and recovers by itself', async () => {
    const proxy = await proxyTo(setup.server.port)
    const page = await setup.open({
      path: `${proxy.address}/saf?view=week&night=2030-03-14`,
      now: NOW,
      others: [proxy.address],
      expected: /ERR_/,
    })
    await session(page, /M51/).waitFor()
    proxy.cut()
    const age = page.locator('.data-age')
    await age.getByText('Offline. Showing reservations from less than a minute ago.').waitFor()
    await setup.created('2030-03-15T07:00:00Z', '2030-03-15T08:00:00Z', 'Meanwhile', 'bo')
    await page.clock.fastForward('03:20')
    await age.getByText(/from 3 min ago/).waitFor()
    await shoot(page, 'unreachable')
    expect(await session(page, /M51/).count()).toBe(1)
    const streaming = page.waitForResponse(/\/dev\/changes/)
    proxy.mend()
    await page.clock.fastForward('00:10')
    await session(page, /Meanwhile/).waitFor()
    await age.getByText(/Offline/).waitFor({ state: 'hidden' })
    await streaming
    await setup.created('2030-03-15T09:00:00Z', '2030-03-15T10:00:00Z', 'Thereafter', 'bo')
    await session(page, /Thereafter/).waitFor()
    await setup.created('2030-03-15T10:00:00Z', '2030-03-15T11:00:00Z', 'At last', 'bo')
    await session(page, /At last/).waitFor(STREAMED)
  })

  it('is waited for if it is unreachable at first', async () => {
    const proxy = await proxyTo(setup.server.port)
    let isReachable = false
    const page = await setup.open({
      path: `${proxy.address}/saf`,
      now: NOW,
      others: [proxy.address],
      expected: /ERR_/,
      before: (_, page) => page.route('**/dev/sites', (route) => (isReachable ? route.continue() : route.abort())),
    })
    await page.getByRole('alert').getByText('The calendar cannot be reached. Trying again').waitFor()
    isReachable = true
    await page.clock.fastForward('00:06')
    await settled(page)
  })
})

/** A proxy to the calendar, whose connections can be cut. */
async function proxyTo(port: number) {
  const ends = new Set<Socket>()
  let isCut = false
  const proxy = createServer((near) => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(port, '127.0.0.1')
    for (const end of [near, far]) {
      ends.add(end)
      end.on('error', () => end.destroy()).on('close', () => ends.delete(end))
    }
    near.pipe(far).pipe(near)
  })
  const address = `http://127.0.0.1:${await listening(proxy)}`
  const hangUp = () => ends.forEach((end) => end.destroy())
  onTestFinished(() => {
    hangUp()
    proxy.close()
  })
  return {
    address,
    cut() {
      isCut = true
      hangUp()
    },
    mend: () => void (isCut = false),
  }
}

describe('within another page', () => {
  it('that may embed it, it is shown without top bar and reservation buttons', async () => {
    const page = await setup.open({ path: `${allowedSite}/`, others: [allowedSite, 'null'], now: NOW })
    const inner = page.frameLocator('iframe')
    await inner.getByRole('heading', { name: 'saf Apache Ridge Observatory' }).waitFor()
    await inner.getByRole('button', { name: /M51/ }).waitFor()
    expect(await inner.getByRole('banner').count()).toBe(0)
    expect(await inner.getByRole('button', { name: 'New reservation' }).count()).toBe(0)
    await inner.getByRole('link', { name: 'Month' }).click()
    await inner.getByRole('heading', { name: 'March 2030' }).waitFor()
    expect(await inner.getByRole('banner').count()).toBe(0)
    await shoot(page, 'embedded')
  })

  it('that may not embed it, it is not shown', async () => {
    const rejected: string[] = []
    const page = await setup.open({
      path: `${otherSite}/`,
      others: [otherSite, 'null'],
      expected: /frame-ancestors/,
      before: async (context) => void context.on('console', (message) => rejected.push(message.text())),
    })
    await expect.poll(() => rejected).toEqual([expect.stringContaining('frame-ancestors')])
    expect(await page.frameLocator('iframe').getByRole('heading').count()).toBe(0)
  })
})

const isPhone = (page: Page) => (page.viewportSize()?.width ?? 0) < 720

/** Chooses a view: on a phone, in the menu. */
async function chooseView(page: Page, name: string): Promise<void> {
  if (isPhone(page)) await openMenu(page)
  await page.getByRole('navigation', { name: 'View' }).getByRole('link', { name, exact: true }).click()
}

/** All views of the page, and how to open each from the one before: dialogs above the view that has the least in it. */
const VIEWS: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['network', (page) => page.getByRole('list', { name: 'Telescopes' }).getByRole('button', { name: /M51/ }).waitFor()],
  [
    'week',
    async (page) => {
      await page.getByRole('listitem').getByRole('link', { name: 'saf' }).click()
      await chooseView(page, 'Week')
      await session(page, /M51/).waitFor()
    },
  ],
  [
    'agenda',
    async (page) => {
      await chooseView(page, 'Agenda')
      await page.getByRole('button', { name: /M51/ }).waitFor()
    },
  ],
  [
    'month',
    async (page) => {
      await chooseView(page, 'Month')
      await session(page, /M51/).waitFor()
    },
  ],
  [
    'night',
    async (page) => {
      await chooseView(page, 'Night')
      await session(page, /M51/).waitFor()
    },
  ],
  [
    'details',
    async (page) => {
      await session(page, /M51/).click()
      await page.getByRole('dialog', { name: 'M51 LRGB' }).waitFor()
    },
  ],
  [
    'editor',
    async (page) => {
      await page.getByRole('button', { name: 'Change' }).click()
      await page.getByRole('dialog', { name: 'Change reservation' }).getByText('Free', { exact: true }).waitFor()
    },
  ],
  [
    'own',
    async (page) => {
      await page.keyboard.press('Escape')
      await page.getByRole('dialog', { name: 'Change reservation' }).waitFor({ state: 'detached' })
      await openMenu(page)
      await page.getByRole('button', { name: 'My reservations' }).click()
      await page.getByRole('dialog', { name: 'My reservations' }).getByText('M51').waitFor()
    },
  ],
]

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

interface AxeViolation {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[]
}

/** Themes differ in colours only. */
const COLOURS = 'runOnly: ["color-contrast"]'
const THEMES = [
  ['dark', ''],
  ['night', COLOURS],
  ['light', COLOURS],
] as const

it('has no serious accessibility violations, in any theme', async () => {
  // The page's policy forbids the scripts of a test.
  const page = await setup.open({ path: '/', as: 'ada', now: NOW, bypassCSP: true })
  await page.evaluate(AXE)
  const found: string[] = []
  for (const [name, open] of VIEWS) {
    await open(page)
    for (const [theme, only] of THEMES) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      await shoot(page, `${name}-${theme}`)
      found.push(...(await violationsOn(page, only)).map((violation) => `${name}, ${theme}: ${violation}`))
    }
  }
  expect(found).toEqual([])
})

/** The serious and critical violations. */
async function violationsOn(page: Page, only: string): Promise<string[]> {
  const violations = await page.evaluate<AxeViolation[]>(
    `axe.run({ resultTypes: ["violations"], ${only} }).then(({ violations }) => violations)`,
  )
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .flatMap(({ id, impact, nodes }) =>
      nodes.slice(0, 3).map(({ html, any }) => `${impact} ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
    )
}

it('a narrow window needs no horizontal scrolling', async () => {
  const page = await setup.open({ path: '/', as: 'ada', now: NOW, viewport: { width: 390, height: 844 } })
  const width = () => page.evaluate<number>('Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)')
  for (const [name, open] of VIEWS) {
    await open(page)
    await shoot(page, `${name}-narrow`)
    await expect.poll(width, { message: name }).toBeLessThanOrEqual(390)
  }
})

it('a print is in the light theme, has what is shown, and no buttons', async () => {
  const page = await setup.open({ path: '/saf?view=week&night=2030-03-14', as: 'ada', now: NOW })
  await session(page, /M51/).waitFor()
  const heading = page.getByRole('heading', { name: '14 – 20 Mar 2030' })
  const buttons = ['New reservation', 'Tonight', 'Go to a date'].map((name) =>
    page.getByRole('button', { name, exact: true }),
  )
  const shown = () => Promise.all([heading, page.getByRole('banner'), ...buttons].map((one) => one.isVisible()))
  await expect.poll(shown).toEqual([true, true, true, true, true])
  await page.emulateMedia({ media: 'print' })
  await expect.poll(shown).toEqual([true, false, false, false, false])
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  await expect.poll(ground).toBe('rgb(247, 248, 251)')
  await shoot(page, 'print')
  await page.emulateMedia({ media: 'screen' })
  await expect.poll(ground).toBe('rgb(9, 12, 19)')
})

it('a chosen theme stays', async () => {
  const page = await setup.open({ path: '/saf', now: NOW })
  await openMenu(page)
  await page.getByRole('group', { name: 'Theme' }).getByRole('button', { name: 'Night vision' }).click()
  await page.reload()
  await settled(page)
  await expect.poll(() => page.evaluate('document.documentElement.dataset.theme')).toBe('night')
})

it('without a chosen theme, the page follows the colour scheme of the system', async () => {
  const page = await setup.open({ path: '/saf', now: NOW })
  await settled(page)
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  await expect.poll(ground).toBe('rgb(9, 12, 19)')
  await page.emulateMedia({ colorScheme: 'light' })
  await expect.poll(ground).toBe('rgb(247, 248, 251)')
})
