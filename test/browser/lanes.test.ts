import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { type BrowserSetup, setUpBrowser, type Visit } from './browser.ts'
import { boxOf, drag } from './grid.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  await setup.created('2030-03-15T03:00:00Z', '2030-03-15T05:00:00Z', 'M101', 'bo')
  return () => setup.close()
})

/** 20:01 at saf, an hour before the dark; afternoon in Sydney; evening in Tromsø. */
const NOW = new Date('2030-03-15T02:01:00Z')

const rows = (page: Page) => page.getByRole('list', { name: 'Telescopes' }).getByRole('listitem')
const rowOf = (page: Page, site: string) => rows(page).filter({ has: page.getByRole('link', { name: site }) })
const sitesOf = (page: Page) =>
  page
    .getByRole('list', { name: 'Telescopes' })
    .getByRole('heading')
    .evaluateAll((all) => all.map((one) => one.textContent?.slice(0, 3)))

async function openNetwork(visit: Visit = {}): Promise<Page> {
  const page = await setup.open({ path: '/', as: 'ada', now: NOW, ...visit })
  await page.locator('.network-rows[aria-busy=false]').waitFor()
  return page
}

describe('all telescopes', () => {
  it('tell what each does now, and reserve its next free dark time', async () => {
    const page = await openNetwork()
    const saf = rowOf(page, 'saf')
    await saf.getByText(/^Twilight until 20:3\d$/).waitFor()
    // Bo has the first hours of the dark. Steps of five minutes, and the civil date of the instant.
    await saf.getByText('Thu 14 Mar, for you Fri 05:00').waitFor()
    await saf.getByRole('button', { name: /^Reserve 23:00–05:\d[05] at saf, Thu 14 Mar$/ }).click()
    await page.getByRole('dialog', { name: /New reservation/ }).waitFor()
  })

  it('are shown by filters, which the address keeps', async () => {
    const page = await openNetwork()
    const filters = page.getByRole('navigation', { name: 'Filter' })
    await filters.getByRole('link', { name: 'South 1' }).click()
    expect(await sitesOf(page)).toEqual(['syd'])
    expect(new URL(page.url()).search).toBe('?filter=south')
    await filters.getByRole('link', { name: 'Mine' }).click()
    await page.getByText('No telescope is like that.').waitFor()
    await page.goBack()
    await expect.poll(() => sitesOf(page)).toEqual(['syd'])
    await filters.getByRole('link', { name: 'All 3' }).click()
    expect((await sitesOf(page)).toSorted()).toEqual(['saf', 'syd', 'trm'])
    await page.getByRole('searchbox').fill('m101')
    await expect.poll(() => sitesOf(page)).toEqual(['saf'])
  })

  it('let free time be dragged over, and be clicked', async () => {
    const page = await openNetwork()
    const lane = await boxOf(rowOf(page, 'saf').locator('.telescope-lane'))
    // The lanes show 16 hours from 01:00 UTC.
    const pointAt = (hours: number) => ({ x: lane.x + (lane.width * (hours + 1 / 24)) / 16, y: lane.y + 40 })
    await drag(page, pointAt(5), pointAt(6.5 - 1 / 12))
    const editor = page.getByRole('dialog', { name: /New reservation/ })
    await editor.waitFor()
    await expect.poll(() => editor.textContent()).toContain('00:00')
    expect(await editor.textContent()).toContain('01:30')
    await page.keyboard.press('Escape')
    await editor.waitFor({ state: 'detached' })
    await page.mouse.click(pointAt(8).x, pointAt(8).y)
    await editor.waitFor()
    await expect.poll(() => editor.textContent()).toContain('03:00')
  })

  it('reserve nothing where a press ends that began on a reservation', async () => {
    const page = await openNetwork()
    const row = rowOf(page, 'saf')
    const [block, lane] = [await boxOf(row.locator('.block')), await boxOf(row.locator('.telescope-lane'))]
    await page.mouse.move(block.x + block.width / 2, lane.y + 40)
    await page.mouse.down()
    await page.mouse.move(lane.x + lane.width / 2, lane.y + 40)
    await page.mouse.up()
    await page.evaluate(() => new Promise(requestAnimationFrame))
    expect(new URL(page.url()).search).toBe('')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('go to earlier and later times, and back to now', async () => {
    const page = await openNetwork()
    await page.getByRole('heading', { name: 'Tonight on three telescopes' }).waitFor()
    await page.getByRole('button', { name: 'Later' }).click()
    expect(new URL(page.url()).searchParams.get('at')).toBe('2030-03-15T09:00:00Z')
    await page.getByRole('heading', { name: 'Fri 15 Mar on three telescopes' }).waitFor()
    await page.getByRole('button', { name: 'Now', exact: true }).click()
    expect(new URL(page.url()).search).toBe('')
  })

  it('are hatched where nobody knows what is reserved', async () => {
    const page = await setup.open({
      path: '/',
      now: NOW,
      expected: /ERR_FAILED/,
      before: (_, opened) => opened.route(/siteevents/, (route) => route.abort()),
    })
    await expect.poll(() => page.locator('.telescope-lane.unread').count()).toBe(3)
    await page.locator('.telescope-lane.unread').first().waitFor()
    await page.getByText('Reservations not loaded').first().waitFor()
    await page.getByText('Free dark time is not known').first().waitFor()
    expect(await page.getByRole('button', { name: /^Reserve/ }).count()).toBe(0)
  })
})

describe('the keys in the lanes', () => {
  const lanes = (page: Page) => page.locator('.telescope-lane')
  const stop = (page: Page, name: RegExp) => lanes(page).getByRole('button', { name })
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.getAttribute('aria-label'))
  const M101 = /^saf: M101: project session by Bo Jansson/

  it('go through what is reserved and free, in the order of time, and Enter opens it', async () => {
    const page = await openNetwork()
    const usual = lanes(page).locator('[tabindex="0"]')
    expect(await usual.count()).toBe(1)
    await usual.focus()
    expect(await focused(page)).toMatch(/^saf: free 20 min, dark Thu 14 Mar 20:40–21:00: reserve$/)
    await page.keyboard.press('ArrowRight')
    expect(await focused(page)).toMatch(M101)
    expect(await usual.count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'M101' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toMatch(M101)
    await page.keyboard.press('End')
    expect(await focused(page)).toMatch(/^saf: free 6 h .*, dark Thu 14 Mar 23:00 – Fri 15 Mar 05:/)
    await page.keyboard.press('Home')
    expect(await focused(page)).toMatch(/^saf: free 20 min/)
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const editor = page.getByRole('dialog', { name: /New reservation/ })
    await expect.poll(() => editor.textContent()).toContain('23:00')
  })

  it('go to the nearest time at the next telescope that has any', async () => {
    // Twelve hours, in which it is dark at saf and in Tromsø, and not in Sydney between them.
    const page = await openNetwork({ path: '/?at=2030-03-15T19:00:00Z', viewport: { width: 390, height: 844 } })
    expect(await sitesOf(page)).toEqual(['saf', 'syd', 'trm'])
    await stop(page, /^saf: free/).focus()
    await page.keyboard.press('ArrowDown')
    expect(await focused(page)).toMatch(/^trm: free/)
    await page.keyboard.press('ArrowUp')
    expect(await focused(page)).toMatch(/^saf: free/)
  })

  it('leave links and verbs to the Tab key, each in the row of its telescope', async () => {
    const page = await openNetwork()
    await stop(page, M101).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Shift+Tab')
    expect(await focused(page)).toMatch(/^Reserve .* at saf/)
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^syd/)
  })
})

describe('a target', () => {
  it('is chosen by name or coordinates, kept in the address, and drawn in every lane', async () => {
    const page = await openNetwork()
    await page.getByRole('button', { name: 'Target' }).click()
    const field = page.getByRole('combobox', { name: /^Target/ })
    await field.fill('andromeda')
    await page.getByRole('option', { name: 'M31 Andromeda' }).waitFor()
    await page.keyboard.press('Enter')
    expect(new URL(page.url()).search).toBe('?target=M31')
    await expect.poll(() => page.locator('.telescope-lane .sky-target-curve').count()).toBe(3)
    await page.getByRole('button', { name: 'Without M31' }).click()
    expect(new URL(page.url()).search).toBe('')
    await page.getByRole('button', { name: 'Target' }).click()
    await field.fill('12 34 56 -98 00')
    await page.getByText('has a declination beyond 90 degrees').waitFor()
    await field.fill('12 34 56 -08 00')
    await page.getByRole('option').click()
    expect(new URL(page.url()).searchParams.get('target')).toBe('188.73333,-8')
    await page.reload()
    await page.getByText('12:34:56 −08:00').first().waitFor()
  })

  it('that nobody knows is told', async () => {
    const page = await openNetwork({ path: '/?target=nonsense' })
    await page.getByText('No target “nonsense”').waitFor()
  })
})

describe('a month', () => {
  const MONTH = '/saf?view=month&night=2030-03-14'

  it('is gone through with the arrow keys, and Enter opens a night', async () => {
    const page = await setup.open({ path: MONTH, now: NOW, viewport: { width: 1400, height: 1000 } })
    const link = (name: RegExp) => page.getByRole('gridcell').getByRole('link', { name })
    await link(/Thursday 14 March 2030, tonight/).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    expect(await link(/Friday 22 March 2030/).evaluate((one) => one.matches(':focus'))).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('gridcell', { name: /Friday 22 March 2030/ }).waitFor()
    expect(new URL(page.url()).search).toBe('?view=night&night=2030-03-22')
  })

  it('leads to a night by a tap on its cell, on a phone too', async () => {
    const page = await setup.open({ path: MONTH, now: NOW, hasTouch: true, viewport: { width: 390, height: 844 } })
    const cell = page.getByRole('gridcell').filter({ has: page.getByRole('link', { name: /Wednesday 20 March 2030/ }) })
    const { x, y, width, height } = await boxOf(cell)
    await page.touchscreen.tap(x + width / 2, y + height * 0.6)
    await expect.poll(() => new URL(page.url()).search).toBe('?view=night&night=2030-03-20')
  })

  it('is hatched where nobody knows what is reserved', async () => {
    const page = await setup.open({
      path: MONTH,
      now: NOW,
      expected: /ERR_FAILED/,
      before: (_, opened) => opened.route(/siteevents/, (route) => route.abort()),
    })
    await expect.poll(() => page.locator('.night-bar.unread').count()).toBe(35)
    expect(await page.getByText(/free$/).count()).toBe(0)
  })
})
