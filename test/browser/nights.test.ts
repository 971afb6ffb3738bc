import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { freshId } from '../server.ts'
import { at } from '../context.ts'
import { goTo, leadTo, setUpBrowser, shoot, type BrowserSetup, type Visit } from './browser.ts'
import { boxOf, drag, hoursDrawn, nightColumn, pointAt, pointBefore } from './grid.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

/** Tall enough for a whole night. */
const TALL = { width: 1400, height: 1400 }

const created = (site: string, start: string, end: string, title: string) =>
  setup.calendar('ada').reserve(freshId(), { site, start: at(start), end: at(end), title, kind: 'project' })

async function openSettled(path: string, visit: Visit = {}): Promise<Page> {
  const page = await setup.open({ path, viewport: TALL, ...visit })
  await settled(page)
  return page
}

const session = (page: Page, name: RegExp | string) => page.getByRole('grid').getByRole('button', { name })
const heads = (page: Page) =>
  page.getByRole('columnheader').evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')?.split(',')[0]))

describe('in any time zone of the browser', () => {
  /** At each site a session of three hours, from 01:00 site time. */
  const SEEN = [
    ['saf', '2030-03-15T07:00:00Z', '2030-03-15T10:00:00Z', 'Thursday 14 March 2030', 'Fri 15 Mar 01:00–04:00', 13],
    ['syd', '2030-03-14T14:00:00Z', '2030-03-14T17:00:00Z', 'Thursday 14 March 2030', 'Fri 15 Mar 01:00–04:00', 13],
    ['trm', '2030-03-15T00:00:00Z', '2030-03-15T03:00:00Z', 'Thursday 14 March 2030', 'Fri 15 Mar 01:00–04:00', 13],
  ] as const
  beforeAll(async () => {
    for (const [site, start, end] of SEEN) await created(site, start, end, 'M92')
  })

  it.each(['Europe/Berlin', 'America/Denver', 'Pacific/Auckland'])('a night is the same in %s', async (timezoneId) => {
    const page = await openSettled('/saf?view=night&night=2030-03-14&day', {
      timezoneId,
      now: new Date('2030-03-14T20:00:00Z'),
    })
    for (const [site, , , night, span, hour] of SEEN) {
      await switchTo(page, site)
      const block = session(page, `M92: project session by Ada Lovelace, ${span}`)
      await block.waitFor()
      await settled(page)
      expect([site, await hoursDrawn(page, night, block)]).toEqual([site, [hour, hour + 3]])
      await block.click()
      const details = page.getByRole('dialog', { name: 'M92' })
      await details.getByText(span).waitFor()
      await page.keyboard.press('Escape')
      await details.waitFor({ state: 'detached' })
    }
  })

  it.each(['Pacific/Auckland', 'America/Denver'])(
    'dragging in %s reserves the interval that is shown',
    async (timezoneId) => {
      const day = timezoneId === 'Pacific/Auckland' ? 20 : 21
      const page = await openSettled(`/trm?view=night&night=2030-03-${day}&day`, {
        timezoneId,
        as: 'bo',
        now: new Date('2030-03-14T20:00:00Z'),
      })
      const night = day === 20 ? 'Wednesday 20 March 2030' : 'Thursday 21 March 2030'
      await drag(page, await pointAt(page, night, 10), await pointBefore(page, night, 12))
      const editor = page.getByRole('dialog', { name: 'New reservation' })
      await editor.getByText('Free', { exact: true }).waitFor()
      await editor.getByRole('button', { name: 'Reserve' }).click()
      await session(page, `${day} Mar 22:00 – `).waitFor()
      const during = { start: at(`2030-03-${day}T11:00:00Z`), end: at(`2030-03-${day + 1}T11:00:00Z`) }
      const stored = () => setup.calendar('bo').reservations(['trm'], during)
      await expect
        .poll(async () => (await stored()).map(({ start, end }) => [start, end]))
        .toEqual([[at(`2030-03-${day}T21:00:00Z`), at(`2030-03-${day}T23:00:00Z`)]])
    },
  )
})

