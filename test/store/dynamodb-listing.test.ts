import { describe, expect, it, vi } from 'vitest'
import { timeSlices } from '../../src/event-loop.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Item } from '../../src/store/dynamodb/items.ts'
import { type ListContext, listRows } from '../../src/store/dynamodb/listing.ts'
import type { Requests, Search } from '../../src/store/dynamodb/requests.ts'
import type { DayIndexState } from '../../src/store/dynamodb/state.ts'
import type { Row } from '../../src/store/dynamodb/rows.ts'
import { entryOf, dayItemKeysOf, encodeEntries } from '../../src/store/dynamodb/day-item.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { ada, TODAY, proposed } from '../context.ts'

const DAYS = 100
const A_DAY = 10
const sites = Array.from({ length: 20 }, (_, n) => `site-${n}`)
const during = { start: TODAY, end: TODAY + DAYS * DAY }

const rowOf = (reservation: Reservation): Row => ({
  reservation,
  revision: 1,
  key: rowCodec.time(reservation.start),
  rawRevision: undefined,
  duplicateKeys: [],
})
const hour = (site: string, n: number): Row => {
  const start = TODAY + Math.floor(n / A_DAY) * DAY + (n % A_DAY) * HOUR
  return rowOf(proposed({ id: `${site} ${n}`, site, start, end: start + HOUR }))
}

/** A table in memory that answers without yielding to the event loop, so that only the list itself yields. */
function tableOf(rows: readonly Row[], onIndexSearch: () => Promise<void> | void = () => undefined) {
  const byId = new Map(rows.map((row) => [row.reservation.id, row]))
  const dayItems = new Map<string, Map<string, Row[]>>()
  for (const row of rows) {
    for (const { event_id, start } of dayItemKeysOf(row.reservation)) {
      const partition = dayItems.get(event_id) ?? new Map<string, Row[]>()
      const item = partition.get(start) ?? []
      item.push(row)
      dayItems.set(event_id, partition.set(start, item))
    }
  }
  const read = { entries: 0, rows: 0 }
  const dayItemsFor = ({ partition: eventId, range: [first, last] = ['', ''] }: Search): Item[] => {
    const within = [...(dayItems.get(eventId) ?? [])]
      .filter(([start]) => start >= first && start <= last)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
    return within.map(([start, some]) => ({
      event_id: { S: eventId },
      start: { S: start },
      entries: { S: encodeEntries(some.map(entryOf)) },
      count: { N: String(some.length) },
    }))
  }
  const indexedFor = ({ partition: value }: Search): Item[] =>
    rows
      .filter(({ reservation }) => [reservation.site, reservation.observer].includes(value))
      .map(({ reservation: { id } }) => ({ event_id: { S: id } }))
  function* pagesOf(items: readonly Item[], limit = Infinity) {
    for (let from = 0; from < items.length; from += limit) yield items.slice(from, from + limit)
  }
  const requests: Pick<Requests, 'get' | 'getAll' | 'pages'> = {
    get: () => Promise.resolve(undefined),
    getAll: (keys) => Promise.resolve(keys.map(({ event_id }) => ({ event_id: { S: event_id } }))),
    async *pages(search) {
      if (search.index) {
        await onIndexSearch()
        yield* pagesOf(indexedFor(search), search.limit)
        return
      }
      for (const page of pagesOf(dayItemsFor(search), search.limit)) {
        read.entries += page.reduce((sum, { count }) => sum + Number(count?.N ?? 0), 0)
        yield page
      }
    },
  }
  const rowsOf = (items: readonly Item[]) => {
    read.rows += items.length
    return items.map((item) => byId.get(item['event_id']?.S ?? '') as Row)
  }
  const state = { read: () => Promise.resolve('built') } as DayIndexState
  return {
    read,
    reading: {
      requests: requests as Requests,
      rowsOf,
      codec: rowCodec,
      state,
      elapsed: () => 0,
      newToken: () => '',
      random: () => 0,
    },
  }
}

