import { readFileSync } from 'node:fs'
import { createServer as createHttp, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freshId } from '../server.ts'
import { at } from '../context.ts'
import { openStage, shoot, type Stage } from './browser.ts'
import { settled } from './grid.ts'

let stage: Stage
let friend: string
let anonymous: string
beforeAll(async () => {
  // Two sites that show the calendar within a page of theirs, of which it allows one.
  const others = [createHttp(showCalendar), createHttp(showCalendar)]
  const [one = '', another = ''] = await Promise.all(others.map(async (other) => `http://127.0.0.1:${await listening(other)}`))
  friend = one
  anonymous = another
  stage = await openStage({ FRAME_ANCESTORS: friend })
  await created('2030-03-15T03:00:00Z', '2030-03-15T06:30:00Z', 'M51 LRGB')
  await created('2030-03-16T07:00:00Z', '2030-03-16T08:00:00Z', 'M92', 'bo')
  await stage.calendar('grace').reserve(freshId(), { site: 'saf', start: at('2030-03-17T18:00:00Z'), end: at('2030-03-18T18:00:00Z'), title: 'Mirror', kind: 'maintenance' })
  return async () => {
    for (const other of others) other.close()
    await stage.close()
  }
})

const showCalendar = (_: unknown, response: ServerResponse) => {
  response.writeHead(200, { 'Content-Type': 'text/html' })
  response.end(`<!doctype html><title>Elsewhere</title><link rel="icon" href="data:,"><iframe src="${stage.server.address}/saf?embed&amp;night=2030-03-14" width="1000" height="900"></iframe>`)
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', () => resolve()))
  return (server.address() as AddressInfo).port
}

const NOW = new Date('2030-03-14T20:00:00Z')

const created = (start: string, end: string, title: string, by: 'ada' | 'bo' = 'ada') =>
  stage.calendar(by).reserve(freshId(), { site: 'saf', start: at(start), end: at(end), title, kind: 'project' })

const session = (page: Page, name: RegExp | string) => page.getByRole('grid').getByRole('button', { name })

describe('signing in', () => {
  it('leads through the issuer and back, and signing out ends it', async () => {
    const page = await stage.open({ path: '/syd?view=night&night=2030-03-14' })
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Grace Hopper' }).click()
    await page.getByText('Grace Hopper (admin)').waitFor()
    expect(page.url()).toBe(`${stage.server.address}/syd?view=night&night=2030-03-14`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
    await page.getByRole('button', { name: 'Sign in' }).click()
    // Its own sign-in is over as well: it asks again.
    await page.getByRole('button', { name: 'Bo Jansson' }).click()
    await page.getByText('Bo Jansson').waitFor()
  })

  it('runs out with its token, which is said', async () => {
    const page = await stage.open({ path: '/saf?view=week&night=2030-03-14', as: 'ada', now: NOW })
    await session(page, /M51.*, yours$/).waitFor()
    await page.clock.fastForward('01:00:05')
    await page.getByRole('alert').getByText('Your sign-in has expired.').waitFor()
    await page.getByRole('alert').getByRole('button', { name: 'Sign in again' }).waitFor()
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).waitFor()
    // What was theirs is read again as an anonymous caller sees it.
    await session(page, /M51.*night of 2030-03-14$/).waitFor()
  })

  it('that went wrong is said, and leaves no trace in the address', async () => {
    const page = await stage.open({ path: '/?error=access_denied&state=nobodys', now: NOW })
    await page.getByRole('alert').getByText('Signing in did not work').waitFor()
    expect(page.url()).toBe(`${stage.server.address}/`)
  })
})

