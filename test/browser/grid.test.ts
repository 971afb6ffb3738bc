import type { Locator, Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ReservationInput } from '../../src/client/domain/event.ts'
import { freshId, type Name } from '../server.ts'
import { setUpBrowser, shoot, type BrowserSetup, type Visit } from './browser.ts'
import { glidesIn, recordGlides } from './glides.ts'
import {
  withoutTime,
  boxOf,
  drag,
  type Evening,
  eveningsFrom,
  hoursDrawn,
  nightColumn,
  pointAt,
  pointBefore,
} from './grid.ts'
import { settled } from './settled.ts'
import { layoutShift, watchLayoutShift } from './layout-shift.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

/** Tall enough for a whole night with its day. */
const TALL = { width: 1400, height: 1350 }
/** Noon at saf, whose clocks are six hours behind UTC by then. */
const NOW = new Date('2030-03-11T18:00:00Z')

const anotherNight = eveningsFrom(NOW)

const reserved = (by: Name, night: Evening, from: number, to: number, more: ReservationInput = {}, override = false) =>
  setup
    .calendar(by)
    .reserve(
      freshId(),
      { site: 'saf', start: night.at(from), end: night.at(to), title: 'M51', kind: 'project', ...more },
      override ? { override } : {},
    )
const storedIn = (night: Evening) =>
  setup.calendar('grace').reservations(['saf'], { start: night.at(0), end: night.at(23.9) })

async function open(night: Evening, visit: Visit & { readonly query?: string } = {}): Promise<Page> {
  const { query = 'view=night&day', ...rest } = visit
  const page = await setup.open({
    path: `/saf?night=${night.date}&${query}`,
    now: NOW,
    viewport: TALL,
    as: 'ada',
    ...rest,
  })
  await settled(page)
  return page
}
const block = (page: Page, name: RegExp | string) => page.getByRole('grid').getByRole('button', { name })
const editor = (page: Page) => page.getByRole('dialog', { name: 'New reservation' })
const isFocused = (locator: Locator) => locator.evaluate((element) => element === element.ownerDocument.activeElement)

describe('the day', () => {
  it('is folded, tells what is in it, and is shown by a switch that stays in the address', async () => {
    const night = anotherNight()
    await reserved('bo', night, 1, 2, { title: 'Sunspots' })
    await reserved('bo', night, 9, 10)
    const page = await open(night, { query: 'view=night' })
    // At saf the Sun sets at 19:09 on this evening, and rises at 07:19.
    await page.getByText('Day 08:20–18:00 folded, with 1 reservation', { exact: true }).waitFor()
    await expect.poll(() => block(page, /Sunspots/).count()).toBe(0)
    await block(page, /^M51/).waitFor()
    await page.getByRole('button', { name: 'Show day' }).click()
    await block(page, /Sunspots/).waitFor()
    await expect.poll(() => new URL(page.url()).search).toBe(`?view=night&night=${night.date}&day`)
    await expect.poll(() => hoursDrawn(page, night.words, block(page, /Sunspots/))).toEqual([1, 2])
    await page.getByRole('button', { name: 'Fold day' }).click()
    await block(page, /Sunspots/).waitFor({ state: 'detached' })
  })
})

