/** The largest question of `availability`: CPU time, and how long it blocks the event loop. `npm run bench:availability` */
import { HOUR, MINUTE } from '../src/domain/interval.ts'
import { anonymous } from '../src/domain/observer.ts'
import type { Site } from '../src/domain/site.ts'
import { type AvailabilityQuery, findAvailability } from '../src/service/availability.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { rowOf } from '../src/store/sqlite/rows.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../src/store/sqlite/statements.ts'
import { nightAfter, nightAt, nightInterval } from '../src/sky/zone.ts'
import { eventCodec } from '../src/wire/event.ts'
import { contextOf, nth, print, printMachine, TODAY, verdict } from './lib.ts'
import { cpuMs, watching } from './watch.ts'

const [SITES, NIGHTS] = [100, 31]
const GOALS = { cpu: 500, turn: 20 }
const ZONES = ['America/Denver', 'Europe/Madrid', 'Asia/Kolkata', 'Australia/Sydney', 'Pacific/Honolulu']

/** Telescopes at different places, so that none shares its nights with another. */
const sites: Site[] = Array.from({ length: SITES }, (_, n) => ({
  code: `site${n}`,
  name: `Site ${n}`,
  latitude: ((n * 37) % 120) - 60,
  longitude: ((n * 101) % 360) - 180,
  elevation: (n * 31) % 3000,
  timeZone: ZONES[n % ZONES.length] ?? 'UTC',
  enclosure: 'dome',
}))
const db = openDatabase(':memory:')
const prepared = prepare(db)
fill()
const store = sqliteStore(db, eventCodec)
const context = contextOf(store, { sites: new Map(sites.map((site) => [site.code, site])) })

const QUERY: AvailabilityQuery = {
  sites: sites.map(({ code }) => code),
  during: { start: TODAY, end: TODAY + NIGHTS * 24 * HOUR },
  length: 45 * MINUTE,
  darkness: 'astronomical',
  maxAirmass: 2,
  order: 'soonest',
  limit: 200,
}
const M31 = { ra: 10.685, dec: 41.269 }

printMachine()
print(`\n${SITES} sites, ${NIGHTS} nights, eight reservations in each; cold: no night is known yet`)
await measured('cold: a target, away from the Moon', { target: M31, minLunarDistance: 30 })
await measured('warm: the same', { target: M31, minLunarDistance: 30 })
await measured('warm: the best of them', { target: M31, minLunarDistance: 30, order: 'best' })
await measured('warm: and a dim Moon', { target: M31, minLunarDistance: 30, maxLunarPhase: 0.5, order: 'best' })
await measured('warm: Jupiter', { target: { body: 'Jupiter' } as AvailabilityQuery['target'], minLunarDistance: 30 })
await measured('warm: no target', {})
fillOneSite()
await measured('one site, free in every other minute', { sites: ['site5'], length: MINUTE, order: 'best' })
await store.close()

async function measured(what: string, more: Partial<AvailabilityQuery>): Promise<void> {
  const watch = watching()
  const before = cpuMs()
  const { offers, hasMore } = await findAvailability({ ...QUERY, ...more }, anonymous, context)
  const total = cpuMs() - before
  const { cpu, turns } = watch.stop()
  print(
    `  ${what.padEnd(38)} ${total.toFixed(0)} ms CPU: ${verdict(total <= GOALS.cpu)}; longest turn ${cpu.toFixed(1)} ms of ` +
      `${turns}: ${verdict(cpu <= GOALS.turn)}; ${offers.length} intervals${hasMore ? ' and more' : ''}`,
  )
}

/** Eight sessions between dusk and dawn of each night. */
function fill(): void {
  prepared.begin.run()
  for (const site of sites)
    for (let n = 0; n < NIGHTS; n += 1) {
      const { start } = nightInterval(nightAfter(nightAt(site, TODAY), n))
      for (let m = 0; m < 8; m += 1) {
        const from = start + (6 + m * 1.5 + ((n * 7 + m * 3) % 5) / 10) * HOUR
        put(site.code, from, from + 50 * MINUTE)
      }
    }
  prepared.commit.run()
}

/** A minute in every two at one site. */
function fillOneSite(): void {
  prepared.begin.run()
  for (let from = TODAY; from < TODAY + NIGHTS * 24 * HOUR; from += 2 * MINUTE) put('site5', from, from + MINUTE)
  prepared.commit.run()
}

function put(site: string, start: number, end: number): void {
  const one = { ...nth(1), id: `${site}-${start}-${end}`, site, start, end }
  prepared.put.run(rowOf(one, eventCodec.encode(one), 1, eventCodec))
}
