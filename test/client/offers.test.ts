import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { domainCalendarAt } from '../../src/client/domain/calendar.ts'
import type { Site } from '../../src/domain/site.ts'
import { findOffers } from '../../web/card/moves.ts'
import { nearestFirst } from '../../web/card/nearest-first.ts'
import { at } from '../context.ts'
import { freshId, type Name, serveDemo, type TestServer } from '../server.ts'

/** Telescopes one degree further west each; the last one is the first in the list. */
const COUNT = 25
const LISTED = Array.from({ length: COUNT }, (_, n) => ({
  code: `t${String(COUNT - 1 - n).padStart(2, '0')}`,
  name: 'Long Row',
  latitude: 35,
  longitude: -100 - (COUNT - 1 - n),
  elevation: 2000,
  time_zone: 'America/Denver',
  enclosure: 'dome',
}))

let server: TestServer
let sites: readonly Site[]
const calendarOf = (name?: Name) =>
  domainCalendarAt({
    base: new URL(`${server.base}/`, server.address),
    token: () => name && server.tokens[name],
  })
const folder = mkdtempSync(join(tmpdir(), 'calendar-offers-'))
beforeAll(async () => {
  const file = join(folder, 'sites.json')
  writeFileSync(file, JSON.stringify(LISTED))
  server = await serveDemo({ SITES_FILE: file })
  sites = await calendarOf().sites()
  // The twelve nearest ones are closed for all nights that are searched, and so is the one of the wanted time.
  for (let n = 0; n <= 12; n += 1)
    await calendarOf('grace').reserve(freshId(), {
      site: `t${String(n).padStart(2, '0')}`,
      start: at('2030-03-01T00:00:00Z'),
      end: at('2030-04-01T00:00:00Z'),
      title: 'Closed',
      kind: 'maintenance',
    })
})
afterAll(async () => {
  await server.stop()
  rmSync(folder, { recursive: true })
})

const wish = (name?: Name) => {
  const [here] = sites.filter(({ code }) => code === 't00')
  const others = sites.filter((one) => one !== here)
  return {
    calendar: calendarOf(name),
    sites: here ? nearestFirst(others, here) : [],
    wanted: { start: at('2030-03-10T05:00:00Z'), end: at('2030-03-10T06:00:00Z') },
    now: at('2030-03-09T00:00:00Z'),
    isAnonymous: name === undefined,
  }
}

it('offers are found at telescopes beyond the ten nearest ones without signing in', async () => {
  const offers = await findOffers({ ...wish(), isEnough: (found) => found.length >= 2 })
  // The second ten: eight of them are free. The last four are not asked about.
  expect(offers.map(({ site }) => site).toSorted()).toEqual(['t13', 't14', 't15', 't16', 't17', 't18', 't19', 't20'])
})

it('offers are looked for once where the first telescopes have enough', async () => {
  expect(await findOffers({ ...wish(), isEnough: () => true })).toEqual([])
})

it('offers are found at all telescopes at once for an observer', async () => {
  expect(await findOffers(wish('ada'))).toHaveLength(12)
})
