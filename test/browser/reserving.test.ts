import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ReservationInput } from '../../src/client/domain/event.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { formatSpan } from '../../web/format/span.ts'
import { freshId, type Name } from '../server.ts'
import { setUpBrowser, shoot, STREAMED, type BrowserSetup, type Visit } from './browser.ts'
import { boxOf, drag, type Evening, eveningsFrom, hoursDrawn, pointAt, pointBefore } from './grid.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

/** Tall enough for a whole night. */
const TALL = { width: 1400, height: 1350 }
/** Noon at saf, whose clocks are six hours behind UTC by then. */
const NOW = new Date('2030-03-11T18:00:00Z')
const evening = eveningsFrom(NOW)

const created = async (
  by: Name,
  { when }: Evening,
  from: string,
  to: string,
  more: ReservationInput = {},
): Promise<Reservation> => {
  const proposed = {
    site: 'saf',
    start: when(from),
    end: when(to),
    title: 'M51 LRGB',
    kind: 'project',
    ...more,
  } as const
  return (await setup.calendar(by).reserve(freshId(), proposed)).reservation
}
const stored = ({ when }: Evening, site = 'saf') =>
  setup.calendar('grace').reservations([site], { start: when('12:00'), end: when('11:59') })
const times = async (night: Evening) =>
  (await stored(night)).map(({ title, observer, start, end }) => [title, observer, clock(start), clock(end)])
/** At saf. */
const clock = (instant: number) => new Date((instant - 6 * 3600) * 1000).toISOString().slice(11, 16)

async function openNight({ date }: Evening, visit: Visit = {}): Promise<Page> {
  const page = await setup.open({
    path: `/saf?view=night&night=${date}&day`,
    now: NOW,
    viewport: TALL,
    as: 'ada',
    ...visit,
  })
  await settled(page)
  return page
}
const spanIn = ({ when }: Evening, from: string, to: string) =>
  formatSpan({ timeZone: 'America/Denver' }, { start: when(from), end: when(to) })
const session = (page: Page, name: RegExp | string) => page.getByRole('grid').getByRole('button', { name })
const dialog = (page: Page, name: string) => page.getByRole('dialog', { name, exact: true })

describe('a new user', () => {
  it('signs in and reserves by dragging over free time', async () => {
    const night = evening()
    const page = await openNight(night, { as: undefined, now: undefined })
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Ada Lovelace' }).click()
    await page.getByRole('banner').getByText('Ada Lovelace').waitFor()
    await settled(page)
    await expect.poll(() => new URL(page.url()).search).toBe(`?view=night&night=${night.date}&day`)
    await drag(page, await pointAt(page, night.words, 9), await pointBefore(page, night.words, 12.5))
    const editor = dialog(page, 'New reservation')
    await editor.getByLabel('Title').fill('M51 LRGB')
    await editor.getByText('Free', { exact: true }).waitFor()
    await shoot(page, 'editor-new')
    await editor.getByRole('button', { name: 'Reserve' }).click()
    await session(
      page,
      `M51 LRGB: project session by Ada Lovelace, ${spanIn(night, '21:00', '00:30')}, yours`,
    ).waitFor()
    await editor.waitFor({ state: 'detached' })
    await expect.poll(() => times(night)).toEqual([['M51 LRGB', 'demo|ada', '21:00', '00:30']])
  })

  it('presses “New reservation”, and is offered the next free dark time', async () => {
    const night = evening()
    await created('bo', night, '20:00', '21:00')
    const page = await openNight(night, { now: new Date(night.when('19:50') * 1000) })
    await page.getByRole('button', { name: 'New reservation' }).click()
    const editor = dialog(page, 'New reservation')
    await editor.getByText('Free', { exact: true }).waitFor()
    await expect.poll(() => editor.getByLabel('Starts').inputValue()).toBe(night.date)
    await editor.getByLabel('Note').fill('first light')
    await editor.getByRole('radio', { name: '45 min' }).check()
    await editor.getByRole('button', { name: 'Reserve' }).click()
    await session(
      page,
      `Ada Lovelace: real-time session by Ada Lovelace, ${spanIn(night, '21:00', '21:45')}, yours`,
    ).waitFor()
    await expect
      .poll(async () => (await stored(night)).map(({ note, kind }) => [note, kind]))
      .toEqual([
        ['', 'project'],
        ['first light', 'realtime'],
      ])
  })

  it('uses the keyboard alone', async () => {
    const night = evening()
    const page = await openNight(night)
    const opener = page.getByRole('button', { name: 'New reservation' })
    await tabTo(page, opener)
    await page.keyboard.press('Enter')
    const editor = dialog(page, 'New reservation')
    await editor.getByText('Free', { exact: true }).waitFor()
    await page.keyboard.type('NGC 2903')
    await tabTo(page, editor.getByRole('radio', { name: 'Real-time' }))
    await page.keyboard.press('ArrowRight')
    await tabTo(page, editor.getByLabel('Starts'), 'Shift+Tab')
    await page.keyboard.type(`${night.date.slice(8)}032030`)
    await tabTo(page, editor.getByLabel('Start time'))
    await page.keyboard.type('22:15')
    await tabTo(page, editor.getByLabel('End time'))
    await page.keyboard.type('22:50')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    await tabTo(page, editor.getByRole('button', { name: 'Reserve' }))
    await page.keyboard.press('Enter')
    await session(
      page,
      `NGC 2903: project session by Ada Lovelace, ${spanIn(night, '22:15', '23:00')}, yours`,
    ).waitFor()
    await expect.poll(() => opener.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(true)
    await expect.poll(() => times(night)).toEqual([['NGC 2903', 'demo|ada', '22:15', '23:00']])
  })

  it('must sign in first', async () => {
    const page = await openNight(evening(), { as: undefined })
    await page.getByRole('button', { name: 'New reservation' }).click()
    await dialog(page, 'New reservation').getByText('Sign in to reserve time at a telescope.').waitFor()
  })
})

/** Presses Tab until an element has the focus. */
async function tabTo(page: Page, target: ReturnType<Page['getByRole']>, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return
    await page.keyboard.press(key)
  }
  throw new Error('The focus does not reach the element.')
}