describe('a calendar that cannot be reached', () => {
  it('leaves what was last read, with its age, and comes back by itself', async () => {
    const wire = await wireTo(stage.server.port)
    const page = await stage.open({ path: `${wire.address}/saf?view=week&night=2030-03-14`, now: NOW, others: [wire.address], expected: /ERR_/ })
    await session(page, /M51/).waitFor()
    wire.cut()
    const age = page.locator('.reading-age')
    await age.getByText('Read less than a minute ago: the calendar cannot be reached.').waitFor()
    await created('2030-03-15T07:00:00Z', '2030-03-15T08:00:00Z', 'Meanwhile', 'bo')
    await page.clock.fastForward('03:20')
    await age.getByText(/Read 3 min ago/).waitFor()
    await shoot(page, 'unreachable')
    expect(await session(page, /M51/).count()).toBe(1)
    const streaming = page.waitForResponse(/\/changes/)
    wire.mend()
    await page.clock.fastForward('00:10')
    await session(page, /Meanwhile/).waitFor()
    await age.getByText(/Read/).waitFor({ state: 'hidden' })
    await streaming
    await created('2030-03-15T09:00:00Z', '2030-03-15T10:00:00Z', 'Thereafter', 'bo')
    await session(page, /Thereafter/).waitFor()
    // By now nothing but the stream would tell so soon.
    await created('2030-03-15T10:00:00Z', '2030-03-15T11:00:00Z', 'At last', 'bo')
    await session(page, /At last/).waitFor({ timeout: 2000 })
  })

  it('is waited for when it is not there at first', async () => {
    const wire = await wireTo(stage.server.port)
    const page = await stage.open({
      path: `${wire.address}/saf`, now: NOW, others: [wire.address], expected: /ERR_/,
      before: (_, page) => page.route('**/dev/sites', (route) => route.abort(), { times: 1 }),
    })
    await page.getByRole('alert').getByText('The calendar cannot be reached. Trying again').waitFor()
    await page.clock.fastForward('00:06')
    await settled(page)
  })
})

/** The calendar by another address, which can be cut off. */
async function wireTo(port: number) {
  const ends = new Set<Socket>()
  let isCut = false
  const wire = createServer((near) => {
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
  const address = `http://127.0.0.1:${await listening(wire)}`
  const hangUp = () => ends.forEach((end) => end.destroy())
  onTestFinished(() => {
    hangUp()
    wire.close()
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
  it('that is allowed to, it is shown without what leads elsewhere', async () => {
    const page = await stage.open({ path: `${friend}/`, others: [friend, 'null'], now: NOW })
    const inner = page.frameLocator('iframe')
    await inner.getByRole('heading', { name: 'saf · Apache Ridge Observatory' }).waitFor()
    await inner.getByRole('button', { name: /M51/ }).waitFor()
    expect(await inner.getByRole('banner').count()).toBe(0)
    expect(await inner.getByRole('button', { name: 'New reservation' }).count()).toBe(0)
    await inner.getByRole('link', { name: 'Month' }).click()
    await inner.getByRole('heading', { name: 'March 2030' }).waitFor()
    expect(await inner.getByRole('banner').count()).toBe(0)
    await shoot(page, 'embedded')
  })

  it('that is not, it is not shown', async () => {
    const rejected: string[] = []
    const page = await stage.open({
      path: `${anonymous}/`,
      others: [anonymous, 'null'],
      expected: /frame-ancestors/,
      before: async (context) => void context.on('console', (message) => rejected.push(message.text())),
    })
    await expect.poll(() => rejected).toEqual([expect.stringContaining('frame-ancestors')])
    expect(await page.frameLocator('iframe').getByRole('heading').count()).toBe(0)
  })
})

/** What is to be seen of the page, and how to get there. */
const VIEWS: readonly (readonly [string, (page: Page) => Promise<unknown>])[] = [
  ['network', (page) => page.getByRole('list', { name: 'Telescopes' }).getByRole('button', { name: /M51/ }).waitFor()],
  ['week', async (page) => {
    await page.getByRole('listitem').getByRole('link', { name: 'saf' }).click()
    await page.getByRole('link', { name: 'Week' }).click()
    await session(page, /M51/).waitFor()
  }],
  ['night', async (page) => {
    await page.getByRole('link', { name: 'Night', exact: true }).click()
    await session(page, /M51/).waitFor()
  }],
  ['month', async (page) => {
    await page.getByRole('link', { name: 'Month' }).click()
    await session(page, /M51/).waitFor()
  }],
  ['details', async (page) => {
    await session(page, /M51/).click()
    await page.getByRole('dialog', { name: 'M51 LRGB' }).waitFor()
  }],
  ['editor', async (page) => {
    await page.getByRole('button', { name: 'Change' }).click()
    await page.getByRole('dialog', { name: 'Change reservation' }).getByText('Free.').waitFor()
  }],
  ['own', async (page) => {
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'My reservations' }).click()
    await page.getByRole('dialog', { name: 'My reservations' }).getByText('M51').waitFor()
  }],
]

const AXE = readFileSync('node_modules/axe-core/axe.min.js', 'utf8')

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string; readonly any: readonly { readonly message: string }[] }[]
}