describe('the night in which the clocks go back', () => {
  it('has 25 hours, and draws a reservation over the repeated hour at its full length', async () => {
    // At saf 02:00 becomes 01:00 at 08:00Z of 3 November 2030.
    await created('saf', '2030-11-03T07:30:00Z', '2030-11-03T09:30:00Z', 'Repeated')
    await created('saf', '2030-11-03T04:00:00Z', '2030-11-03T05:00:00Z', 'Before')
    await created('saf', '2030-11-03T12:00:00Z', '2030-11-03T13:00:00Z', 'After')
    const page = await openSettled('/saf?view=night&night=2030-11-02&day', {
      now: new Date('2030-11-01T20:00:00Z'),
      timezoneId: 'America/Denver',
      as: 'ada',
    })
    await session(page, 'Repeated: project session by Ada Lovelace, Sun 3 Nov 01:30 (UTC−6)–02:30').waitFor()
    const night = 'Saturday 2 November 2030'
    await expect.poll(() => hoursDrawn(page, night, session(page, /Repeated/), 25)).toEqual([13.5, 15.5])
    await expect.poll(() => hoursDrawn(page, night, session(page, /Before/), 25)).toEqual([10, 11])
    await expect.poll(() => hoursDrawn(page, night, session(page, /After/), 25)).toEqual([18, 19])
    await expect.poll(() => axisOf(page)).toEqual([...clocks(12, 24), '00:00', '01:00', '01:00', ...clocks(2, 12)])
    await shoot(page, 'autumn-night')
  })

  it('lets both of the two hours be reserved, by dragging and in the editor', async () => {
    const page = await openSettled('/saf?view=night&night=2031-11-01&day', {
      now: new Date('2031-10-30T20:00:00Z'),
      as: 'ada',
    })
    const night = 'Saturday 1 November 2031'
    await drag(page, await pointAt(page, night, 14, 25), await pointBefore(page, night, 14.5, 25))
    const editor = page.getByRole('dialog', { name: 'New reservation' })
    await editor.getByRole('button', { name: 'Reserve saf, Sun 01:00 (UTC−7)–01:30 (UTC−7)' }).waitFor()
    const start = editor.getByLabel('Start time')
    await start.fill('01:15')
    expect(await start.inputValue()).toBe('01:15')
    await editor.getByRole('button', { name: 'Use 01:15 (UTC−7)' }).click()
    await editor.getByRole('button', { name: 'Use 01:15 (UTC−6)' }).click()
    await start.focus()
    const shown = []
    for (let step = 0; step < 24; step += 1) {
      await page.keyboard.press('ArrowUp')
      shown.push(await start.inputValue())
    }
    expect(new Set(shown).size).toBe(24)
    expect(shown.slice(7, 10)).toEqual(['01:55 (UTC−6)', '01:00 (UTC−7)', '01:05 (UTC−7)'])
    for (let step = 0; step < 15; step += 1) await page.keyboard.press('ArrowDown')
    await expect.poll(() => start.inputValue()).toBe('01:00 (UTC−7)')
    await editor.getByRole('button', { name: 'Reserve' }).click()
    await session(page, /01:00 \(UTC−7\)–01:30 \(UTC−7\)/).waitFor()
    const during = { start: at('2031-11-01T18:00:00Z'), end: at('2031-11-02T19:00:00Z') }
    const stored = () => setup.calendar('ada').reservations(['saf'], during)
    await expect
      .poll(async () => (await stored()).map(({ start, end }) => [start, end]))
      .toEqual([[at('2031-11-02T08:00:00Z'), at('2031-11-02T08:30:00Z')]])
  })
})

describe('the night in which the clocks go forward', () => {
  it('has 23 hours, and draws a reservation over the skipped hour at its real length', async () => {
    // At saf 02:00 becomes 03:00 at 09:00Z of 10 March 2030.
    await created('saf', '2030-03-10T08:30:00Z', '2030-03-10T09:30:00Z', 'Gap')
    await created('saf', '2030-03-10T17:00:00Z', '2030-03-10T18:00:00Z', 'Last')
    const page = await openSettled('/saf?view=night&night=2030-03-09&day', {
      now: new Date('2030-03-08T20:00:00Z'),
      timezoneId: 'America/Denver',
    })
    await session(page, 'Gap: project session by Ada Lovelace, Sun 10 Mar 01:30–03:30').waitFor()
    const night = 'Saturday 9 March 2030'
    await expect.poll(() => hoursDrawn(page, night, session(page, /Gap/))).toEqual([13.5, 14.5])
    await expect.poll(() => hoursDrawn(page, night, session(page, /Last/))).toEqual([22, 23])
    const axis = await axisOf(page)
    expect(axis.filter((text) => text !== '')).toEqual([...clocks(12, 24), '00:00', '01:00', ...clocks(3, 12)])
    await shoot(page, 'spring-night')
  })
})