describe('what is drawn', () => {
  it('leaves the sky beside it uncovered, also by a closure, over which other reservations lie', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 10)
    await reserved('grace', night, 4, 21, { title: 'Roof motor', kind: 'maintenance' }, true)
    const page = await open(night)
    const column = await boxOf(nightColumn(page, night.words))
    const closure = await boxOf(block(page, /^Roof motor/))
    expect(closure.x - column.x).toBeGreaterThanOrEqual(42)
    expect(Math.abs(closure.x + closure.width - column.x - column.width)).toBeLessThan(1)
    await page
      .getByText(/until .* 09:00/)
      .first()
      .waitFor()
    await expect.poll(async () => (await boxOf(block(page, /^M51/))).x - column.x).toBeGreaterThanOrEqual(42)
    await block(page, /^M51/).click()
    await page.getByRole('dialog', { name: 'M51' }).waitFor()
  })

  it('tells the date at midnight over a closure too', async () => {
    const night = anotherNight()
    await reserved('grace', night, 4, 21, { title: 'Roof motor', kind: 'maintenance' }, true)
    const page = await open(night, { query: 'view=week' })
    const closure = block(page, /^Roof motor/)
    const date = page.locator('.midnight > span').first()
    await closure.waitFor()
    // By itself it lets the pointer through.
    const isOnTop = () =>
      date.evaluate((one) => {
        one.style.pointerEvents = 'auto'
        const { x, y, width, height } = one.getBoundingClientRect()
        return one.ownerDocument.elementFromPoint(x + width / 2, y + height / 2) === one
      })
    await expect.poll(isOnTop).toBe(true)
    // The label of the closure leaves room for it.
    const label = await boxOf(closure.locator('.closure-label'))
    expect(label.y + label.height).toBeLessThan((await boxOf(date)).y)
  })

  it('shares the width if it overlaps', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 11, { title: 'First' })
    await reserved('grace', night, 10, 12, { title: 'Other' }, true)
    const page = await open(night)
    const [first, other] = [await boxOf(block(page, /^First/)), await boxOf(block(page, /^Other/))]
    expect(Math.abs(first.width - other.width)).toBeLessThan(1)
    expect(other.x).toBeGreaterThanOrEqual(first.x + first.width - 1)
    await shoot(page, 'overlaps')
  })

  it('is dimmed if something else is looked for', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 11, { title: 'Andromeda' })
    await reserved('cleo', night, 12, 13, { title: 'Vesta' })
    const page = await open(night, { query: 'view=night&day&q=vesta' })
    const opacityOf = (name: RegExp) => block(page, name).evaluate((element) => getComputedStyle(element).opacity)
    await expect.poll(() => opacityOf(/^Vesta/)).toBe('1')
    await expect.poll(async () => Number(await opacityOf(/^Andromeda/))).toBeLessThan(0.5)
  })

  it('is hatched as long as it is not known what is reserved', async () => {
    const night = anotherNight()
    const page = await setup.open({
      path: `/saf?view=week&night=${night.date}`,
      now: NOW,
      expected: /ERR_/,
      before: (_, opened) => opened.route(/siteevents/, (route) => route.abort()),
    })
    await expect.poll(() => page.locator('.unread').count()).toBe(7)
    expect(await page.getByText(/^Free \d/).count()).toBe(0)
    await page.unroute(/siteevents/)
    await page.clock.fastForward('00:16')
    await settled(page)
    await expect.poll(() => page.locator('.unread').count()).toBe(0)
  })

  it('does not move while the page is loaded', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 11)
    for (const [query, width] of [
      ['view=week', 1400],
      ['view=night', 390],
      ['view=month', 1400],
    ] as const) {
      const page = await open(night, {
        query,
        viewport: { width, height: 900 },
        before: watchLayoutShift,
      })
      // A month has those of other tests as well.
      await block(page, /^M51/).first().waitFor()
      expect(await layoutShift(page), query).toBeLessThan(0.05)
    }
  })

  it('tells kinds apart by borders where the system forces its colours', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 10, { title: 'Low', priority: 'low_priority' })
    await reserved('ada', night, 10, 11, { title: 'Own' })
    const page = await open(night)
    await page.emulateMedia({ forcedColors: 'active' })
    const borderOf = (name: RegExp) =>
      block(page, name).evaluate((element) => {
        const { borderTopStyle, borderTopWidth } = getComputedStyle(element)
        return [borderTopStyle, borderTopWidth]
      })
    await expect.poll(() => borderOf(/^Low/)).toEqual(['dashed', '1px'])
    await expect.poll(() => borderOf(/^Own/)).toEqual(['solid', '2px'])
    await shoot(page, 'forced-colours')
  })
})

