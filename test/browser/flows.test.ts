import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { writeTime } from '../../src/wire/time.ts'
import type { ReservationInput } from '../../src/client/domain/event.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { freshId, type Name } from '../server.ts'
import { type BrowserSetup, setUpBrowser, type Visit } from './browser.ts'
import { boxOf } from './grid.ts'
import { settled } from './settled.ts'

let setup: BrowserSetup
beforeAll(async () => {
  setup = await setUpBrowser()
  return () => setup.close()
})

/** Noon at saf, where it is six hours earlier than UTC. */
const NOON = Date.parse('2030-04-11T18:00:00Z') / 1000
const HOUR = 3600
let evenings = 0

/** The noon of a new evening, so that each test has its own. */
const evening = (): number => NOON + 86_400 * evenings++
const nightName = (noon: number) =>
  new Date(noon * 1000).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })
const dateOf = (noon: number) => new Date(noon * 1000).toISOString().slice(0, 10)

const created = async (by: Name, start: number, hours: number, more: ReservationInput = {}): Promise<Reservation> => {
  const input = { site: 'saf', start, end: start + hours * HOUR, title: 'M51', kind: 'project', ...more } as const
  return (await setup.calendar(by).reserve(freshId(), input)).reservation
}
const titlesAt = async (noon: number, site = 'saf') =>
  (await setup.calendar('grace').reservations([site], { start: noon, end: noon + 24 * HOUR })).map(({ title }) => title)

async function openNight(noon: number, query = '', visit: Visit = {}): Promise<Page> {
  const path = `/saf?view=night&night=${dateOf(noon)}${query}`
  const page = await setup.open({ path, now: new Date(noon * 1000), as: 'ada', ...visit })
  await settled(page)
  return page
}
const editorOf = (page: Page) => page.getByRole('dialog', { name: /^(New|Change|Copy) reservation$/ })
const card = (page: Page, name = 'M51') => page.getByRole('dialog', { name: new RegExp(name) })
/** The editor of a new reservation of Ada's. */
async function changing(noon: number) {
  const own = await created('ada', noon + 9 * HOUR, 1)
  const page = await openNight(noon, `&event=${own.id}`)
  await card(page).getByRole('button', { name: 'Change' }).click()
  return { own, page }
}
const reserve = (start: number, hours: number) => `&reserve=${writeTime(start)}/${writeTime(start + hours * HOUR)}`