it("a clock change in the browser's time zone changes nothing", async () => {
  // In Berlin 02:00 becomes 03:00 at 01:00Z of 31 March 2030; at saf it is an evening like others.
  await created('saf', '2030-03-31T00:30:00Z', '2030-03-31T03:30:00Z', 'Elsewhere')
  const page = await openSettled('/saf?view=night&night=2030-03-30&day', {
    now: new Date('2030-03-29T20:00:00Z'),
    timezoneId: 'Europe/Berlin',
  })
  await session(page, ', Sat 30 Mar 18:30–21:30').waitFor()
  await expect.poll(() => hoursDrawn(page, 'Saturday 30 March 2030', session(page, /Elsewhere/))).toEqual([6.5, 9.5])
  await expect.poll(() => axisOf(page)).toEqual([...clocks(12, 24), ...clocks(0, 12)])
})

/** Goes to another telescope, by the list in the header. */
async function switchTo(page: Page, site: string): Promise<void> {
  await page.getByRole('heading', { level: 1 }).getByRole('button').click()
  await page.getByRole('dialog', { name: 'Telescopes' }).getByRole('link', { name: site }).click()
  await page.getByRole('heading', { level: 1, name: new RegExp(`^${site}`) }).waitFor()
}

/** The site times on the axis. */
const axisOf = (page: Page) =>
  page
    .locator('.axis-label:not(.now-label)')
    .evaluateAll((all) => all.map((one) => one.querySelector('.axis-site')?.textContent ?? ''))

const clocks = (from: number, until: number) =>
  Array.from({ length: until - from }, (_, index) => `${String(from + index).padStart(2, '0')}:00`)

describe('the address', () => {
  const NOW = new Date('2030-05-15T04:00:00Z')

  it('names the view, and the browser can go back', async () => {
    const page = await openSettled('/saf', { now: NOW })
    await expect.poll(async () => (await heads(page))[0]).toBe('Night of Tuesday 14 May 2030')
    await page.getByRole('button', { name: 'One week later' }).click()
    await page.getByRole('columnheader', { name: 'Night of Monday 27 May 2030' }).waitFor()
    await expect.poll(() => new URL(page.url()).search).toBe('?view=week&night=2030-05-21')
    await page.getByRole('navigation', { name: 'View' }).getByRole('link', { name: 'Night' }).click()
    await page.getByRole('heading', { name: 'Tue 21 May 2030' }).waitFor()
    await expect.poll(() => heads(page)).toEqual(['Night of Tuesday 21 May 2030'])
    await page.getByRole('link', { name: 'Month' }).click()
    await page.getByRole('heading', { name: 'May 2030' }).waitFor()
    await page.getByRole('button', { name: 'One month later' }).click()
    await page.getByRole('heading', { name: 'June 2030' }).waitFor()
    await page.goBack()
    await page.goBack()
    await page.getByRole('heading', { name: 'Tue 21 May 2030' }).waitFor()
    await expect.poll(() => new URL(page.url()).search).toBe('?view=night&night=2030-05-21')
    await page.goForward()
    await page.getByRole('heading', { name: 'May 2030' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'May 2030' }).waitFor()
    await page.getByRole('button', { name: 'This month' }).click()
    await expect.poll(() => new URL(page.url()).search).toBe('?view=month')
  })

  it('is followed as soon as anything is shown', async () => {
    const page = await setup.open({
      path: '/saf?view=night&night=2030-05-14',
      now: NOW,
      // What the page does a moment after it has drawn waits.
      before: (_, opening) => opening.clock.pauseAt(new Date(NOW.getTime() + 10_000)),
    })
    await page.getByRole('heading', { name: 'Tue 14 May 2030' }).waitFor()
    await goTo(page, '/saf?view=month&night=2030-05-14')
    await page.clock.resume()
    await page.getByRole('heading', { name: 'May 2030', exact: true }).waitFor()
  })

  it('leads from the network to a telescope, and back', async () => {
    const page = await setup.open({ path: '/', now: NOW })
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.getByRole('listitem').getByRole('link', { name: 'trm' }).click()
    await page.getByRole('heading', { name: 'trm Tromsø Observatory' }).waitFor()
    await expect.poll(() => new URL(page.url()).pathname).toBe('/trm')
    await page.getByRole('link', { name: 'Photon Ranch' }).click()
    await page.getByRole('heading', { name: 'Tonight on three telescopes' }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'trm Tromsø Observatory' }).waitFor()
  })

  it('of an unknown telescope shows a list of all telescopes', async () => {
    const page = await setup.open({ path: '/sfa', now: NOW, expected: /404/ })
    await page.getByRole('heading', { name: 'There is no telescope sfa' }).waitFor()
    await page.getByRole('main').getByRole('link', { name: 'saf' }).click()
    await settled(page)
  })

  it('of a month shows a reservation after midnight in the night before', async () => {
    await created('saf', '2030-05-20T08:00:00Z', '2030-05-20T09:00:00Z', 'Late')
    const page = await openSettled('/saf?view=month&night=2030-05-01', { now: NOW })
    const cell = page.getByRole('gridcell', { name: /Sunday 19 May 2030/ })
    await cell.getByRole('button', { name: 'Late: project session by Ada Lovelace, Mon 20 May 02:00–03:00' }).waitFor()
    await expect.poll(() => page.getByRole('button', { name: /^Late/ }).count()).toBe(1)
    await shoot(page, 'month')
  })
})