describe('a reservation in the grid', () => {
  it('is moved by dragging it, and back by Undo', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:30')
    const page = await openNight(night)
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 14.5))
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    // With the focus in it, the notice stays.
    await undo.focus()
    await session(page, / 02:00–03:30,/).waitFor()
    await expect.poll(() => times(night)).toEqual([['M51 LRGB', 'demo|ada', '02:00', '03:30']])
    await undo.click()
    await session(page, / 21:00–22:30,/).waitFor()
    await expect.poll(() => hoursDrawn(page, night.words, session(page, /M51/))).toEqual([9, 10.5])
  })

  it('is made longer and shorter by pulling its edges', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00')
    const page = await openNight(night)
    const edge = async (side: 'top' | 'bottom') => {
      const { x, y, width, height } = await boxOf(session(page, /M51/))
      return { x: x + width / 2, y: side === 'top' ? y + 2 : y + height - 2 }
    }
    await drag(page, await edge('bottom'), await pointBefore(page, night.words, 12))
    await session(page, / 21:00 – .* 00:00,/).waitFor()
    await settled(page)
    await drag(page, await edge('top'), await pointAt(page, night.words, 10))
    await session(page, / 22:00 – .* 00:00,/).waitFor()
    await expect.poll(() => times(night)).toEqual([['M51 LRGB', 'demo|ada', '22:00', '00:00']])
  })

  it('is copied by dragging it with Shift', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00', { note: 'LRGB' })
    const page = await openNight(night)
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 12.5), { shift: true })
    const editor = dialog(page, 'Copy reservation')
    await editor.getByText('Free', { exact: true }).waitFor()
    await editor.getByRole('button', { name: 'Reserve' }).click()
    await session(page, / 00:00–01:00,/).waitFor()
    expect(await hoursDrawn(page, night.words, session(page, / 21:00–22:00,/))).toEqual([9, 10])
    await expect
      .poll(async () => (await stored(night)).map(({ start, note }) => [clock(start), note]))
      .toEqual([
        ['21:00', 'LRGB'],
        ['00:00', 'LRGB'],
      ])
  })

  it('goes back if a move is rejected, with the reason and free times', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00')
    await created('bo', night, '00:00', '02:00', { title: 'M101' })
    const page = await openNight(night, { expected: /409/ })
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 13))
    const alert = page
      .getByRole('alert')
      .filter({ hasText: `${spanIn(night, '00:00', '02:00')} is reserved by Bo Jansson (M101)` })
    await alert.waitFor()
    await expect.poll(() => hoursDrawn(page, night.words, session(page, /M51/))).toEqual([9, 10])
    await expect.poll(async () => (await times(night))[0]).toEqual(['M51 LRGB', 'demo|ada', '21:00', '22:00'])
    await shoot(page, 'refused-move')
    await alert.getByRole('button', { name: spanIn(night, '02:00', '03:00') }).click()
    await session(page, /M51.* 02:00–03:00,/).waitFor()
    await expect.poll(async () => (await times(night))[1]).toEqual(['M51 LRGB', 'demo|ada', '02:00', '03:00'])
  })

  it('keeps its length if resizing is rejected', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00')
    await created('bo', night, '23:00', '23:30')
    const page = await openNight(night, { expected: /409/ })
    const { x, y, width, height } = await boxOf(session(page, /Ada/))
    await drag(page, { x: x + width / 2, y: y + height - 2 }, await pointBefore(page, night.words, 12.5))
    await page
      .getByRole('alert')
      .filter({ hasText: /Not moved: .* is reserved by Bo Jansson/ })
      .waitFor()
    await expect.poll(() => hoursDrawn(page, night.words, session(page, /Ada/))).toEqual([9, 10])
  })

  it('of another observer cannot be dragged', async () => {
    const night = evening()
    await created('bo', night, '21:00', '22:00')
    const page = await openNight(night)
    await drag(page, await pointAt(page, night.words, 9.5), await pointAt(page, night.words, 13))
    expect(await hoursDrawn(page, night.words, session(page, /M51/))).toEqual([9, 10])
    expect(await times(night)).toEqual([['M51 LRGB', 'demo|bo', '21:00', '22:00']])
  })
})