describe('the editor', () => {
  it('names telescope, civil dates and times, and the reader’s own', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 11.25 * HOUR, 2), { timezoneId: 'Europe/Berlin' })
    const editor = editorOf(page)
    await editor.getByText('Apache Ridge Observatory').first().waitFor()
    await editor.getByRole('button', { name: 'Reserve saf, Thu 23:15 – Fri 01:15' }).waitFor()
    await editor.getByText('Ends Fri 12 Apr').waitFor()
    await expect.poll(() => editor.getByLabel('Starts').inputValue()).toBe(dateOf(noon))
    await editor.getByText('For you in Berlin Fri 12 Apr 07:15–09:15, in 11 h 15 min. UTC 05:15–07:15.').waitFor()
  })

  it('says until when the time is free and whose the next is, and what light there is', async () => {
    const noon = evening()
    await created('bo', noon + 11 * HOUR, 1)
    const page = await openNight(noon, reserve(noon + 9.5 * HOUR, 1))
    const checks = editorOf(page).getByRole('list', { name: 'Checks' })
    await checks.getByText('Free until 23:00, then Bo Jansson').waitFor()
    await checks.getByText(/^Dark throughout; dawn begins at 05:/).waitFor()
    await editorOf(page).getByLabel('Start time').fill('18:00')
    await checks.getByText(/^In daylight\. It is dark from 21:/).waitFor()
  })

  it('tells of the overlaps of a reservation that has some already', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1, { title: 'M64' })
    const overlapping = { site: 'saf', start: noon + 9.5 * HOUR, end: noon + 10.5 * HOUR, title: 'M101' }
    await setup.calendar('grace').reserve(freshId(), overlapping, { override: true })
    const page = await openNight(noon, `&event=${own.id}`)
    await card(page, 'M64').getByRole('button', { name: 'Change' }).click()
    const checks = editorOf(page).getByRole('list', { name: 'Checks' })
    await checks.getByText(/Overlaps already:.* is reserved by Grace/).waitFor()
    expect(await checks.getByText('Free', { exact: true }).count()).toBe(0)
  })

  it('proposes the first free dark time of the night that is shown', async () => {
    const noon = evening() + 40 * 86_400
    const page = await openNight(noon, '', { now: new Date(NOON * 1000) })
    await page.getByRole('button', { name: 'New reservation' }).click()
    await editorOf(page).getByText('Dark', { exact: true }).waitFor()
    await expect.poll(() => editorOf(page).getByLabel('Starts').inputValue()).toBe(dateOf(noon))
  })

  it('finds free dark time 14 nights ahead, and other telescopes when the time is taken', async () => {
    const noon = evening() + 60 * 86_400
    await created('grace', noon - 86_400, 24 * 6, { kind: 'maintenance', title: 'Mirror' })
    const page = await openNight(noon, '', { now: new Date(noon * 1000) })
    await page.getByRole('button', { name: 'New reservation' }).click()
    await editorOf(page).getByText('Free', { exact: true }).waitFor()
    await expect.poll(() => editorOf(page).getByLabel('Starts').inputValue()).toBe(dateOf(noon + 5 * 86_400))
    await editorOf(page).getByLabel('Starts').fill(dateOf(noon))
    await editorOf(page)
      .getByText(/is reserved for maintenance \(Mirror\)/)
      .waitFor()
    await editorOf(page).getByRole('group', { name: 'At other telescopes' }).getByRole('button').first().click()
    await editorOf(page).getByText('Sydney Observatory').first().waitFor()
  })

  it('finds other telescopes for somebody who has not signed in yet', async () => {
    const noon = evening()
    await created('bo', noon + 9 * HOUR, 2)
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1), { as: undefined })
    await editorOf(page).getByRole('group', { name: 'At other telescopes' }).getByRole('button').first().waitFor()
  })

  it('does not promise to reserve what is taken, nor time that is over, to somebody who has not signed in yet', async () => {
    const noon = evening()
    await created('bo', noon + 9 * HOUR, 2)
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1), { as: undefined })
    const first = () => editorOf(page).getByRole('button', { name: /^Sign in/ })
    await editorOf(page).getByRole('button', { name: 'Sign in', exact: true }).waitFor()
    await editorOf(page).getByLabel('Start time').fill('23:00')
    await expect.poll(() => first().innerText()).toMatch(/^Sign in to reserve saf/)
    await editorOf(page)
      .getByLabel('Starts')
      .fill(dateOf(noon - 86_400))
    await expect.poll(() => first().innerText()).toBe('Sign in')
  })

  it('opens beside its night, though the address names none', async () => {
    const noon = evening()
    const path = `/saf?${reserve(noon + 8.9 * HOUR, 1).slice(1)}`
    const page = await setup.open({ path, now: new Date((noon - 40 * 86_400) * 1000), as: 'ada' })
    await page.getByRole('columnheader', { name: new RegExp(nightName(noon)) }).waitFor()
    await editorOf(page).waitFor()
  })

  it('keeps the times that an address or a telescope offers', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 35 / 60))
    await editorOf(page).getByRole('radio', { name: '35 min', checked: true }).waitFor()
    await editorOf(page)
      .getByRole('button', { name: /^Reserve saf, .* 21:00–21:35$/ })
      .waitFor()
  })

  it('explains types and priorities in place, and does not offer time that is over', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 2))
    const editor = editorOf(page)
    await editor.getByText('The scheduler observes the project for you').waitFor()
    await editor.getByLabel('Priority').selectOption('Low priority')
    await editor.getByText('Low priority: any observer may delete it to use the time.').waitFor()
    await editor.getByLabel('Note').fill('é')
    await editor.getByText('FITS headers take plain letters only. Remove “é”.').waitFor()
    await editor.getByLabel('Starts').fill(dateOf(noon - 86_400))
    await editor.getByText('Over: this time is over').waitFor()
    await expect.poll(() => editor.getByRole('button', { name: 'Reserve' }).isDisabled()).toBe(true)
  })

  it('changes the telescope', async () => {
    const noon = evening()
    const { page } = await changing(noon)
    await editorOf(page).getByLabel('telescope').selectOption('trm')
    await editorOf(page).getByRole('button', { name: 'Save trm' }).click()
    await page.getByRole('status').getByText('Saved “M51” at trm').waitFor()
    await expect.poll(async () => [await titlesAt(noon, 'trm'), await titlesAt(noon)]).toEqual([['M51'], []])
  })
})

