import { describe, expect, it, vi } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Item } from '../../src/store/dynamodb/attributes.ts'
import { type ListContext, listAtSites, listOfObserver } from '../../src/store/dynamodb/listing.ts'
import type { Requests, Search } from '../../src/store/dynamodb/requests.ts'
import type { Row } from '../../src/store/dynamodb/rows.ts'
import { entryOf, dayItemKeysOf, writeEntries } from '../../src/store/dynamodb/day-index.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { ada, TODAY, proposed } from '../context.ts'

const DAYS = 100
const A_DAY = 10
const sites = Array.from({ length: 20 }, (_, n) => `site-${n}`)
const during = { start: TODAY, end: TODAY + DAYS * DAY }

const rowOf = (reservation: Reservation): Row => ({ reservation, revision: 1, key: rowCodec.time(reservation.start), rawRevision: undefined, duplicateKeys: [] })
const hour = (site: string, n: number): Row => {
  const start = TODAY + Math.floor(n / A_DAY) * DAY + (n % A_DAY) * HOUR
  return rowOf(proposed({ id: `${site} ${n}`, site, start, end: start + HOUR }))
}

/** All that a table answers, at once: whatever lets the event loop go is the list itself. */
function tableOf(rows: readonly Row[], onSearch: (search: Search) => Promise<void> | void = () => undefined) {
  const byId = new Map(rows.map((row) => [row.reservation.id, row]))
  const dayItems = new Map<string, Map<string, Row[]>>()
  for (const row of rows) {
    for (const { event_id, start } of dayItemKeysOf(row.reservation)) {
      const partition = dayItems.get(event_id) ?? new Map<string, Row[]>()
      dayItems.set(event_id, partition.set(start, [...(partition.get(start) ?? []), row]))
    }
  }
  const read = { entries: 0, rows: 0 }
  const itemsFor = ({ ExpressionAttributeValues: values = {}, IndexName }: Search): Item[] => {
    if (IndexName !== undefined) return rows.filter(({ reservation }) => [reservation.site, reservation.observer].includes(values[':whose']?.S ?? '')).map(({ reservation: { id } }) => ({ event_id: { S: id } }))
    const [id, first, last] = [values[':id']?.S ?? '', values[':first']?.S ?? '', values[':last']?.S ?? '']
    const within = [...(dayItems.get(id) ?? [])].filter(([start]) => start >= first && start <= last).toSorted(([a], [b]) => (a < b ? -1 : 1))
    return within.map(([start, some]) => ({ event_id: { S: id }, start: { S: start }, entries: { S: writeEntries(some.map(entryOf)) }, count: { N: String(some.length) } }))
  }
  const requests: Pick<Requests, 'get' | 'getAll' | 'query' | 'pagesOf'> = {
    get: () => Promise.resolve(undefined),
    getAll: (keys) => Promise.resolve(keys.map(({ event_id }) => ({ event_id: { S: event_id } }))),
    query: (search) => Promise.resolve(itemsFor(search)),
    async *pagesOf(search) {
      await onSearch(search)
      const items = itemsFor(search)
      for (let from = 0; from < items.length; from += search.Limit ?? Infinity) {
        const page = items.slice(from, from + (search.Limit ?? Infinity))
        read.entries += page.reduce((sum, { count }) => sum + Number(count?.N ?? 0), 0)
        yield page
      }
    },
  }
  const rowsOf = (items: readonly Item[]) => {
    read.rows += items.length
    return items.map((item) => byId.get(item['event_id']?.S ?? '') as Row)
  }
  return { read, reading: { requests: requests as Requests, rowsOf, codec: rowCodec } }
}

const open = { acquire: () => Promise.resolve(() => undefined) }
const idOf = ({ reservation: { id } }: Row) => id
const many = sites.flatMap((site) => Array.from({ length: DAYS * A_DAY }, (_, n) => hour(site, n)))

const pauses = vi.hoisted(() => ({ count: 0 }))
vi.mock('../../src/concurrency.ts', async (actual) => {
  const pace = await actual<typeof import('../../src/concurrency.ts')>()
  return { ...pace, yieldToEventLoop: () => ((pauses.count += 1), pace.yieldToEventLoop()) }
})

/** How often the event loop is let go while something is done, and what comes of it. */
async function pausesOf<T>(work: () => Promise<T>): Promise<{ count: number; result: T }> {
  const before = pauses.count
  const result = await work()
  return { count: pauses.count - before, result }
}

describe('a long list from sheets', () => {
  it('waits for its turn before most of its day items are read, and is whole afterwards', async () => {
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
    const listed = listAtSites(new Set(sites), during, idOf, { ...reading, longLists })
    await started.promise
    expect(read.entries).toBeLessThan(many.length / 4)
    expect(read.rows).toBe(0)
    admit()
    expect((await listed).toSorted()).toEqual(many.map(idOf).toSorted())
  })

  it('lets the event loop go for each few thousand entries, of sites as of an observer', async () => {
    const { reading } = tableOf(many)
    for (const work of [
      () => listAtSites(new Set(sites), during, idOf, { ...reading, longLists: open }),
      () => listOfObserver(ada.id, TODAY, idOf, { ...reading, longLists: open }),
    ]) {
      const { count, result } = await pausesOf(work)
      expect(result).toHaveLength(many.length)
      // Two readings, what they differ in, and the rows, of which 250 are read at a time.
      expect(count).toBeGreaterThan((6 * many.length) / 4000 + many.length / 250)
    }
  })

  it('that is short waits for nobody', async () => {
    const { reading } = tableOf(many)
    const week = { start: TODAY, end: TODAY + 7 * DAY }
    const acquire = () => Promise.reject(new Error('It is short.'))
    expect(await listAtSites(new Set(sites.slice(0, 3)), week, idOf, { ...reading, longLists: { acquire } })).toHaveLength(3 * 7 * A_DAY)
  })

  it('gives its place to the next only when nothing of it is under way any more, though it failed', async () => {
    let [left, inFlight] = [false, 0]
    const failure = new Error('no answer')
    const { reading } = tableOf(many, async ({ IndexName }) => {
      if (IndexName === undefined) return
      inFlight += 1
      if (inFlight === 1) throw failure
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(left).toBe(false)
      inFlight -= 1
    })
    const acquire = () => Promise.resolve(() => void (left = true))
    await expect(listAtSites(new Set(sites), during, idOf, { ...reading, longLists: { acquire } })).rejects.toBe(failure)
    expect(left).toBe(true)
    expect(inFlight).toBe(1)
  })

  it('is refused past 200,000 entries, which are not all read', async () => {
    const crowd = Array.from({ length: 500 }, (_, n) => rowOf(proposed({ id: `crowd ${n}`, site: 'crowd', start: TODAY + n, end: TODAY + n + 6 * DAY })))
    const names = Array.from({ length: 80 }, (_, n) => `crowd-${n}`)
    const { read, reading } = tableOf(names.flatMap((site) => crowd.map((row) => ({ ...row, reservation: { ...row.reservation, id: `${site} ${row.reservation.id}`, site } }))))
    await expect(listAtSites(new Set(names), during, idOf, { ...reading, longLists: open })).rejects.toMatchObject({ code: 'too_large' })
    expect(read.entries).toBeLessThan(names.length * 500 * 7)
  })
})
