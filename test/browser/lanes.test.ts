import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeTime } from '../../src/wire/time.ts'
import { at } from '../context.ts'
import { freshId, type Name } from '../server.ts'
import { type BrowserSetup, setUpBrowser, shoot, type Visit } from './browser.ts'
import { glidesIn, recordGlides } from './glides.ts'
import { withoutTime, boxOf, drag } from './grid.ts'
import { nextFrame, settled } from './settled.ts'

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
  await settled(page)
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

  it.each([360, 1000, 1280, 1920])('have an axis at %i px on which no label covers another', async (width) => {
    // Its dates are two.
    const page = await openNetwork({ now: new Date('2030-03-15T15:03:00Z'), viewport: { width, height: 900 } })
    const labels = page.locator('.lane-hours > *').filter({ visible: true, hasText: /./ })
    const places = () =>
      labels.evaluateAll((all) =>
        all
          .map((one) => one.getBoundingClientRect())
          .map(({ left, right }) => ({ left, right }))
          .toSorted((one, other) => one.left - other.left),
      )
    const covered = (all: Awaited<ReturnType<typeof places>>) =>
      all.filter(({ left }, n) => n > 0 && left < (all[n - 1]?.right ?? 0))
    await expect.poll(async () => covered(await places())).toEqual([])
    // Now, the dates, and on a wide window some hours.
    await expect.poll(async () => (await places()).length).toBeGreaterThan(width < 500 ? 1 : 3)
    await page.setViewportSize({ width: width + 150, height: 900 })
    await settled(page)
    await expect.poll(async () => covered(await places())).toEqual([])
  })

  it('are shown by filters, which the address keeps', async () => {
    const page = await openNetwork()
    const filters = page.getByRole('navigation', { name: 'Filter' })
    await filters.getByRole('link', { name: 'South 1' }).click()
    await expect.poll(() => sitesOf(page)).toEqual(['syd'])
    await expect.poll(() => new URL(page.url()).search).toBe('?filter=south')
    await filters.getByRole('link', { name: 'Mine' }).click()
    await page.getByText('No telescope has a reservation of yours.').waitFor()
    await page.goBack()
    await expect.poll(() => sitesOf(page)).toEqual(['syd'])
    await filters.getByRole('link', { name: 'All 3' }).click()
    await expect.poll(async () => (await sitesOf(page)).toSorted()).toEqual(['saf', 'syd', 'trm'])
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
    await expect.poll(() => editor.textContent()).toContain('01:30')
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
    await nextFrame(page)
    await expect.poll(() => new URL(page.url()).search).toBe('')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })

  it('go to earlier and later times, and back to now', async () => {
    const page = await openNetwork()
    await page.getByRole('heading', { name: 'Tonight on three telescopes' }).waitFor()
    await page.getByRole('button', { name: 'Later' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('at')).toBe('2030-03-15T09:00:00Z')
    await page.getByRole('heading', { name: 'Fri 15 Mar on three telescopes' }).waitFor()
    await page.getByRole('button', { name: 'Now', exact: true }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('')
  })

  it('have rows as high as the window has room for', async () => {
    const page = await openNetwork()
    const heights = () => rows(page).evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height))
    for (const [width, height, row] of [
      [1400, 400, 66],
      [1400, 480, 80],
      [1920, 1080, 96],
    ] as const) {
      await page.setViewportSize({ width, height })
      // The list items within the lanes are no rows.
      await expect.poll(async () => (await heights()).filter((one) => one > 60)).toEqual([row, row, row])
    }
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
    await expect.poll(() => usual.count()).toBe(1)
    await usual.focus()
    await expect.poll(() => focused(page)).toMatch(/^saf: free 20 min, dark Thu 14 Mar 20:40–21:00: reserve$/)
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => focused(page)).toMatch(M101)
    await expect.poll(() => usual.count()).toBe(1)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'M101' }).waitFor()
    await page.keyboard.press('Escape')
    await expect.poll(() => focused(page)).toMatch(M101)
    await page.keyboard.press('End')
    await expect.poll(() => focused(page)).toMatch(/^saf: free 6 h .*, dark Thu 14 Mar 23:00 – Fri 15 Mar 05:/)
    await page.keyboard.press('Home')
    await expect.poll(() => focused(page)).toMatch(/^saf: free 20 min/)
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    const editor = page.getByRole('dialog', { name: /New reservation/ })
    await expect.poll(() => editor.textContent()).toContain('23:00')
  })

  it('go to the nearest time at the next telescope that has any', async () => {
    // Twelve hours, in which it is dark at saf and in Tromsø, and not in Sydney between them.
    const page = await openNetwork({ path: '/?at=2030-03-15T19:00:00Z', viewport: { width: 390, height: 844 } })
    await expect.poll(() => sitesOf(page)).toEqual(['saf', 'syd', 'trm'])
    await stop(page, /^saf: free/).focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => focused(page)).toMatch(/^trm: free/)
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => focused(page)).toMatch(/^saf: free/)
  })

  it('leave links and verbs to the Tab key, each in the row of its telescope', async () => {
    const page = await openNetwork()
    // Also from where a press has given the focus.
    await stop(page, M101).focus()
    await page.keyboard.press('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toMatch(/^syd/)
    await page.keyboard.press('Shift+Tab')
    await expect.poll(() => focused(page)).toMatch(M101)
    await page.keyboard.press('Shift+Tab')
    await expect.poll(() => focused(page)).toMatch(/^Reserve .* at saf/)
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
    await expect.poll(() => new URL(page.url()).search).toBe('?target=M31')
    await expect.poll(() => page.locator('.telescope-lane .sky-target-curve').count()).toBe(3)
    await page.getByRole('button', { name: 'Without M31' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('')
    await page.getByRole('button', { name: 'Target' }).click()
    await field.fill('12 34 56 -98 00')
    await page.getByText('has a declination beyond 90 degrees').waitFor()
    await field.fill('12 34 56 -08 00')
    await page.getByRole('option').click()
    await expect.poll(() => new URL(page.url()).searchParams.get('target')).toBe('188.73333,-8')
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
    await settled(page)
    await link(/Thursday 14 March 2030, tonight/).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => link(/Friday 22 March 2030/).evaluate((one) => one.matches(':focus'))).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('gridcell', { name: /Friday 22 March 2030/ }).waitFor()
    await expect.poll(() => new URL(page.url()).search).toBe('?view=night&night=2030-03-22')
  })

  it('leads to a night by a tap on its cell, on a phone too', async () => {
    const page = await setup.open({ path: MONTH, now: NOW, hasTouch: true, viewport: { width: 390, height: 844 } })
    const cell = page.getByRole('gridcell').filter({ has: page.getByRole('link', { name: /Wednesday 20 March 2030/ }) })
    await settled(page)
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

describe('a drag in the lanes', () => {
  let days = 0
  /** A reservation of Ada's, from 23:00 to 00:00 at saf, in lanes of their own: 16 hours from 01:00 UTC. */
  async function another(by: Name = 'ada') {
    days += 1
    const path = `/?at=2030-03-${16 + days}T01:00:00Z`
    const start = at(`2030-03-${16 + days}T01:00:00Z`)
    const { reservation } = await setup.calendar(by).reserve(freshId(), {
      site: 'saf',
      start: start + 4 * 3600,
      end: start + 5 * 3600,
      title: 'M51',
      kind: 'project',
    })
    const during = { start, end: start + 16 * 3600 }
    /** Where it is now: telescope, and hours from the beginning of the lanes. */
    const stored = async () => {
      const all = await setup.calendar('grace').reservations(['saf', 'syd'], during)
      const one = all.find(({ id }) => id === reservation.id)
      return one && [one.site, (one.start - start) / 3600, (one.end - start) / 3600]
    }
    return { path, start, stored }
  }
  const laneOf = (page: Page, site: string) => rowOf(page, site).locator('.telescope-lane')
  const block = (page: Page, site = 'saf') => laneOf(page, site).getByRole('button', { name: /M51/ })
  /** The middle of a step of five minutes that begins `hour` hours after the lanes do. */
  async function pointAt(page: Page, site: string, hour: number) {
    const { x, y, width } = await boxOf(laneOf(page, site))
    return { x: x + (width * (hour + 1 / 24)) / 16, y: y + 40 }
  }
  async function hoursDrawn(page: Page, site: string) {
    const [lane, one] = [await boxOf(laneOf(page, site)), await boxOf(block(page, site).locator('..'))]
    return [one.x, one.x + one.width].map((x) => Math.round((12 * 16 * (x - lane.x)) / lane.width) / 12)
  }
  async function hold(page: Page, from: { x: number; y: number }, to: { x: number; y: number }) {
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2)
    await page.mouse.move(to.x, to.y)
  }
  const ghost = (page: Page) => page.locator('.ghost')

  it('moves a reservation along its lane, tells the times there and for the reader meanwhile, and is undone', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path })
    await hold(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'saf', 7.5))
    await ghost(page).getByText('02:00–03:00', { exact: true }).waitFor()
    await ghost(page).getByText('Move, 1 h', { exact: true }).waitFor()
    await ghost(page).getByText('08:00–09:00 for you').waitFor()
    await shoot(page, 'lanes-dragging')
    await page.mouse.up()
    await page.getByText(/^Moved “M51” at saf, /).waitFor()
    await expect.poll(stored).toEqual(['saf', 7, 8])
    await expect.poll(() => hoursDrawn(page, 'saf')).toEqual([7, 8])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(stored).toEqual(['saf', 4, 5])
    await expect.poll(() => hoursDrawn(page, 'saf')).toEqual([4, 5])
  })

  it('moves it to another telescope, which is undone as well', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path })
    await hold(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'syd', 10.5))
    await ghost(page).getByText('Move to syd, 1 h', { exact: true }).waitFor()
    await ghost(page).getByText('22:00–23:00', { exact: true }).waitFor()
    await page.mouse.up()
    await page.getByText(/^Moved “M51” at syd, /).waitFor()
    await expect.poll(stored).toEqual(['syd', 10, 11])
    await expect.poll(() => hoursDrawn(page, 'syd')).toEqual([10, 11])
    await expect.poll(() => block(page).count()).toBe(0)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(stored).toEqual(['saf', 4, 5])
  })

  it('resizes it at both ends, in steps of five minutes, and at its own telescope', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path })
    const { y, width } = await boxOf(laneOf(page, 'saf'))
    /** Drags the start or the end on by some hours. */
    const holdEdge = async (end: 'start' | 'end', hours: number, downTo = y + 40) => {
      const box = await boxOf(block(page))
      const x = end === 'start' ? box.x + 3 : box.x + box.width - 3
      await hold(page, { x, y: y + 40 }, { x: x + (width * hours) / 16, y: downTo })
    }
    await holdEdge('start', 0.5, (await pointAt(page, 'syd', 4)).y)
    await ghost(page).getByText('Resize, 30 min', { exact: true }).waitFor()
    await page.mouse.up()
    await expect.poll(stored).toEqual(['saf', 4.5, 5])
    await settled(page)
    await holdEdge('end', 13 / 12)
    await page.mouse.up()
    await expect.poll(stored).toEqual(['saf', 4.5, 5 + 13 / 12])
  })

  it('moves and resizes what begins before the lanes at its end, and its start stays right', async () => {
    const { start, stored } = await another()
    // The reservation began an hour ago.
    const page = await openNetwork({ path: `/?at=${writeTime(start + 4.5 * 3600)}` })
    const hour = async (hours: number) => pointAt(page, 'saf', hours)
    await expect.poll(() => block(page).locator('.edge').count()).toBe(1)
    await hold(page, await hour(0.25), await hour(3.25))
    // The start of it is not in these lanes; what is told of it is.
    await ghost(page).getByText('02:00–03:00', { exact: true }).waitFor()
    await page.mouse.up()
    await expect.poll(stored).toEqual(['saf', 7, 8])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(stored).toEqual(['saf', 4, 5])
    await settled(page)
    await expect.poll(async () => (await boxOf(block(page))).x).toBe((await boxOf(laneOf(page, 'saf'))).x)
    const { x, y, width } = await boxOf(block(page))
    const lane = await boxOf(laneOf(page, 'saf'))
    await hold(page, { x: x + width - 3, y: y + 8 }, { x: x + width - 3 + lane.width / 16, y: y + 8 })
    await ghost(page).getByText('Resize, 2 h', { exact: true }).waitFor()
    await page.mouse.up()
    await expect.poll(stored).toEqual(['saf', 4, 6])
  })

  it('copies it with Shift, also to another telescope', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path })
    await drag(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'syd', 10.5), { shift: true })
    const editor = page.getByRole('dialog', { name: /Copy reservation/ })
    await expect.poll(() => editor.getByLabel('Title').inputValue()).toBe('M51')
    await expect.poll(() => editor.textContent()).toContain('22:00')
    await page.locator('.telescope-lane[data-site=syd] .ghost.draft').waitFor()
    await expect.poll(stored).toEqual(['saf', 4, 5])
  })

  it('ends with Escape, and nothing has changed', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path })
    await hold(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'saf', 9.5))
    await ghost(page).waitFor()
    await page.keyboard.press('Escape')
    await ghost(page).waitFor({ state: 'detached' })
    await page.mouse.up()
    await expect.poll(() => hoursDrawn(page, 'saf')).toEqual([4, 5])
    expect(await page.getByRole('dialog').count()).toBe(0)
    await expect.poll(stored).toEqual(['saf', 4, 5])
  })

  it('that is refused puts it back, and says why with the nearest free times', async () => {
    const { path, start, stored } = await another()
    await setup.calendar('bo').reserve(freshId(), {
      site: 'syd',
      start: start + 10 * 3600,
      end: start + 11 * 3600,
      title: 'Of Bo',
      kind: 'project',
    })
    const page = await openNetwork({ path, expected: /409/, before: recordGlides })
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await hold(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'syd', 10.5))
    await ghost(page).getByText('Overlaps Bo Jansson').waitFor()
    await page.mouse.up()
    const alert = page.getByRole('alert').filter({ hasText: /^Not moved:.*Bo Jansson/ })
    await alert.waitFor()
    // It glides back to its telescope.
    await expect.poll(() => glidesIn(page)).toEqual([240])
    await expect.poll(() => hoursDrawn(page, 'saf')).toEqual([4, 5])
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await alert.getByRole('button', { name: /23:00/ }).click()
    await expect.poll(stored).toEqual(['syd', 11, 12])
  })

  it('moves what belongs to others for admins alone', async () => {
    const { path, stored } = await another('bo')
    const page = await openNetwork({ path })
    await drag(page, await pointAt(page, 'saf', 4.5), await pointAt(page, 'saf', 7.5))
    expect(await hoursDrawn(page, 'saf')).toEqual([4, 5])
    const admins = await openNetwork({ path, as: 'grace' })
    await drag(admins, await pointAt(admins, 'saf', 4.5), await pointAt(admins, 'saf', 7.5))
    await expect.poll(stored).toEqual(['saf', 7, 8])
  })

  it('by a finger begins when it has rested; one that moves at once only scrolls', async () => {
    const { path, stored } = await another()
    const page = await openNetwork({ path, hasTouch: true })
    const cdp = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints })
    const [from, to] = [await pointAt(page, 'saf', 4.5), await pointAt(page, 'saf', 7.5)]
    await withoutTime(page, async () => {
      await touch('touchStart', from)
      await page.clock.runFor(300)
      await touch('touchMove', { x: from.x, y: from.y + 60 })
    })
    await touch('touchMove', { x: from.x, y: from.y + 120 })
    await page.clock.runFor(1000)
    expect(await ghost(page).count()).toBe(0)
    await touch('touchEnd')
    await touch('touchStart', from)
    await ghost(page).waitFor()
    await touch('touchMove', to)
    await ghost(page).getByText('02:00–03:00', { exact: true }).waitFor()
    await touch('touchEnd')
    await expect.poll(stored).toEqual(['saf', 7, 8])
  })

  it('near the edge of a low window scrolls it', async () => {
    const { path } = await another()
    const page = await openNetwork({ path, viewport: { width: 1400, height: 300 } })
    const from = await pointAt(page, 'saf', 4.5)
    await hold(page, from, { x: from.x, y: 295 })
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(20)
    await page.keyboard.press('Escape')
    await page.mouse.up()
  })
})
