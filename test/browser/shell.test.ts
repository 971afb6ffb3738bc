import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { freshId } from '../server.ts'
import { leadTo, setUpBrowser, shoot, type BrowserSetup } from './browser.ts'
import { withoutTime, boxOf } from './grid.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  await setup.created('2030-03-15T03:00:00Z', '2030-03-15T06:30:00Z', 'M51 LRGB', 'ada')
  await setup.created('2030-03-15T07:00:00Z', '2030-03-15T08:00:00Z', 'M92', 'bo')
  return () => setup.close()
})

/** 21:00 in Denver, half an hour after the first reservation has begun. */
const NOW = new Date('2030-03-15T03:30:00Z')
const PHONE = { width: 390, height: 844 }

const addressOf = (page: Page) => new URL(page.url())

describe('the header', () => {
  it('says where one is, what the telescope does, and what time it is there and for the reader', async () => {
    const page = await setup.open({ now: NOW, timezoneId: 'Europe/Berlin' })
    await page.getByRole('heading', { level: 1, name: 'saf Apache Ridge Observatory' }).waitFor()
    await page
      .getByRole('status', { name: 'The telescope now' })
      .getByText('In use by Ada Lovelace until 00:30')
      .waitFor()
    const clocks = page.getByRole('group', { name: 'Clocks' })
    for (const text of ['Thu, Denver', 'Fri, UTC', 'LST', 'Fri, you in Berlin']) await clocks.getByText(text).waitFor()
    await clocks.getByText('04:30', { exact: true }).waitFor()
  })

  it('leads to another telescope, each with its state', async () => {
    const page = await setup.open({ path: '/saf?view=month&night=2030-03-14', now: NOW })
    await page.getByRole('heading', { level: 1 }).getByRole('button').click()
    const list = page.getByRole('dialog', { name: 'Telescopes' })
    await list.getByRole('link', { name: /saf.*In use by Ada Lovelace/ }).waitFor()
    await list.getByRole('link', { name: /syd.*Daylight until/ }).click()
    await page.getByRole('heading', { level: 1, name: 'syd Sydney Observatory' }).waitFor()
    await expect.poll(() => addressOf(page).search).toBe('?view=month&night=2030-03-14')
    await list.waitFor({ state: 'hidden' })
  })

  it('names each page and view in its title', async () => {
    const page = await setup.open({ path: '/', now: NOW })
    await settled(page)
    const titles = new Set<string>()
    for (const path of ['/', '/saf', '/saf?view=month&night=2030-03-14', '/syd?view=agenda']) {
      await leadTo(page, path)
      titles.add(await page.title())
    }
    expect(titles.size).toBe(4)
  })
})

describe('the bar', () => {
  it('goes to a date', async () => {
    const page = await setup.open({ path: '/saf?view=week', now: NOW })
    await page.getByRole('button', { name: 'Go to a date' }).click()
    await page.getByLabel('Night of', { exact: true }).fill('2030-12-28')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '28 Dec 2030 – 3 Jan 2031' }).waitFor()
    await expect.poll(() => addressOf(page).searchParams.get('night')).toBe('2030-12-28')
  })

  it('searches, and the address says for what', async () => {
    const page = await setup.open({ path: '/saf?view=agenda&night=2030-03-14', as: 'ada', now: NOW })
    await settled(page)
    await page.getByRole('button', { name: /M92/ }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('lrgb ada')
    await page.getByRole('button', { name: /M92/ }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /M51/ }).waitFor()
    await expect.poll(() => addressOf(page).searchParams.get('q')).toBe('lrgb ada')
    await page.getByRole('group', { name: 'Show only' }).getByRole('button', { name: 'Real-time' }).click()
    await page.getByRole('button', { name: /M51/ }).waitFor({ state: 'detached' })
    await page.getByRole('searchbox').press('Escape')
    await page.getByRole('button', { name: /M92/ }).waitFor()
    await expect.poll(() => addressOf(page).searchParams.get('q')).toBeNull()
  })

  it('keeps what is typed while the address follows, on a slow machine too', async () => {
    const page = await setup.open({ path: '/saf?view=agenda&night=2030-03-14', as: 'ada', now: NOW })
    await settled(page)
    const search = page.getByRole('searchbox')
    await withoutTime(page, async () => {
      await search.pressSequentially('lrgb')
      const following = () => page.evaluate(() => location.search.includes('q=lrgb'))
      while (!(await following())) await page.clock.runFor(5)
      // The page has not come to act on its new address yet.
      await search.pressSequentially(' ada')
    })
    await expect.poll(() => addressOf(page).searchParams.get('q')).toBe('lrgb ada')
    expect(await search.inputValue()).toBe('lrgb ada')
  })
})

