import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { viewerOf } from '../../src/domain/access.ts'
import { DAY, HOUR, secondAt } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { A_WEEK, DAWN, fill, interleaved, median, print, quantile, SITES, verdict, WEEK } from '../lib.ts'

const ROUNDS = 5
const READS = 400
const AIM = 1.2

/** Questions whose cost must not depend on the length of the history. `start` is a random hour of it. */
const QUESTIONS: Readonly<Record<string, (store: Store, site: string, start: number) => Promise<unknown>>> = {
  'a week at a telescope': (store, site, start) =>
    store.listBytes({ sites: [site], during: { start, end: start + WEEK } }, viewerOf(anonymous)),
  'an instant at a telescope': (store, site, start) =>
    store.listBytes({ sites: [site], during: secondAt(start) }, viewerOf(anonymous)),
  'an instant at ten telescopes': (store, _, start) =>
    store.listBytes({ sites: SITES, during: secondAt(start) }, viewerOf(anonymous)),
  'a day at ten telescopes': (store, _, start) =>
    store.listBytes({ sites: SITES, during: { start, end: start + DAY } }, viewerOf(anonymous)),
}

/**
 * Compares reads at random times of histories of several lengths, in the process of the store.
 * @param sizes numbers of reservations, the shortest first
 * @param folder keeps the databases: one that exists is used again
 */
export async function growth(sizes: readonly number[], folder: string): Promise<void> {
  print(
    `\nGrowth: reads at random times, by the length of the history; p50 of ${READS} in each of ${ROUNDS} rounds in turn`,
  )
  mkdirSync(folder, { recursive: true })
  const stores = new Map(sizes.map((size) => [size, openHistory(size, folder)]))
  for (const [question, ask] of Object.entries(QUESTIONS)) {
    const runs = Object.fromEntries([...stores].map(([size, store]) => [size, () => timesOf(size, store, ask)]))
    await interleaved(1, runs)
    const results = Object.entries(await interleaved(ROUNDS, runs)).map(([size, times]) => ({
      size: Number(size),
      p50: median(times.map((one) => quantile(one, 0.5))),
    }))
    const [shortest] = results
    const texts = results.map(({ size, p50 }) => {
      const ratio = p50 / (shortest?.p50 ?? NaN)
      const compared = size === shortest?.size ? '' : ` × ${ratio.toFixed(2)}, aim ≤ ${AIM}: ${verdict(ratio <= AIM)}`
      return `${size.toLocaleString('en')}: ${p50.toFixed(1)} µs${compared}`
    })
    print(`  ${question.padEnd(30)} ${texts.join('; ')}`)
  }
  for (const store of stores.values()) await store.close()
}

function openHistory(size: number, folder: string): Store {
  const file = join(folder, `${size}.db`)
  if (!existsSync(file)) fill(file, size)
  return sqliteStore(openDatabase(file), eventCodec)
}

/** In µs. */
async function timesOf(
  size: number,
  store: Store,
  ask: (store: Store, site: string, start: number) => Promise<unknown>,
): Promise<number[]> {
  const hours = Math.floor(((size / SITES.length / A_WEEK - 1) * WEEK) / HOUR)
  const times: number[] = []
  for (let n = 0; n < READS; n += 1) {
    const start = DAWN + Math.floor(Math.random() * hours) * HOUR
    const startedAt = performance.now()
    await ask(store, SITES[n % SITES.length] ?? '', start)
    times.push((performance.now() - startedAt) * 1000)
  }
  return times
}