describe('the head of a night', () => {
  it('tells the times of Sun and Moon to a pointer, and to whoever has the focus there', async () => {
    const night = anotherNight()
    const page = await open(night, { query: 'view=week' })
    const head = page.getByRole('columnheader').first()
    const tip = head.locator('.night-tip')
    expect(await tip.isVisible()).toBe(false)
    await head.hover()
    await tip.getByText('Sunset').waitFor()
    await tip
      .getByText(/^\d\d:\d\d, \d+° high$/)
      .first()
      .waitFor()
    await shoot(page, 'night-tip')
    await page.mouse.move(700, 600)
    await tip.waitFor({ state: 'hidden' })
    await page.getByRole('grid').locator('button[tabindex="0"]').focus()
    for (let presses = 0; presses < 9; presses += 1) await page.keyboard.press('Home')
    await page.getByRole('grid').locator('.night-tip').filter({ visible: true }).getByText('Moonrise').waitFor()
  })
})

describe('a drag', () => {
  it('shows times and conflict while it lasts, draws nothing else anew, and ends with Escape', async () => {
    const night = anotherNight()
    await reserved('ada', night, 9, 10)
    await reserved('bo', night, 12, 13, { title: 'Of Bo' })
    const page = await open(night)
    const [from, to] = [await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 12.5)]
    await page.mouse.move(from.x, from.y)
    await page.mouse.down()
    await page.mouse.move(from.x, from.y + 10)
    const ghost = page.locator('.ghost')
    await ghost.waitFor()
    await page.evaluate(() => {
      const others: string[] = []
      Object.assign(globalThis, { others })
      const isGhost = ({ target }: MutationRecord) => (target as Element).parentElement?.closest('.ghost, .lane')
      new MutationObserver((list) =>
        others.push(...list.filter((one) => !isGhost(one)).map((one) => one.type)),
      ).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true })
    })
    await page.mouse.move(to.x, (from.y + to.y) / 2)
    await page.mouse.move(to.x, to.y)
    await ghost.getByText('00:00–01:00').waitFor()
    await ghost.getByText('Overlaps Bo Jansson').waitFor()
    expect(await page.evaluate(() => (globalThis as unknown as { others: string[] }).others)).toEqual([])
    await shoot(page, 'dragging')
    await page.keyboard.press('Escape')
    await ghost.waitFor({ state: 'detached' })
    await page.mouse.up()
    await expect.poll(() => hoursDrawn(page, night.words, block(page, /^M51/))).toEqual([9, 10])
    expect(await page.getByRole('dialog').count()).toBe(0)
    await expect.poll(async () => (await storedIn(night))[0]?.start).toBe(night.at(9))
  })

  it('does not begin in time that is past', async () => {
    const night = anotherNight()
    const page = await open(night, { now: new Date(night.at(11) * 1000) })
    await drag(page, await pointAt(page, night.words, 8), await pointBefore(page, night.words, 10))
    expect(await page.getByRole('dialog').count()).toBe(0)
    await drag(page, await pointAt(page, night.words, 12), await pointBefore(page, night.words, 13))
    await editor(page).waitFor()
  })

  it('of a reservation that is being saved is refused until that is done', async () => {
    const night = anotherNight()
    await reserved('ada', night, 9, 10)
    const page = await open(night)
    let answer = () => {}
    const held = new Promise<void>((resolve) => {
      answer = resolve
    })
    const writes: string[] = []
    await page.route('**/modifyevent', async (route) => {
      writes.push(route.request().method())
      await held
      await route.continue()
    })
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 12.5))
    const saving = page.locator('.block[aria-busy=true]')
    await saving.getByText('Saving …').waitFor()
    await drag(page, await pointAt(page, night.words, 12.5), await pointAt(page, night.words, 14.5))
    answer()
    await block(page, / 00:00–01:00,/).waitFor()
    expect(writes.filter((method) => method === 'POST')).toHaveLength(1)
    await saving.waitFor({ state: 'detached' })
    await drag(page, await pointAt(page, night.words, 12.5), await pointAt(page, night.words, 14.5))
    await block(page, / 02:00–03:00,/).waitFor()
  })

  it('that is refused lets the reservation glide back', async () => {
    const night = anotherNight()
    await reserved('ada', night, 9, 10)
    await reserved('bo', night, 12, 13, { title: 'Of Bo' })
    const page = await open(night, { expected: /409/, before: recordGlides })
    const glides = () => glidesIn(page)
    await page.emulateMedia({ reducedMotion: 'no-preference' })
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 12.5))
    await page.getByRole('alert').filter({ hasText: 'Bo Jansson' }).waitFor()
    await expect.poll(glides).toEqual([240])
    await settled(page)
    await expect.poll(() => hoursDrawn(page, night.words, block(page, /^M51/))).toEqual([9, 10])
    await page.emulateMedia({ reducedMotion: 'reduce' })
    const refused = page.waitForResponse(/modifyevent/)
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 12.5))
    await refused
    await settled(page)
    expect(await glides()).toEqual([240])
  })

  it('moves and resizes a reservation at the end that is seen, and the other end stays right', async () => {
    const night = anotherNight()
    const { reservation } = await reserved('ada', night, 20, 27)
    const stored = async () => {
      const all = await setup.calendar('grace').reservations(['saf'], { start: night.at(12), end: night.at(30) })
      const one = all.find(({ id }) => id === reservation.id)
      return one && [one.start, one.end].map((at) => (at - night.at(0)) / 3600)
    }
    const page = await open(night)
    await drag(page, await pointAt(page, night.words, 22), await pointAt(page, night.words, 23))
    await expect.poll(stored).toEqual([21, 28])
    await settled(page)
    await expect.poll(() => hoursDrawn(page, night.words, block(page, /^M51/))).toEqual([21, 24])
    const { x, y, width, height } = await boxOf(block(page, /^M51/))
    await page.mouse.move(x + width / 2, y + 3)
    await page.mouse.down()
    await page.mouse.move(x + width / 2, y + 3 - height / 6)
    await page.mouse.move(x + width / 2, y + 3 - height / 3)
    await page.locator('.ghost').getByText('Resize, 8 h', { exact: true }).waitFor()
    await page.mouse.up()
    await expect.poll(stored).toEqual([20, 28])
  })

  it('near the edge of a low window scrolls it', async () => {
    const night = anotherNight()
    const page = await open(night, { viewport: { width: 1000, height: 500 } })
    const { x, y, width } = await boxOf(nightColumn(page, night.words))
    await page.mouse.move(x + width / 2, y + 20)
    await page.mouse.down()
    await page.mouse.move(x + width / 2, 480)
    await page.mouse.move(x + width / 2, 490)
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100)
    await page.keyboard.press('Escape')
    await page.mouse.up()
  })
})