describe('now', () => {
  it('is a line, at 02:00 in the column of the evening before', async () => {
    const page = await openSettled('/saf?day', { now: new Date('2030-06-05T08:00:00Z'), timezoneId: 'Asia/Tokyo' })
    await expect.poll(async () => (await heads(page))[0]).toBe('Night of Tuesday 4 June 2030')
    const lane = await boxOf(nightColumn(page, 'Tuesday 4 June 2030'))
    const line = await boxOf(page.locator('.now-line').first())
    expect(Math.abs(line.x - lane.x)).toBeLessThan(3)
    expect(((line.y + line.height / 2 - lane.y) / lane.height) * 24).toBeCloseTo(14, 1)
    // The line moves by itself.
    await page.clock.fastForward('00:59:00')
    await page.clock.runFor('01:00')
    await expect
      .poll(async () => (((await boxOf(page.locator('.now-line').first())).y - lane.y) / lane.height) * 24)
      .toBeCloseTo(15, 1)
  })

  it('is no line while the day in which it is is folded', async () => {
    const page = await openSettled('/saf?view=night', { now: new Date('2030-06-05T19:00:00Z') })
    await expect.poll(() => page.locator('.now-line').count()).toBe(0)
    await page.goto('/saf?view=night&day')
    await page.locator('.now-line').waitFor()
  })

  it('shows what the telescope is doing, until when, and for whom', async () => {
    await created('syd', '2030-07-01T12:00:00Z', '2030-07-01T12:20:00Z', 'Own')
    await setup
      .calendar('bo')
      .reserve(freshId(), { site: 'syd', start: at('2030-07-01T12:20:00Z'), end: at('2030-07-01T12:35:00Z') })
    const page = await setup.open({ path: '/syd', as: 'ada', now: new Date('2030-07-01T11:49:30Z') })
    const box = page.getByRole('status', { name: 'The telescope now' })
    await box.getByText('Free and dark until 22:00').waitFor()
    await page.clock.fastForward('15:00')
    await box.getByText('Yours until 22:20').waitFor()
    await page.clock.fastForward('20:00')
    await box.getByText('In use by Bo Jansson until 22:35').waitFor()
    await page.clock.fastForward('15:00')
    await box.getByText(/^Free and dark until 05:\d\d$/).waitFor()
  })
})

describe('the sky at Tromsø', () => {
  /** The colours of the sky that the nights show, from day to dark. */
  const COLOURS = ['day', '0', '3', '6', '9', '12', '15', '18']
  const coloursOf = (page: Page) =>
    page
      .getByRole('gridcell')
      .getByRole('group')
      .evaluateAll(
        (nights, all) => all.filter((one) => nights.some((night) => night.style.background.includes(`(--sky-${one})`))),
        COLOURS,
      )

  it('is never dark in June, nor without the Moon, and no hour is folded', async () => {
    const page = await openSettled('/trm?view=week&night=2030-06-12', { now: new Date('2030-06-11T08:00:00Z') })
    await expect.poll(() => coloursOf(page)).toEqual(['day', '0'])
    await expect.poll(() => page.getByRole('columnheader', { name: /Moon \d+ % lit/ }).count()).toBe(7)
    await expect.poll(() => page.getByText('Not dark').count()).toBe(7)
    expect(await page.getByRole('button', { name: 'Show day' }).count()).toBe(0)
    await expect.poll(() => axisOf(page)).toHaveLength(24)
    await shoot(page, 'tromso-june')
  })

  it('has twilight and darkness but no day in December, and a Moon that does not set', async () => {
    const page = await openSettled('/trm?view=week&night=2030-12-08', { now: new Date('2030-12-07T08:00:00Z') })
    await expect.poll(() => coloursOf(page)).toEqual(COLOURS.slice(1))
    await expect.poll(() => page.getByRole('columnheader', { name: /up all the time/ }).count()).toBeGreaterThan(0)
    await expect.poll(() => page.getByRole('grid').locator('.sky-moon-curve').first().getAttribute('d')).toMatch(/^M/)
    await expect.poll(() => axisOf(page)).toHaveLength(24)
    await shoot(page, 'tromso-december')
  })
})

