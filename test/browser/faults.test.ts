import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type BrowserSetup, setUpBrowser } from './browser.ts'
import { storageScript } from './chromium.ts'
import { boxOf } from './grid.ts'
import { nextFrame, settled } from './settled.ts'
import { layoutShift, watchLayoutShift } from './layout-shift.ts'

/* Faults of kinds that the users of other calendars have reported. */

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

/** Four in the afternoon in Denver. */
const NOW = new Date('2030-03-08T23:00:00Z')

describe('a chosen time', () => {
  it('is the same again after a night whose clocks skip it', async () => {
    const page = await setup.open({
      path: '/saf?view=night&night=2030-03-08&reserve=2030-03-09T09:30:00Z/2030-03-09T11:30:00Z',
      as: 'ada',
      now: NOW,
    })
    const editor = page.getByRole('dialog', { name: 'New reservation' })
    const times = async () => [
      await editor.getByLabel('Start time').inputValue(),
      await editor.getByLabel('End time').inputValue(),
    ]
    await expect.poll(times).toEqual(['02:30', '04:30'])
    await editor.getByLabel('Starts').fill('2030-03-10')
    // Clocks go from 02:00 to 03:00: there is no 02:30.
    await expect.poll(async () => (await times())[0]).toMatch(/^03:/)
    await editor.getByLabel('Starts').fill('2030-03-12')
    await expect.poll(times).toEqual(['02:30', '04:30'])
  })
})

describe('signing out', () => {
  it('ends the sign-in when nothing can be reached', async () => {
    await setup.created('2030-03-09T05:00:00Z', '2030-03-09T06:00:00Z', 'Mine')
    const page = await setup.open({
      path: '/saf?view=week&night=2030-03-08',
      as: 'ada',
      now: NOW,
      expected: /ERR_FAILED/,
      before: (context) => context.route('**/openid-configuration', (route) => route.abort()),
    })
    const block = page.getByRole('grid').getByRole('button', { name: /^Mine/ })
    await block.filter({ hasText: 'yours' }).waitFor()
    await page.route('**/saf?*', (route) => route.abort())
    await page.getByRole('banner').getByRole('button', { name: 'Ada Lovelace' }).click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('banner').getByRole('button', { name: 'Sign in' }).waitFor()
    await block.filter({ hasNotText: 'yours' }).waitFor()
  })

  it('ends the same sign-in in other tabs, and no other', async () => {
    const page = await setup.open({ path: '/saf?view=week&night=2030-03-08', as: 'ada', now: NOW })
    const tabOf = async (as: 'ada' | 'bo', before?: (tab: Page) => Promise<unknown>) => {
      const tab = await page.context().newPage()
      await before?.(tab)
      await tab.clock.install({ time: NOW })
      await tab.addInitScript(storageScript(setup.server.address, { as, now: NOW, token: setup.server.tokens[as] }))
      await tab.goto('/saf?view=week&night=2030-03-08')
      return tab
    }
    const [same, another] = [await tabOf('ada'), await tabOf('bo')]
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const loading = await tabOf('ada', (tab) =>
      tab.route('**/dev/me', async (route) => {
        asked.resolve()
        await answered.promise
        await route.continue()
      }),
    )
    await asked.promise
    const userIn = (tab: Page, name: string) => tab.getByRole('banner').getByRole('button', { name })
    await userIn(same, 'Ada Lovelace').waitFor()
    await userIn(another, 'Bo Jansson').waitFor()
    await userIn(page, 'Ada Lovelace').click()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await userIn(same, 'Sign in').waitFor()
    answered.resolve()
    await userIn(loading, 'Sign in').waitFor()
    const kept = () => same.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('oidc.user:')))
    await expect.poll(kept).toEqual([])
    expect(await userIn(another, 'Bo Jansson').count()).toBe(1)
  })
})

describe('a page', () => {
  it('says that it is loading while the calendar does not answer', async () => {
    const page = await setup.open({
      path: '/saf',
      now: NOW,
      before: (context) => context.route('**/dev/config', () => {}),
    })
    const text = page.getByText('Loading the calendar …')
    await expect.poll(() => text.evaluate((one) => getComputedStyle(one).visibility)).toBe('visible')
  })

  it('says so no more below what it has loaded', async () => {
    const page = await setup.open({ path: '/saf', now: NOW })
    await page.getByRole('grid').waitFor()
    expect(await page.getByText('Loading the calendar …').count()).toBe(0)
  })

  it('of all telescopes within another page leads to forms in a tab of their own', async () => {
    const page = await setup.open({ path: '/?embed', now: NOW })
    const verb = page.getByRole('link', { name: /^Reserve .* at saf/ })
    expect([await verb.getAttribute('target'), await verb.getAttribute('href')]).toEqual([
      '_blank',
      expect.stringMatching(/^\.\/saf\?reserve=/),
    ])
  })
})