describe('free time', () => {
  it('that is clicked opens the editor on a slot there, which ends where the next reservation starts', async () => {
    const night = anotherNight()
    await reserved('bo', night, 9, 10)
    await reserved('bo', night, 10.5, 11)
    const page = await open(night)
    for (const [hour, start, end] of [
      [10.3, '22:00', '22:30'],
      [12.1, '00:00', '00:30'],
      [8.9, '20:30', '21:00'],
    ] as const) {
      const { x, y } = await pointAt(page, night.words, hour)
      await page.mouse.click(x, y)
      await editor(page).getByText(`${start}–${end}`).first().waitFor()
      await page.keyboard.press('Escape')
      await editor(page).waitFor({ state: 'detached' })
    }
  })

  it('opens a form that Escape closes from its first drawing on', async () => {
    const night = anotherNight()
    const page = await open(night)
    const { x, y } = await pointAt(page, night.words, 9)
    const pressed = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          new MutationObserver((_, observer) => {
            if (!document.querySelector('.popover')) return
            observer.disconnect()
            document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))
            resolve()
          }).observe(document.body, { childList: true, subtree: true })
        }),
    )
    await page.mouse.click(x, y)
    await pressed
    await editor(page).waitFor({ state: 'detached' })
  })

  it('that is tapped does so too; a finger that moves at once only scrolls', async () => {
    const night = anotherNight()
    const page = await open(night, { hasTouch: true, viewport: { width: 390, height: 1350 } })
    const { x, y } = await pointAt(page, night.words, 9)
    await page.touchscreen.tap(x, y)
    await editor(page).waitFor()
    await page.keyboard.press('Escape')
    await editor(page).waitFor({ state: 'detached' })
    const cdp = await page.context().newCDPSession(page)
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      cdp.send('Input.dispatchTouchEvent', { type, touchPoints })
    await withoutTime(page, async () => {
      await touch('touchStart', { x, y })
      await page.clock.runFor(300)
      await touch('touchMove', { x, y: y - 60 })
    })
    await touch('touchMove', { x, y: y - 120 })
    await page.clock.runFor(1000)
    expect(await page.locator('.ghost').count()).toBe(0)
    await touch('touchEnd')
    expect(await page.getByRole('dialog').count()).toBe(0)
  })
})