describe('the keys', () => {
  it('reserve, go to tonight and show help, and Escape closes', async () => {
    const page = await setup.open({ path: '/saf?view=week&night=2030-05-01', as: 'ada', now: NOW })
    await settled(page)
    await page.keyboard.press('t')
    await page.getByRole('heading', { name: '14 – 20 Mar 2030' }).waitFor()
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Help' })
    await help.getByText('New reservation').waitFor()
    await help.getByText(/Version \d/).waitFor()
    await help.getByRole('link', { name: 'For programs: the API' }).waitFor()
    await shoot(page, 'help')
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    await page.keyboard.press('n')
    await page.getByRole('dialog', { name: /New reservation/ }).waitFor()
  })
})

describe('the agenda', () => {
  it('lists free dark time with its verb, and the civil date after midnight', async () => {
    const page = await setup.open({ path: '/saf?view=agenda&night=2030-03-14', as: 'ada', now: NOW, viewport: PHONE })
    const tonight = page.getByRole('region', { name: 'Night of Tonight' })
    await tonight.getByText('In use').waitFor()
    await tonight.getByText('Fri 15 Mar').waitFor()
    await shoot(page, 'agenda-phone')
    await tonight.getByRole('button', { name: 'Reserve 00:30–01:00' }).click()
    await page.getByRole('dialog', { name: /New reservation/ }).waitFor()
  })

  it("lists one's own, or free time alone", async () => {
    const page = await setup.open({ path: '/saf?view=agenda&night=2030-03-14', as: 'bo', now: NOW, viewport: PHONE })
    const show = page.getByRole('group', { name: 'Show', exact: true })
    await show.getByRole('button', { name: 'Mine 1' }).click()
    await page.getByRole('button', { name: /M51/ }).waitFor({ state: 'detached' })
    await page.getByRole('button', { name: /M92/ }).waitFor()
    await show.getByRole('button', { name: 'Free' }).click()
    await page.getByRole('button', { name: /M92/ }).waitFor({ state: 'detached' })
    await page
      .getByRole('button', { name: /Reserve/ })
      .first()
      .waitFor()
  })
})

describe('a phone', () => {
  it('has seven nights, tabs, and the verb of the next free time', async () => {
    const page = await setup.open({ path: '/saf', as: 'ada', now: NOW, viewport: PHONE, hasTouch: true })
    await page.getByRole('navigation', { name: 'Nights' }).getByRole('link', { name: 'Friday 15 March 2030' }).waitFor()
    await page.getByRole('button', { name: /Reserve 00:30–01:00 saf, tonight/ }).waitFor()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Agenda' }).tap()
    await page.getByRole('region', { name: 'Night of Tonight' }).waitFor()
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Telescopes' }).tap()
    await expect.poll(() => addressOf(page).pathname).toBe('/')
  })

  it('has targets of 40 pixels at least', async () => {
    const page = await setup.open({ path: '/saf', as: 'ada', now: NOW, viewport: PHONE, hasTouch: true })
    await page.getByRole('button', { name: /Reserve/ }).waitFor()
    await settled(page)
    for (const targets of ['.header button', '.night-strip a', '.thumb-verb button', '.tab-bar a']) {
      const boxes = await page.locator(targets).evaluateAll((all) => all.map((one) => one.getBoundingClientRect()))
      expect(boxes.length, targets).toBeGreaterThan(0)
      for (const { width, height } of boxes) expect(Math.min(width, height), targets).toBeGreaterThanOrEqual(40)
    }
  })
})

it("keeps the button that closes one's own reservations in reach", async () => {
  const viewport = { width: 390, height: 190 }
  const page = await setup.open({ path: '/saf', as: 'ada', now: NOW, viewport, hasTouch: true })
  await page.getByRole('button', { name: 'Menu' }).tap()
  await page.getByRole('button', { name: 'My reservations' }).tap()
  const list = page.getByRole('dialog', { name: 'My reservations' })
  await list.getByText('M51 LRGB').waitFor()
  const scrolled = () =>
    list.evaluate((one) => {
      one.scrollTo(0, one.scrollHeight)
      return one.scrollTop
    })
  await expect.poll(scrolled).toBeGreaterThan(20)
  const [box, close] = [await boxOf(list), await boxOf(list.getByRole('button', { name: 'Close' }))]
  expect(close.y).toBeGreaterThanOrEqual(box.y)
  await list.getByRole('button', { name: 'Close' }).tap()
  await list.waitFor({ state: 'detached' })
})