const open = { acquire: () => Promise.resolve(() => undefined) }
const idOf = ({ reservation: { id } }: Row) => id
const many = sites.flatMap((site) => Array.from({ length: DAYS * A_DAY }, (_, n) => hour(site, n)))

const pauses = vi.spyOn(timeSlices, 'wait')

/** Runs `work`, and counts how often it yields to the event loop. */
async function pausesOf<T>(work: () => Promise<T>): Promise<{ count: number; result: T }> {
  const before = pauses.mock.calls.length
  const result = await work()
  return { count: pauses.mock.calls.length - before, result }
}

describe('a list read from day items', () => {
  it('waits for admission before reading most day items if it is long, and is then complete', async () => {
    const { read, reading } = tableOf(many)
    let admit = () => {}
    const admitted = new Promise<void>((resolve) => (admit = resolve))
    const started = Promise.withResolvers<void>()
    const longLists: ListContext['longLists'] = {
      async acquire() {
        started.resolve()
        await admitted
        return () => undefined
      },
    }
    const listed = listRows({ sites, during }, idOf, { ...reading, longLists })
    await started.promise
    expect(read.entries).toBeLessThan(many.length / 4)
    expect(read.rows).toBe(0)
    admit()
    expect((await listed).toSorted()).toEqual(many.map(idOf).toSorted())
  })

  it('yields to the event loop every few thousand entries, by sites and by observer', async () => {
    const { reading } = tableOf(many)
    for (const work of [
      () => listRows({ sites, during }, idOf, { ...reading, longLists: open }),
      () => listRows({ observer: ada.id, endingFrom: TODAY }, idOf, { ...reading, longLists: open }),
    ]) {
      const { count, result } = await pausesOf(work)
      expect(result).toHaveLength(many.length)
      // Two passes over the entries, their comparison, and the rows, 250 at a time.
      expect(count).toBeGreaterThan((6 * many.length) / 4000 + many.length / 250)
    }
  })

  it('is read without waiting for admission if it is short', async () => {
    const { reading } = tableOf(many)
    const week = { start: TODAY, end: TODAY + 7 * DAY }
    const acquire = () => Promise.reject(new Error('It is short.'))
    expect(
      await listRows({ sites: sites.slice(0, 3), during: week }, idOf, { ...reading, longLists: { acquire } }),
    ).toHaveLength(3 * 7 * A_DAY)
  })

  it('releases its admission only when no request is in flight, even if one failed', async () => {
    let [left, inFlight] = [false, 0]
    const failure = new Error('no answer')
    const { reading } = tableOf(many, async () => {
      inFlight += 1
      if (inFlight === 1) throw failure
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(left).toBe(false)
      inFlight -= 1
    })
    const acquire = () => Promise.resolve(() => void (left = true))
    await expect(listRows({ sites, during }, idOf, { ...reading, longLists: { acquire } })).rejects.toBe(failure)
    expect(left).toBe(true)
    expect(inFlight).toBe(1)
  })

  it('is rejected beyond 200,000 entries, without reading all of them', async () => {
    const crowd = Array.from({ length: 500 }, (_, n) =>
      rowOf(proposed({ id: `crowd ${n}`, site: 'crowd', start: TODAY + n, end: TODAY + n + 6 * DAY })),
    )
    const names = Array.from({ length: 80 }, (_, n) => `crowd-${n}`)
    const { read, reading } = tableOf(
      names.flatMap((site) =>
        crowd.map((row) => ({
          ...row,
          reservation: { ...row.reservation, id: `${site} ${row.reservation.id}`, site },
        })),
      ),
    )
    await expect(listRows({ sites: names, during }, idOf, { ...reading, longLists: open })).rejects.toMatchObject({
      code: 'too_large',
    })
    expect(read.entries).toBeLessThan(names.length * 500 * 7)
  })
})