describe('what is open beside the grid', () => {
  it('is marked in it: the reservation of a card, and the times of a form as they are changed', async () => {
    const night = anotherNight()
    await reserved('ada', night, 9, 10)
    const page = await open(night)
    const opened = page.locator('.block[data-opened]')
    await block(page, /^M51/).click()
    await expect.poll(() => opened.count()).toBe(1)
    await page.keyboard.press('Escape')
    await expect.poll(() => opened.count()).toBe(0)
    await drag(page, await pointAt(page, night.words, 12), await pointBefore(page, night.words, 14))
    const draft = page.locator('.ghost.draft')
    await draft.getByText('2 h, not yet reserved').waitFor()
    await expect.poll(() => hoursDrawn(page, night.words, draft)).toEqual([12, 14])
    await editor(page).getByLabel('Title').fill('M92 deep')
    await draft.getByText('M92 deep').waitFor()
    // An address opens it beside the slot as well.
    await expect.poll(() => new URL(page.url()).search).toContain('reserve=')
    await page.reload()
    await draft.waitFor()
    await expect
      .poll(async () => {
        const [slot, form] = [await boxOf(draft), await boxOf(editor(page))]
        return Math.round(form.y) <= Math.round(slot.y + slot.height) && form.y + form.height >= slot.y
      })
      .toBe(true)
    await shoot(page, 'draft-in-grid')
  })
})

describe('the keyboard', () => {
  it('enters the grid once, goes on by arrows, and opens with Enter', async () => {
    const [night, next] = [anotherNight(), anotherNight()]
    await reserved('bo', night, 9, 10, { title: 'Tonight' })
    await reserved('bo', next, 9, 10, { title: 'Tomorrow' })
    const page = await open(night, { query: 'view=week', now: new Date(night.at(8.5) * 1000) })
    const stops = page.getByRole('grid').locator('button[tabindex="0"]')
    await expect.poll(() => stops.count()).toBe(1)
    await stops.focus()
    for (let presses = 0; presses < 10 && !(await isFocused(block(page, /^Tonight/))); presses += 1)
      await page.keyboard.press('ArrowDown')
    await expect.poll(() => isFocused(block(page, /^Tonight/))).toBe(true)
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => isFocused(block(page, /^Free .*, dark from 22:00 to/).first())).toBe(true)
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowRight')
    await expect.poll(() => isFocused(block(page, /^Tomorrow/))).toBe(true)
    await page.keyboard.press('Home')
    await expect.poll(() => isFocused(page.getByRole('columnheader').nth(1).getByRole('button'))).toBe(true)
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await editor(page).waitFor()
    await page.keyboard.press('Escape')
    await editor(page).waitFor({ state: 'detached' })
    // Tab leaves the grid.
    await stops.focus()
    await page.keyboard.press('Tab')
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest('[role=grid]') === null)).toBe(true)
  })
})