/** Holds the reservations that pages send until each has sent one: none hears of another's before. */
async function sentTogether(pages: readonly Page[]): Promise<void> {
  const all = Promise.withResolvers<void>()
  let missing = pages.length
  for (const page of pages)
    await page.route('**/newevent', async (route) => {
      missing -= 1
      if (missing === 0) all.resolve()
      await all.promise
      await route.continue()
    })
}

describe('two browsers', () => {
  it('that reserve the same hour: one reserves it, and the other shows whose it is', async () => {
    const night = evening()
    const pages = await Promise.all((['ada', 'bo'] as const).map((as) => openNight(night, { as, expected: /409/ })))
    const editors = []
    for (const page of pages) {
      await drag(page, await pointAt(page, night.words, 10), await pointBefore(page, night.words, 11))
      const editor = dialog(page, 'New reservation')
      await editor.getByText('Free', { exact: true }).waitFor()
      editors.push(editor)
    }
    await sentTogether(pages)
    await Promise.all(editors.map((editor) => editor.getByRole('button', { name: 'Reserve' }).click()))
    const texts = await Promise.all(
      pages.map((page) =>
        page
          .getByText(/^Reserved .* 22:00–23:00|22:00–23:00 is reserved by/)
          .first()
          .textContent(),
      ),
    )
    expect(texts.filter((text) => text?.startsWith('Reserved'))).toHaveLength(1)
    const reserved = await times(night)
    expect(reserved).toHaveLength(1)
    const loser = reserved[0]?.[1] === 'demo|ada' ? 1 : 0
    const winner = loser === 1 ? 'Ada Lovelace' : 'Bo Jansson'
    await editors[loser]
      ?.getByText(`${spanIn(night, '22:00', '23:00')} is reserved by ${winner}`)
      .first()
      .waitFor()
    await editors[loser]?.getByRole('group', { name: 'Free dark time nearby' }).getByRole('button').first().click()
    await editors[loser]?.getByText('Free', { exact: true }).waitFor()
  })

  it("see each other's changes as they are made", async () => {
    const night = evening()
    const page = await openNight(night, { as: undefined, now: undefined })
    for (const change of [
      async () => void (await created('bo', night, '21:00', '22:00')),
      async () =>
        void (await setup
          .calendar('bo')
          .amend((await stored(night))[0] as Reservation, { start: night.when('22:00'), end: night.when('23:30') })),
    ]) {
      await change()
      const [reservation] = await times(night)
      await session(page, `${reservation?.[2]}–${reservation?.[3]}`).waitFor(STREAMED)
    }
    await setup.calendar('bo').cancel((await stored(night))[0] as Reservation)
    await session(page, /M51/).waitFor({ state: 'detached', ...STREAMED })
  })
})