/** A theme differs from another in its colours, and in nothing else that could keep people out. */
const COLOURS = 'runOnly: ["color-contrast"]'
const THEMES = [['dark', ''], ['night', COLOURS], ['light', COLOURS]] as const

it('leaves nothing that keeps people out, in any theme', async () => {
  // Its own policy would not let a test bring a script.
  const page = await stage.open({ path: '/', as: 'ada', now: NOW, bypassCSP: true })
  await page.evaluate(AXE)
  const found: string[] = []
  for (const [name, lead] of VIEWS) {
    await lead(page)
    for (const [theme, only] of THEMES) {
      await page.evaluate(`document.documentElement.dataset.theme = '${theme}'`)
      await shoot(page, `${name}-${theme}`)
      found.push(...(await violationsOn(page, only)).map((violation) => `${name}, ${theme}: ${violation}`))
    }
  }
  expect(found).toEqual([])
})

/** What is serious or critical. */
async function violationsOn(page: Page, only: string): Promise<string[]> {
  const violations = await page.evaluate<Finding[]>(`axe.run({ resultTypes: ["violations"], ${only} }).then(({ violations }) => violations)`)
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).flatMap(({ id, impact, nodes: all }) => {
    // A cell is no control: nobody has to say its name to press it.
    const nodes = all.filter(({ html }) => !(id === 'label-content-name-mismatch' && html.includes('role="gridcell"')))
    return nodes.slice(0, 3).map(({ html, any }) => `${impact} ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`)
  })
}

it('a narrow window shows all of it without being moved sideways', async () => {
  const page = await stage.open({ path: '/', as: 'ada', now: NOW, viewport: { width: 390, height: 844 } })
  const wide: string[] = []
  for (const [name, lead] of VIEWS) {
    await lead(page)
    await shoot(page, `${name}-narrow`)
    const width = await page.evaluate<number>('Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)')
    if (width > 390) wide.push(`${name} is ${width} wide`)
  }
  expect(wide).toEqual([])
})

it('on paper it is in the light theme, and nothing is there to be pressed', async () => {
  const page = await stage.open({ path: '/saf?view=week&night=2030-03-14', as: 'ada', now: NOW })
  await session(page, /M51/).waitFor()
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('button', { name: 'New reservation' }).isVisible()).toBe(false)
  expect(await page.getByRole('banner').isVisible()).toBe(false)
  const paper = () => page.evaluate('document.documentElement.dataset.theme')
  await page.evaluate("dispatchEvent(new Event('beforeprint'))")
  expect(await paper()).toBe('light')
  await shoot(page, 'print')
  await page.evaluate("dispatchEvent(new Event('afterprint'))")
  expect(await paper()).toBe('dark')
})

it('a theme that was chosen stays', async () => {
  const page = await stage.open({ path: '/saf', now: NOW })
  await page.getByRole('combobox', { name: 'Theme' }).selectOption('Night vision')
  await page.reload()
  await settled(page)
  expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('night')
})
