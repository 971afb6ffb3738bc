import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { leadTo, setUpBrowser, shoot, type BrowserSetup } from './browser.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  await setup.created('2030-03-15T03:00:00Z', '2030-03-15T06:30:00Z', 'M92', 'bo')
  return () => setup.close()
})

describe('an address that leads nowhere', () => {
  it('is a page in dark or light colours, which leads to all telescopes', async () => {
    const page = await setup.open({ path: '/saf/more', expected: /404/ })
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor()
    const styleOf = () => getComputedStyle(document.documentElement).backgroundColor
    for (const [colorScheme, ground] of [
      ['dark', 'rgb(9, 12, 19)'],
      ['light', 'rgb(247, 248, 251)'],
    ] as const) {
      await page.emulateMedia({ colorScheme })
      await expect.poll(() => page.evaluate(styleOf)).toBe(ground)
      await shoot(page, `nothing-${colorScheme}`)
    }
    await page.getByRole('link', { name: 'All telescopes' }).click()
    await page.getByRole('list', { name: 'Telescopes' }).waitFor()
  })
})

describe('a search that finds nothing', () => {
  const NOW = new Date('2030-03-15T03:30:00Z')
  const said = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true })

  it('is told in place by every view, with a way out', async () => {
    const page = await setup.open({ path: '/saf?night=2030-03-14', now: NOW })
    await settled(page)
    for (const view of ['week', 'night', 'month', 'agenda']) {
      await leadTo(page, `/saf?view=${view}&night=2030-03-14&q=lrgb`)
      await said(page, 'No reservation here matches “lrgb”.').waitFor()
      await shoot(page, `finds-nothing-${view}`)
      await page.getByRole('button', { name: 'Clear the search' }).click()
      await said(page, 'No reservation here matches “lrgb”.').waitFor({ state: 'detached' })
      await expect.poll(() => page.locator('.dimmed').count(), { message: view }).toBe(0)
      await expect.poll(() => new URL(page.url()).search).toBe(`?view=${view}&night=2030-03-14`)
    }
  })

  it('is not told while something is found, nor while reservations are unread', async () => {
    const [held, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const page = await setup.open({
      path: '/saf?view=week&night=2030-03-14&q=m92',
      now: NOW,
      before: (_, opening) =>
        opening.route(/siteevents/, async (route) => {
          held.resolve()
          await answered.promise
          await route.continue()
        }),
    })
    await held.promise
    await page.locator('.nights[aria-busy=true]').waitFor()
    expect(await page.getByText('No reservation here').count()).toBe(0)
    answered.resolve()
    await page.locator('.nights[aria-busy=false]').waitFor()
    expect(await page.getByText('No reservation here').count()).toBe(0)
    const search = page.getByRole('searchbox')
    await search.fill('m92 lrgb')
    await said(page, 'No reservation here matches “m92 lrgb”.').waitFor()
    await search.fill('')
    await said(page, 'No reservation here matches “m92 lrgb”.').waitFor({ state: 'detached' })
  })

  it('is told of one’s own', async () => {
    const page = await setup.open({ path: '/saf?view=week&night=2030-03-14&mine', now: NOW, as: 'ada' })
    await said(page, 'No reservation here is yours.').waitFor()
    await page.getByRole('button', { name: 'Show all reservations' }).click()
    await expect.poll(() => page.getByText('No reservation here').count()).toBe(0)
  })

  it('is told of all telescopes', async () => {
    const page = await setup.open({ path: '/?at=2030-03-15T03:00:00Z&q=lrgb', now: NOW })
    await said(page, 'No telescope or reservation here matches “lrgb”.').waitFor()
    await shoot(page, 'finds-nothing-lanes')
    await page.getByRole('button', { name: 'Clear the search' }).click()
    await page.getByRole('list', { name: 'Telescopes' }).getByRole('link', { name: /saf/ }).first().waitFor()
    await expect.poll(() => page.getByText('No telescope or').count()).toBe(0)
  })
})