it('the label of the first hour is not cut off by what is above it', async () => {
  // The night begins ten minutes before a full hour.
  const visit = { now: new Date('2030-11-27T04:42:00Z'), viewport: { width: 390, height: 844 } }
  const page = await openSettled('/saf?view=night&night=2030-11-26', visit)
  await page.getByText('16:00', { exact: true }).first().waitFor()
  const hidden = () =>
    page.locator('.axis, .axis-label').evaluateAll((all) => {
      const [axis = 0, ...labels] = all.map((one) => one.getBoundingClientRect().top)
      return labels.filter((top) => top < axis).length
    })
  await expect.poll(hidden).toBe(0)
})

describe('where clocks have 12 hours', () => {
  const VISIT = { locale: 'en-US', now: new Date('2030-03-15T04:42:00Z') }
  /** What of some elements is cut, or may be broken into lines. */
  const unfit = (page: Page, selector: string) =>
    page.locator(selector).evaluateAll((all) =>
      all
        .filter((one) => one.checkVisibility())
        .filter((one) => {
          const end = one.closest('.night-head')?.getBoundingClientRect().right ?? innerWidth
          const mayBreak = getComputedStyle(one).whiteSpace !== 'nowrap'
          return mayBreak || one.scrollWidth > one.clientWidth || one.getBoundingClientRect().right > end
        })
        .map((one) => one.textContent),
    )

  it('all of a week shows them so, but UTC, and whole, in windows 390, 820 and 1400 px wide', async () => {
    const page = await openSettled('/saf?view=week&night=2030-03-14', VISIT)
    for (const width of [390, 820, 1400]) {
      await page.setViewportSize({ width, height: 900 })
      await settled(page)
      for (const text of await page.locator('.axis-label .axis-site').allTextContents())
        expect(text).toMatch(/^\d{1,2}(:\d\d)? [ap]m$/)
      for (const text of await page.locator('.axis-label .axis-utc').allTextContents())
        expect(text).toMatch(/^\d\d:\d\d$/)
      for (const text of await page.locator('.head-dark').allTextContents())
        expect(text).toMatch(/^Dark \d:\d\d pm–\d:\d\d am$/)
      expect(await page.getByRole('columnheader').first().getAttribute('aria-label')).toMatch(
        /(from|to) \d+:\d\d [ap]m/,
      )
      await expect.poll(() => unfit(page, '.now-label, .head-dark'), { message: `${width} wide` }).toEqual([])
    }
  })

  beforeAll(() => setup.created('2030-04-20T04:00:00Z', '2030-04-20T05:30:00Z', 'M13', 'bo'))

  it('the header says whole what the telescope does, and until when, in windows 390 to 1400 px wide', async () => {
    const now = new Date('2030-04-20T04:42:00Z')
    const page = await setup.open({ ...VISIT, now, path: '/saf', timezoneId: 'Europe/Berlin' })
    const state = page.getByRole('status', { name: 'The telescope now' })
    for (const width of [390, 820, 1000, 1400]) {
      await page.setViewportSize({ width, height: 900 })
      await state.getByText(/Bo Jansson until 11:30 pm$/).waitFor()
      await settled(page)
      await expect.poll(() => unfit(page, '.status-box, .state-what'), { message: `${width} wide` }).toEqual([])
    }
  })

  it('lanes and lists have room for them in windows 390, 820, 1000 and 1400 px wide', async () => {
    const page = await setup.open({ path: '/', ...VISIT })
    const verb = page.getByRole('button', { name: /Reserve \d+:\d\d [ap]m/ }).first()
    const inEachWidth = async (check: (width: number) => Promise<void>) => {
      await verb.waitFor()
      for (const width of [390, 820, 1000, 1400]) {
        await page.setViewportSize({ width, height: 900 })
        await settled(page)
        await check(width)
      }
    }
    await inEachWidth(async (width) => {
      expect(await page.locator('.reserve-verb').count(), `${width} wide`).toBeGreaterThan(0)
      await expect.poll(() => unfit(page, '.reserve-verb'), { message: `${width} wide` }).toEqual([])
    })
    await leadTo(page, '/saf?view=agenda&night=2030-03-14')
    const sizes = () =>
      page
        .locator('.times')
        .evaluateAll((all) => all.map(({ clientWidth, clientHeight }) => `${clientWidth} by ${clientHeight}`))
    await expect.poll(async () => (await sizes()).length).toBeGreaterThan(1)
    // All alike: none needs more width than there is, nor a third line.
    await inEachWidth(async (width) => {
      await expect.poll(async () => new Set(await sizes()).size, { message: `${width} wide` }).toBe(1)
    })
  })
})