describe('a form', () => {
  it('is filled in as before after signing in, with its times in the address', async () => {
    const noon = Math.floor(Date.now() / 86_400_000) * 86_400 + 30 * 86_400 + 18 * HOUR
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 2), { as: undefined, now: undefined })
    await editorOf(page).getByLabel('Title').fill('typed with care')
    await editorOf(page).getByLabel('End time').fill('23:30')
    await editorOf(page).getByRole('button', { name: 'Sign in to reserve' }).click()
    await page.getByRole('button', { name: 'Ada Lovelace' }).click()
    await editorOf(page).getByLabel('Title').waitFor()
    await expect.poll(() => editorOf(page).getByLabel('Title').inputValue()).toBe('typed with care')
    await expect.poll(() => editorOf(page).getByLabel('End time').inputValue()).toBe('23:30')
    await expect.poll(() => page.url()).toContain('reserve=')
    await editorOf(page).getByRole('button', { name: 'Reserve' }).click()
    await page.getByRole('status').getByText('Reserved “typed with care” at saf').waitFor()
    await expect.poll(() => page.url()).not.toContain('reserve=')
  })

  it('can be sent after its sign-in has ended', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1), { expected: /401/ })
    await editorOf(page).getByLabel('Title').fill('outlives')
    await page.clock.fastForward('01:00:05')
    await editorOf(page).getByRole('button', { name: 'Reserve' }).click()
    await editorOf(page).getByText('You have been signed out.').waitFor()
    await editorOf(page).getByRole('button', { name: 'Sign in again' }).click()
    await page.getByRole('button', { name: 'Ada Lovelace' }).click()
    await editorOf(page).getByLabel('Title').waitFor()
    await expect.poll(() => editorOf(page).getByLabel('Title').inputValue()).toBe('outlives')
  })

  it('with something typed asks before Back and Escape discard it, and is there after a key of the page and a reload', async () => {
    const noon = evening()
    const page = await openNight(noon)
    const url = page.url()
    await page.getByRole('button', { name: 'New reservation' }).click()
    await editorOf(page).getByLabel('Title').fill('half written')
    await page.goBack()
    await editorOf(page).getByText('Discard what you have filled in?').waitFor()
    await editorOf(page).getByRole('button', { name: 'Keep editing' }).click()
    await editorOf(page).getByRole('button', { name: 'Cancel' }).press('n')
    let asked = 0
    page.on('dialog', (dialog) => {
      asked += 1
      void dialog.accept()
    })
    await page.reload()
    await editorOf(page).getByLabel('Title').waitFor()
    expect(asked).toBe(1)
    await expect.poll(() => editorOf(page).getByLabel('Title').inputValue()).toBe('half written')
    await editorOf(page).getByLabel('Title').press('Escape')
    await editorOf(page).getByRole('button', { name: 'Discard' }).click()
    await editorOf(page).waitFor({ state: 'detached' })
    await expect.poll(() => page.url()).toBe(url)
  })

  it('with nothing typed gives way to an address that names something else', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1)
    const page = await openNight(noon, `&event=${own.id}`)
    const url = page.url()
    await card(page).getByRole('button', { name: 'Copy' }).click()
    await editorOf(page).getByText('Dark', { exact: true }).waitFor()
    await page.goto(url)
    await card(page).getByRole('button', { name: 'Change' }).waitFor()
    await expect.poll(() => editorOf(page).count()).toBe(0)
    await page.goto(url.replace(/&event=.*/, reserve(noon + 12 * HOUR, 1)))
    await editorOf(page).waitFor()
    await page.goto('/saf')
    await settled(page)
    await expect.poll(() => editorOf(page).count()).toBe(0)
  })

  it('with nothing typed closes on Back, and leaves the page below it', async () => {
    const noon = evening()
    const page = await openNight(noon)
    const url = page.url()
    await page.getByRole('button', { name: 'New reservation' }).click()
    await editorOf(page).getByText('Free', { exact: true }).waitFor()
    await page.goBack()
    await editorOf(page).waitFor({ state: 'detached' })
    await expect.poll(() => page.url()).toBe(url)
  })

  it('leaves no times in the address when it is closed after a search', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1))
    await editorOf(page).getByText('Free', { exact: true }).waitFor()
    await page.getByRole('searchbox').fill('m51')
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('m51')
    await editorOf(page).getByRole('button', { name: 'Cancel' }).click()
    await editorOf(page).waitFor({ state: 'detached' })
    const query = () => ['q', 'reserve'].map((name) => new URL(page.url()).searchParams.get(name))
    await expect.poll(query).toEqual(['m51', null])
  })

  it.each(['Back', 'Cancel'])(
    'is one entry of the history: after a search, %s closes it and keeps the search',
    async (how) => {
      const page = await openNight(evening())
      const query = () => {
        const { searchParams } = new URL(page.url())
        return ['view', 'q', 'reserve'].map((name) => searchParams.get(name)?.replace(/^2030.*/, 'times'))
      }
      await page.getByRole('link', { name: 'Agenda' }).click()
      await page.getByRole('button', { name: 'New reservation' }).click()
      await editorOf(page).getByText('Free', { exact: true }).waitFor()
      await page.getByRole('searchbox').fill('m51')
      await expect.poll(query).toEqual(['agenda', 'm51', 'times'])
      if (how === 'Back') await page.goBack()
      else await editorOf(page).getByRole('button', { name: how }).click()
      await editorOf(page).waitFor({ state: 'detached' })
      await expect.poll(query).toEqual(['agenda', 'm51', undefined])
      await expect.poll(() => page.getByRole('searchbox').inputValue()).toBe('m51')
      await page.goBack()
      await expect.poll(query).toEqual(['night', undefined, undefined])
    },
  )

  it('takes over what somebody else changes meanwhile, and overwrites nothing', async () => {
    const noon = evening()
    const { own, page } = await changing(noon)
    await editorOf(page).getByLabel('Title').fill('M64')
    await setup.calendar('grace').amend(own, { note: 'R 300s', end: own.end + HOUR })
    await editorOf(page).getByText('Someone changed this meanwhile: time').waitFor()
    await expect.poll(() => editorOf(page).getByLabel('Note').inputValue()).toBe('R 300s')
    await editorOf(page).getByRole('button', { name: 'Save' }).click()
    await page.getByRole('status').getByText('Saved “M64”').waitFor()
    await expect
      .poll(async () => (await setup.calendar('ada').reservation(own.id)).reservation)
      .toMatchObject({ title: 'M64', note: 'R 300s', end: own.end + HOUR })
  })

  it('keeps a date that is being typed when somebody else changes the reservation', async () => {
    const [noon, next] = [evening(), evening()]
    const own = await created('ada', noon + 9 * HOUR, 1)
    const page = await openNight(noon, `&event=${own.id}`)
    await card(page).getByRole('button', { name: 'Change' }).click()
    const date = editorOf(page).getByLabel('Starts')
    await date.fill('1999-12-31')
    await setup.calendar('grace').amend(own, { start: next + 9 * HOUR, end: next + 10 * HOUR })
    await editorOf(page).getByText('Someone changed this meanwhile: time').waitFor()
    expect(await date.inputValue()).toBe('1999-12-31')
    await editorOf(page).getByLabel('Title').focus()
    await expect.poll(() => date.inputValue()).toBe(dateOf(next))
  })

  it('makes one reservation and says so if the answer is lost', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1), { expected: /ERR_FAILED|newevent/ })
    await page.route('**/newevent', async (route) => {
      await route.fetch()
      await route.abort()
    })
    await editorOf(page).getByLabel('Title').fill('once')
    await editorOf(page).getByRole('button', { name: 'Reserve' }).click()
    await page.getByRole('status').getByText('Reserved “once” at saf').waitFor()
    await expect.poll(() => titlesAt(noon)).toEqual(['once'])
  })

  it('is said to be saved though the code that would undo it cannot be loaded', async () => {
    const noon = evening()
    const page = await openNight(noon, reserve(noon + 9 * HOUR, 1), { expected: /ERR_FAILED|write-runs/ })
    await page.route('**/write-runs*', (route) => route.abort())
    await editorOf(page).getByLabel('Title').fill('saved')
    await editorOf(page).getByRole('button', { name: 'Reserve' }).click()
    await page.getByRole('status').getByText('Saved.', { exact: true }).waitFor()
    await expect.poll(() => titlesAt(noon)).toEqual(['saved'])
  })
})