describe('a browser', () => {
  it('whose clock is an hour fast goes by the calendar', async () => {
    const now = new Date()
    const [start, end] = [-600, 1200].map((seconds) => Math.floor(now.getTime() / 1000) + seconds)
    await setup.calendar('bo').reserve(freshId(), { site: 'syd', start: start ?? 0, end: end ?? 0, title: 'Now' })
    const page = await setup.open({ path: '/syd', now: new Date(now.getTime() + 3_600_000) })
    await page
      .getByRole('status', { name: 'The telescope now' })
      .getByText(/^In use by Bo Jansson/)
      .waitFor()
    await settled(page)
    await page.keyboard.press('?')
    await page.getByText(/The clock of this device is .* fast/).waitFor()
  })

  it('that lacks a zone shows the other telescopes', async () => {
    const page = await setup.open({
      path: '/',
      now: NOW,
      before: (_, page) =>
        page.route('**/dev/sites', async (route) => {
          const response = await route.fetch()
          const text = (await response.text()).replace('Europe/Oslo', 'Europe/Not_There_Yet')
          await route.fulfill({ response, body: text })
        }),
    })
    await page.getByText('this browser does not know the time zone Europe/Not_There_Yet').waitFor()
    await page.getByText('saf').first().waitFor()
    await page.goto('/trm')
    await page.getByText('this browser does not know the time zone Europe/Not_There_Yet').waitFor()
  })

  it('has one stream for all its windows of one identity, and the next takes over', async () => {
    const streams: string[] = []
    const page = await setup.open({
      path: '/saf?view=agenda&night=2030-03-14',
      before: (context) =>
        Promise.resolve(
          context.on('request', (request) => {
            if (request.url().includes('/dev/changes')) streams.push(request.url())
          }),
        ),
    })
    await page.getByRole('button', { name: /M51/ }).waitFor()
    await expect.poll(() => streams.length).toBe(1)
    const other = await page.context().newPage()
    await other.goto('/saf?view=agenda&night=2030-03-14')
    await other.getByRole('button', { name: /M51/ }).waitFor()
    await setup.created('2030-03-16T03:00:00Z', '2030-03-16T04:00:00Z', 'Seen by both', 'ada')
    for (const one of [page, other]) await one.getByRole('button', { name: /Seen by both/ }).waitFor()
    expect(streams).toHaveLength(1)
    await page.close()
    await expect.poll(() => streams.length).toBe(2)
  })

  it('is led from a wrong address to the telescopes', async () => {
    const page = await setup.open({ path: '/SAF', now: NOW, expected: /404/ })
    await page.getByRole('heading', { name: 'There is no telescope SAF' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'saf' }).click()
    await page.getByRole('heading', { level: 1, name: /Apache Ridge/ }).waitFor()
  })
})

describe('an eye', () => {
  it('needs no horizontal scrolling in a window zoomed to 200 %, nor on a tablet', async () => {
    const page = await setup.open({ path: '/', as: 'ada', now: NOW })
    await settled(page)
    const width = () => page.evaluate<number>('document.documentElement.scrollWidth')
    for (const path of ['/', '/saf?view=week', '/saf?view=night', '/saf?view=month', '/saf?view=agenda']) {
      await leadTo(page, path)
      for (const viewport of [
        { width: 700, height: 450 },
        { width: 820, height: 1180 },
      ]) {
        await page.setViewportSize(viewport)
        await settled(page)
        expect(await width(), path).toBeLessThanOrEqual(viewport.width)
      }
    }
  })

  it('that needs forced colours sees which view is shown', async () => {
    const page = await setup.open({ path: '/saf?view=week', now: NOW })
    await page.emulateMedia({ forcedColors: 'active' })
    const lineOf = (name: string) =>
      page
        .getByRole('navigation', { name: 'View' })
        .getByRole('link', { name })
        .evaluate((link) => getComputedStyle(link).outlineStyle)
    expect([await lineOf('Week'), await lineOf('Month')]).toEqual(['solid', 'none'])
  })

  it('that rests from moving things sees none', async () => {
    const page = await setup.open({ path: '/saf?view=week', now: NOW })
    await settled(page)
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Help' })
    await help.waitFor()
    const animation = () => help.evaluate((one) => getComputedStyle(one).animationName)
    await expect.poll(animation).toBe('none')
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await expect.poll(animation).not.toBe('none')
  })
})