describe('the rows of all telescopes', () => {
  it('are not seen to move when they are known and change their order', async () => {
    const page = await setup.open({
      path: '/',
      now: NOW,
      async before(context, opened) {
        await watchLayoutShift(context)
        await opened.route(/siteevents/, async (route) => {
          await opened.locator('.telescope-row').last().waitFor()
          await nextFrame(opened)
          await route.continue()
        })
      },
    })
    await page.getByRole('button', { name: /^Reserve .* at saf/ }).waitFor()
    await expect.poll(() => page.locator('.telescope-row').first().textContent()).toContain('trm')
    expect(await layoutShift(page)).toBeLessThan(0.05)
  })
})

describe('the list of the nights', () => {
  it.each([1400, 390])('is not seen to move when it is known, in a window %i wide', async (width) => {
    await setup.created('2030-03-09T05:00:00Z', '2030-03-09T06:00:00Z', `Known at ${width}`)
    const page = await setup.open({
      path: '/saf?view=agenda&night=2030-03-08',
      now: NOW,
      viewport: { width, height: 900 },
      async before(context, opened) {
        await watchLayoutShift(context)
        await opened.route(/siteevents/, async (route) => {
          await opened.locator('.nights[aria-busy=true]').waitFor()
          await nextFrame(opened)
          await route.continue()
        })
      },
    })
    await page.getByRole('button', { name: new RegExp(`Known at ${width}`) }).waitFor()
    expect(await layoutShift(page)).toBeLessThan(0.05)
  })
})

describe('the state of a telescope', () => {
  it('is not read out anew while it stays the same', async () => {
    await setup.created('2030-03-09T03:00:00Z', '2030-03-09T04:00:00Z', 'Long')
    const page = await setup.open({ path: '/saf?view=week', now: new Date('2030-03-09T03:10:00Z') })
    await settled(page)
    await page.getByRole('status', { name: 'The telescope now' }).getByText('In use by').waitFor()
    await page.evaluate(() => {
      const said: string[] = []
      Object.assign(window, { said })
      const look = (changes: readonly MutationRecord[]) =>
        said.push(...changes.map(({ target }) => target.textContent ?? ''))
      for (const region of document.querySelectorAll('[role=status], [role=alert]'))
        new MutationObserver(look).observe(region, { childList: true, subtree: true, characterData: true })
    })
    for (let minutes = 0; minutes < 5; minutes += 1) {
      const read = page.waitForResponse(/siteevents/)
      await page.clock.fastForward('01:00')
      await read
    }
    expect(await page.evaluate(() => (window as unknown as { said: string[] }).said)).toEqual([])
  })
})

describe('the age of what is shown', () => {
  it('is not read out each minute', async () => {
    const page = await setup.open({ path: '/saf?view=week', now: NOW, expected: /ERR_FAILED/ })
    await settled(page)
    await page.route(/siteevents/, (route) => route.abort())
    const age = page.locator('.data-age')
    for (const text of ['1 min ago', '2 min ago', '3 min ago']) {
      await page.clock.fastForward('01:00')
      await age.getByText(`Offline. Showing reservations from ${text}.`).waitFor()
    }
    await page.getByRole('status').getByText('The calendar cannot be reached.').waitFor({ state: 'attached' })
    expect(await page.getByRole('status').getByText('min ago').count()).toBe(0)
  })
})

describe('a title as long as may be', () => {
  it('leaves what one has to press in sight, for its owner and for others', async () => {
    const [width, height] = [390, 844]
    await setup.created('2030-03-12T05:00:00Z', '2030-03-12T07:00:00Z', `${'galaxy '.repeat(36)}end`)
    const path = '/saf?view=night&night=2030-03-11'
    const visit = { now: NOW, viewport: { width, height } }
    const other = await setup.open({
      ...visit,
      path: `${path}&reserve=2030-03-12T05:30:00Z/2030-03-12T06:30:00Z`,
      as: 'bo',
    })
    const editor = other.getByRole('dialog', { name: 'New reservation' })
    await editor
      .getByText(/is reserved by/)
      .first()
      .waitFor()
    const inSight = async (box: { x: number; y: number; width: number; height: number }) =>
      box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height
    const send = editor.getByRole('button', { name: /^Reserve saf/ })
    await expect.poll(async () => inSight(await boxOf(send))).toBe(true)

    const page = await setup.open({ ...visit, path, as: 'ada' })
    await page
      .getByRole('grid')
      .getByRole('button', { name: /^galaxy/ })
      .click()
    await page
      .getByRole('dialog', { name: /^★? ?galaxy/ })
      .getByRole('button', { name: 'Delete' })
      .click()
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    await expect.poll(async () => inSight(await boxOf(undo))).toBe(true)
  })
})