describe('the card', () => {
  it('opens from the address, follows changes, and gives the focus back', async () => {
    const noon = evening()
    const own = await created('bo', noon + 10 * HOUR, 1)
    const page = await openNight(noon, '', { timezoneId: 'Europe/Berlin' })
    const block = page.getByRole('grid').getByRole('button', { name: /M51/ })
    await block.focus()
    await page.keyboard.press('Enter')
    await card(page).getByText('Project session by Bo Jansson. Starts in 10 h.').waitFor()
    for (const text of ['You, Berlin', 'Dark throughout']) await card(page).getByText(text).waitFor()
    await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBe(own.id)
    await setup.calendar('bo').amend(own, { title: 'M101' })
    await card(page, 'M101').getByText('Someone changed this: title “M51” → “M101”.').waitFor()
    await page.keyboard.press('Escape')
    await card(page).waitFor({ state: 'detached' })
    await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBeNull()
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('role') ?? document.activeElement?.tagName))
      .toMatch(/button/i)
    const linked = await openNight(noon, `&event=${own.id}`, { as: undefined })
    await card(linked, 'M101').waitFor()
  })

  it('is in the address only while it is open', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1)
    const page = await openNight(noon, `&event=${own.id}`)
    await card(page).waitFor()
    await page.keyboard.press('Escape')
    await card(page).waitFor({ state: 'detached' })
    await page.getByRole('searchbox').fill('m51')
    await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('m51')
    await expect.poll(() => new URL(page.url()).searchParams.get('event')).toBeNull()
  })

  it('restores an earlier state from the history, and a deleted reservation', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1)
    await setup.calendar('ada').amend(own, { title: 'M63' })
    const page = await openNight(noon, `&event=${own.id}`)
    await card(page, 'M63').getByRole('button', { name: 'History' }).click()
    const history = card(page, 'M63').getByRole('region', { name: 'History' })
    await history.getByText('you changed it: title “M51” → “M63”').waitFor()
    await history.getByText('you reserved it').waitFor()
    await history.getByRole('button', { name: /Restore/ }).click()
    await page.getByRole('status').getByText('Restored “M51” at saf').waitFor()
    await card(page).getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('status').getByText('Deleted “M51” at saf').waitFor()
    const undo = page.getByRole('status').getByRole('button', { name: 'Undo' })
    await undo.focus()
    await page.clock.runFor(30_000)
    await undo.click()
    await page.getByRole('status').getByText('Restored “M51” at saf').waitFor()
    await expect.poll(() => titlesAt(noon)).toEqual(['M51'])
  })

  it('does not ask for a reservation that it is deleting, of which the stream tells before the answer', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1)
    const page = await openNight(noon, `&event=${own.id}`)
    await page.route('**/delete', async (route) => {
      const response = await route.fetch()
      await page.getByRole('grid').getByRole('button', { name: /M51/ }).waitFor({ state: 'detached' })
      await route.fulfill({ response })
    })
    await card(page).getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('status').getByText('Deleted “M51” at saf').waitFor()
    await card(page).waitFor({ state: 'detached' })
  })

  it('moves a reservation to another telescope at a time that is free there', async () => {
    const noon = Math.floor(Date.now() / 86_400_000) * 86_400 + 3 * 86_400 + 19 * HOUR
    const own = await created('ada', noon + 9 * HOUR, 1, { title: 'Moves' })
    const page = await openNight(noon, `&event=${own.id}`, { now: undefined })
    await card(page, 'Moves').getByRole('button', { name: 'Move' }).click()
    const moves = card(page, 'Moves').getByRole('region', { name: 'Move to another telescope' })
    await moves.getByRole('button', { name: /^syd/ }).click()
    await page.getByRole('status').getByText('Moved “Moves” at syd').waitFor()
    await page.getByRole('status').getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('status').getByText('Changed back “Moves” at saf').waitFor()
    await expect
      .poll(async () => (await setup.calendar('ada').reservation(own.id)).reservation)
      .toMatchObject({ site: 'saf', start: own.start })
  })

  it('keeps names of the other direction apart from the times beside them', async () => {
    const noon = evening()
    const own = await created('ada', noon + 9 * HOUR, 1, { title: 'גלקסיה 12' })
    const page = await openNight(noon, `&event=${own.id}`)
    await card(page, 'גלקסיה').getByRole('button', { name: 'Delete' }).click()
    const deleted = page.getByRole('status').getByText('Deleted')
    await expect.poll(() => deleted.textContent()).toContain('“\u2068גלקסיה 12\u2069” at saf')
  })
})

