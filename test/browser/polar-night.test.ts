import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { leadTo, setUpBrowser, shoot, type BrowserSetup } from './browser.ts'
import { settled } from './settled.ts'

const POLE = {
  code: 'pol',
  name: 'South Pole Station',
  latitude: -90,
  longitude: 0,
  elevation: 2835,
  time_zone: 'Antarctica/McMurdo',
  enclosure: 'dome',
}

let setup: BrowserSetup
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-pole-'))
  const sites = join(folder, 'sites.json')
  writeFileSync(sites, JSON.stringify([POLE]))
  setup = await setUpBrowser({ SITES_FILE: sites })
  return async () => {
    await setup.close()
    rmSync(folder, { recursive: true })
  }
})

/** Thursday 13 June, 11:00 at the station: an hour before the night of that date. */
const NOW = new Date('2030-06-12T23:00:00Z')
const PHONE = { width: 390, height: 844 }

describe('a night that is dark all day', () => {
  it('is told so by every view', async () => {
    const page = await setup.open({ path: '/pol', now: NOW })
    await settled(page)
    for (const [view, nights] of [
      ['week', 7],
      ['night', 1],
      ['month', 35],
      ['agenda', 7],
    ] as const) {
      await leadTo(page, `/pol?view=${view}&night=2030-06-13`)
      expect(await page.getByText('Dark all day', { exact: true }).count(), view).toBe(nights)
      expect(await page.getByText('12:00–12:00').count(), view).toBe(0)
      await shoot(page, `pole-${view}`)
    }
  })

  it.each([390, 820, 1400])('has the place of its clocks whole in a window of %d pixels', async (width) => {
    const page = await setup.open({ path: '/pol?view=week', now: NOW, viewport: { width, height: 844 } })
    const drawn = () =>
      page.locator('.axis-head .axis-site').evaluate((one) => {
        const range = one.ownerDocument.createRange()
        range.selectNodeContents(one)
        return [Math.min(0, range.getBoundingClientRect().left), range.getClientRects().length]
      })
    // Not beyond the window's edge, in one line.
    await expect.poll(drawn).toEqual([0, 1])
  })

  it('is reserved with its days on a phone', async () => {
    const page = await setup.open({ path: '/pol?night=2030-06-13', now: NOW, viewport: PHONE })
    await page.getByRole('button', { name: 'Reserve Thu 12:00 – Fri 12:00' }).waitFor()
    await shoot(page, 'pole-phone')
  })

  it('is not dark in December, in the same words everywhere', async () => {
    const page = await setup.open({ path: '/pol', now: NOW })
    await settled(page)
    for (const view of ['week', 'month', 'agenda']) {
      await leadTo(page, `/pol?view=${view}&night=2030-12-13`)
      await page.getByText('Not dark', { exact: true }).first().waitFor()
      expect(await page.getByText(/never dark|no dark time/i).count(), view).toBe(0)
    }
  })
})