describe('the details', () => {
  it('lead to deleting, which can be undone', async () => {
    const night = evening()
    const before = await created('ada', night, '21:00', '22:00', { note: 'LRGB' })
    const page = await openNight(night)
    await session(page, /M51/).click()
    await dialog(page, 'M51 LRGB').getByRole('button', { name: 'Delete' }).click()
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    await undo.focus()
    await session(page, /M51/).waitFor({ state: 'detached' })
    await expect.poll(() => stored(night)).toEqual([])
    await undo.click()
    await session(
      page,
      `M51 LRGB: project session by Ada Lovelace, ${spanIn(night, '21:00', '22:00')}, yours`,
    ).waitFor()
    await expect.poll(() => stored(night)).toEqual([{ ...before, modified: expect.any(Number) }])
  })

  it('lead to changing, with what was there', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00', { note: 'LRGB', priority: 'low_priority' })
    const page = await openNight(night)
    await session(page, /M51/).focus()
    await page.keyboard.press('Enter')
    await dialog(page, 'M51 LRGB').getByRole('button', { name: 'Change' }).click()
    const editor = dialog(page, 'Change reservation')
    await expect.poll(() => editor.getByLabel('Note').inputValue()).toBe('LRGB')
    await editor.getByLabel('Title').fill('M63')
    await editor.getByLabel('End time').fill('23:15')
    await editor.getByRole('combobox', { name: 'Priority' }).selectOption('Time critical')
    await editor.getByRole('button', { name: 'Save' }).click()
    await session(page, /^M63: .* 21:00–23:15,/).waitFor()
    await expect
      .poll(() => stored(night))
      .toMatchObject([{ title: 'M63', note: 'LRGB', priority: 'time_critical', kind: 'project' }])
  })

  it('show an anonymous caller masked names, and no button but Link and Close', async () => {
    const night = evening()
    await created('ada', night, '21:00', '22:00', { title: 'ada@example.org looks at M51', note: 'LRGB' })
    const page = await openNight(night, { as: undefined })
    await session(page, `ada looks at M51: project session by Ada Lovelace, ${spanIn(night, '21:00', '22:00')}`).click()
    const details = dialog(page, 'ada looks at M51')
    await details.getByRole('button', { name: 'Link' }).waitFor()
    await shoot(page, 'details-anonymous')
    await expect
      .poll(() => details.getByRole('button').evaluateAll((all) => all.map((one) => one.ariaLabel ?? one.textContent)))
      .toEqual(['Close', 'Link'])
    for (const part of [
      spanIn(night, '21:00', '22:00'),
      'LRGB',
      'Project session by Ada Lovelace',
      'saf, Apache Ridge',
    ])
      await expect.poll(() => details.textContent()).toContain(part)
    expect(await page.content()).not.toContain('example.org')
    await page.keyboard.press('Escape')
    await details.waitFor({ state: 'detached' })
  })
})

it("one's own reservations are listed, and lead to their nights", async () => {
  const night = evening()
  const own = await created('cleo', night, '21:00', '22:00', { title: 'M92' })
  await setup
    .calendar('cleo')
    .reserve(freshId(), { site: 'syd', start: own.start + 86_400, end: own.end + 86_400, title: 'LMC' })
  const page = await setup.open({ path: '/trm', as: 'cleo', now: NOW })
  await page.getByRole('banner').getByRole('button', { name: /Cleo/ }).click()
  await page.getByRole('button', { name: 'My reservations' }).click()
  const list = dialog(page, 'My reservations')
  await list.getByText('M92').waitFor()
  await shoot(page, 'own-reservations')
  await expect.poll(() => list.getByRole('listitem').count()).toBe(2)
  await list.getByRole('link', { name: `saf, ${spanIn(night, '21:00', '22:00')}` }).click()
  await session(page, /M92.*yours/).waitFor()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/saf')
  await expect.poll(() => new URL(page.url()).searchParams.get('night')).toBe(night.date)
})

describe('a touch', () => {
  it('rests, then drags over free time', async () => {
    const night = evening()
    const page = await openNight(night, { hasTouch: true, viewport: { width: 390, height: 1350 } })
    await touchDrag(page, await pointAt(page, night.words, 9), await pointBefore(page, night.words, 10))
    await dialog(page, 'New reservation')
      .getByRole('button', { name: /21:00.*22:00/ })
      .waitFor()
  })

  it('taps for the details', async () => {
    const night = evening()
    await created('bo', night, '21:00', '22:00')
    const page = await openNight(night, { hasTouch: true, viewport: { width: 390, height: 1350 } })
    await session(page, /M51/).tap()
    await dialog(page, 'M51 LRGB').waitFor()
  })
})

/** A long press and a drag by touch, for which playwright has no function. */
async function touchDrag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  const cdp = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
    cdp.send('Input.dispatchTouchEvent', { type, touchPoints })
  await touch('touchStart', from)
  await page.locator('.dragged').waitFor()
  await touch('touchMove', { x: from.x, y: (from.y + to.y) / 2 })
  await touch('touchMove', to)
  await touch('touchEnd')
}