it('a reservation is explained where the pointer rests', async () => {
  const noon = evening()
  await created('bo', noon + 10 * HOUR, 1, { note: 'seen by hover' })
  const page = await openNight(noon)
  await page.getByRole('grid').getByRole('button', { name: /M51/ }).hover()
  await page.locator('.hover-card').getByText('seen by hover').waitFor()
  await page.keyboard.press('Shift')
  await page.locator('.hover-card').waitFor({ state: 'detached' })
})

it("one's own reservations can be found when they are past, and restored when somebody else has deleted them", async () => {
  const noon = evening()
  const own = await created('cleo', noon + 10 * HOUR, 1, { title: 'Preempted', priority: 'low_priority' })
  await created('cleo', NOON - 86_400 + 10 * HOUR, 1, { title: 'Long ago' })
  const page = await openNight(noon, '', { as: 'cleo' })
  await setup.calendar('bo').cancel(own)
  await page
    .getByRole('grid')
    .getByRole('button', { name: /Preempted/ })
    .waitFor({ state: 'detached' })
  await page.getByRole('banner').getByRole('button', { name: /Cleo/ }).click()
  await page.getByRole('button', { name: /My reservations/ }).click()
  const panel = page.getByRole('dialog', { name: 'My reservations' })
  const topOf = async () => (await boxOf(panel)).y
  await panel.waitFor()
  await settled(page)
  const top = await topOf()
  await panel.getByRole('radio', { name: 'Past' }).check()
  await panel.getByText('Long ago').waitFor()
  // What one presses stands still, however long the list is.
  await expect.poll(topOf).toBe(top)
  await panel.getByRole('radio', { name: 'Deleted' }).check()
  await panel.getByRole('button', { name: 'Restore Preempted' }).click()
  await page.getByRole('status').getByText('Restored “Preempted” at saf').waitFor()
})

it("one's own reservation that was shortened and so has ended is not listed as deleted", async () => {
  const noon = evening()
  const cut = await created('cleo', noon - 2 * HOUR, 3, { title: 'Cut' })
  const deleted = await created('cleo', noon + 3 * HOUR, 1, { title: 'Gone' })
  const page = await openNight(noon, '', { as: 'cleo' })
  await page.getByRole('banner').getByRole('button', { name: /Cleo/ }).click()
  await page.getByRole('button', { name: /My reservations/ }).click()
  const panel = page.getByRole('dialog', { name: 'My reservations' })
  await panel.getByText('Cut').waitFor()
  await setup.calendar('cleo').amend(cut, { end: noon - HOUR })
  await panel.getByText('Cut').waitFor({ state: 'detached' })
  await setup.calendar('cleo').cancel(deleted)
  await panel.getByRole('radio', { name: 'Deleted' }).check()
  await panel.getByRole('button', { name: 'Restore Gone' }).waitFor()
  expect(await panel.getByText('Cut').count()).toBe(0)
})
