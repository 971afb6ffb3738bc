import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { siteToWire } from '../../src/wire/site.ts'
import { freshId } from '../server.ts'
import { at, enclosureOf } from '../context.ts'
import { setUpBrowser, shoot, type BrowserSetup } from './browser.ts'

let setup: BrowserSetup
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-sites-'))
  const file = join(folder, 'sites.json')
  writeFileSync(file, JSON.stringify([...enclosureOf('aro').values()].map(siteToWire)))
  setup = await setUpBrowser({ SITES_FILE: file })
  rmSync(folder, { recursive: true })
  return () => setup.close()
})

const NOW = new Date('2030-03-14T20:00:00Z')

it('a closure of an enclosure is shown at each of its telescopes, as soon as it is made', async () => {
  let streaming: Promise<unknown> | undefined
  const page = await setup.open({
    path: '/aro1?view=week&night=2030-03-14',
    as: 'grace',
    now: NOW,
    before: async (_, opening) => void (streaming = opening.waitForResponse(/\/dev\/changes/)),
  })
  const closure = page.getByRole('grid').getByRole('button', { name: /Roof/ })
  await page.locator('.nights[aria-busy=false]').waitFor()
  await streaming
  expect(await closure.count()).toBe(0)
  const { reservation } = await setup.calendar('grace').reserve(freshId(), {
    site: 'aro',
    start: at('2030-03-15T02:00:00Z'),
    end: at('2030-03-15T09:00:00Z'),
    title: 'Roof repair',
    kind: 'maintenance',
  })
  await closure.waitFor()
  await shoot(page, 'closure-of-enclosure')
  await closure.click()
  await page.getByRole('dialog').getByText('aro, enclosure of aro1, aro2').waitFor()
  // An open card would ask for what is deleted below, and be answered 404.
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })

  const network = await setup.open({ path: '/', now: NOW })
  for (const code of ['aro1', 'aro2'])
    await network
      .getByRole('list', { name: `Reservations at ${code}` })
      .getByRole('button', { name: /Roof/ })
      .waitFor()
  await setup.calendar('grace').cancel(reservation)
  await network.getByRole('button', { name: /Roof/ }).first().waitFor({ state: 'detached' })
})

it('a closure tells until when, why, and that the whole enclosure is closed, in its nights and in the lanes', async () => {
  await setup.calendar('grace').reserve(freshId(), {
    site: 'aro',
    start: at('2030-03-20T18:00:00Z'),
    end: at('2030-03-22T21:00:00Z'),
    title: 'Roof motor',
    note: 'Waits for a gear',
    kind: 'maintenance',
  })
  const texts = ['Closed', 'until Fri 22 Mar 15:00', 'Roof motor', 'All telescopes of aro']
  const night = await setup.open({ path: '/aro1?view=night&night=2030-03-20', now: NOW })
  const label = night.locator('.closure-label').first()
  for (const text of [...texts, 'Waits for a gear', 'By Grace Hopper'])
    await label.getByText(text, { exact: true }).waitFor()
  const week = await setup.open({ path: '/aro1?view=week&night=2030-03-20', now: NOW })
  for (const text of texts) await week.locator('.closure-label').first().getByText(text, { exact: true }).waitFor()
  const network = await setup.open({ path: '/?at=2030-03-21T03:00:00Z', now: NOW })
  await network.getByText('until Fri 22 Mar 15:00, all telescopes of aro').first().waitFor()
  const closed = network.getByRole('button', { name: 'Roof motor until Fri 22 Mar 15:00, all telescopes of aro' })
  await expect.poll(() => closed.count()).toBeGreaterThan(0)
  await network.getByText('Roof motor', { exact: true }).first().waitFor()
})

it('the address of an enclosure leads to its telescopes', async () => {
  const page = await setup.open({ path: '/aro', now: NOW, expected: /404/ })
  await page.getByRole('heading', { name: 'aro is the enclosure of these telescopes' }).waitFor()
  await page.getByRole('link', { name: 'aro2' }).waitFor()
})
