import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunksOf } from '../../src/concurrency.ts'
import { DAY, HOUR, MAX_INSTANT } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { CalendarFeed, Cancelled, Store } from '../../src/store/port.ts'
import {
  ada,
  bo,
  changing,
  grace,
  memoryStore,
  on,
  proposed,
  scheduler,
  TODAY,
  type TestWorld,
  worldOf,
} from '../context.ts'

/** As many as there are. */
const ALL = { people: 10_000, programs: 10_000 }

/**
 * The contract of every store about calendar feeds: first starts, cancelled reservations and secret feeds.
 *
 * @param open opens two stores with the same empty file or table; the suite closes them
 */
// oxlint-disable-next-line max-lines-per-function -- the tests of one suite
export function calendarContract(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`calendar feeds of a store (${name})`, () => {
    let store: Store
    let other: Store
    let context: TestWorld
    beforeAll(async () => {
      ;[store, other] = await open()
      context = worldOf(store, { sites: new Map() })
    })
    afterAll(() => Promise.all([store, other].map((one) => one.close())))

    let count = 0
    const freshSite = () => `calendar${(count += 1)}`
    const make = async (overrides: Parameters<typeof proposed>[0]) => {
      const { reservation } = await reserve(proposed(overrides), overrides?.by ?? ada, { override: false }, context)
      return reservation
    }
    const move = (id: string, change: Partial<Reservation>, start?: number) => {
      const reference = { id, ...(start !== undefined && { start }) }
      return amend({ reference, change: (before) => ({ ...before, ...change }), override: false }, grace, context)
    }
    const putAll = async (reservations: readonly Reservation[], most: number) => {
      for (const some of chunksOf(reservations, most))
        await changing(
          store,
          some.map((after) => ({ after })),
        )
    }
    const remove = (id: string, start?: number) =>
      cancel({ reference: { id, ...(start !== undefined && { start }) } }, grace, context)
    const bringBack = (id: string, number: number) => restore({ id, number, override: false }, grace, context)
    const firstStarts = async (site: string) =>
      Object.fromEntries(
        await store.list(
          { sites: [site], during: { start: 0, end: MAX_INSTANT } },
          ({ reservation: { id, start } }, first) => [`${id} ${start}`, first],
        ),
      ) as Record<string, number>
    const cancelledAt = async (site: string, since = 0) =>
      (await store.cancelled({ site }, since, ALL)).map(({ reservation, firstStart, revision }) => ({
        id: reservation.id,
        start: reservation.start,
        firstStart,
        revision,
      }))

    it('knows the first start of each listed reservation, however often it has moved', async () => {
      const site = freshSite()
      const moved = await make({ site, start: on(9, '01:00') })
      const still = await make({ site, start: on(10, '01:00') })
      expect(await firstStarts(site)).toEqual({
        [`${moved.id} ${moved.start}`]: moved.start,
        [`${still.id} ${still.start}`]: still.start,
      })
      await move(moved.id, { start: on(11, '01:00'), end: on(11, '02:00') })
      await move(moved.id, { note: 'later' })
      await move(moved.id, { start: on(12, '01:00'), end: on(12, '02:00') })
      expect(await firstStarts(site)).toEqual({
        [`${moved.id} ${on(12, '01:00')}`]: moved.start,
        [`${still.id} ${still.start}`]: still.start,
      })
      const byObserver = await store.list({ observer: ada.id, endingFrom: 0 }, ({ reservation: { id } }, first) => [
        id,
        first,
      ])
      expect(byObserver).toContainEqual([moved.id, moved.start])
      // Back where it was.
      await move(moved.id, { start: moved.start, end: moved.end })
      expect((await firstStarts(site))[`${moved.id} ${moved.start}`]).toBe(moved.start)
    })

    it('keeps the first start across sites, deletion and restoring', async () => {
      const [here, there] = [freshSite(), freshSite()]
      const { id, start } = await make({ site: here, start: on(9, '01:00') })
      await move(id, { start: on(11, '01:00'), end: on(11, '02:00') })
      await move(id, { site: there, resource: there })
      await remove(id)
      expect(await cancelledAt(there)).toEqual([{ id, start: on(11, '01:00'), firstStart: start, revision: 4 }])
      expect(await cancelledAt(here)).toEqual([])
      await bringBack(id, 3)
      expect(await cancelledAt(there)).toEqual([])
      expect(await firstStarts(there)).toEqual({ [`${id} ${on(11, '01:00')}`]: start })
      await remove(id)
      expect(await cancelledAt(there)).toEqual([{ id, start: on(11, '01:00'), firstStart: start, revision: 6 }])
      // Restored to where it was at first, at another site.
      await bringBack(id, 1)
      expect(await cancelledAt(there)).toEqual([])
      expect(await firstStarts(here)).toEqual({ [`${id} ${start}`]: start })
    })

    it('keeps the first start of a restored row although another row of its id has changed since', async () => {
      const site = freshSite()
      const first = proposed({ site, start: on(9, '01:00') })
      const second = { ...first, start: on(10, '01:00'), end: on(10, '02:00') }
      await importRow(first, context)
      await importRow(second, context)
      const { id, start } = first
      const moved = { start: on(11, '01:00'), end: on(11, '02:00') }
      await move(id, moved, start)
      await remove(id, moved.start)
      await move(id, { note: 'later' }, second.start)
      await bringBack(id, 3)
      expect(await cancelledAt(site)).toEqual([])
      expect(await firstStarts(site)).toEqual({
        [`${id} ${second.start}`]: second.start,
        [`${id} ${moved.start}`]: start,
      })
    })

    it('keeps the first starts of two rows of one id that have moved, were deleted and are restored', async () => {
      const site = freshSite()
      const first = proposed({ site, start: on(9, '01:00') })
      const second = { ...first, start: on(10, '01:00'), end: on(10, '02:00') }
      await importRow(first, context)
      await importRow(second, context)
      const { id } = first
      const to = (day: number) => ({ start: on(day, '01:00'), end: on(day, '02:00') })
      const moved = async (from: number, day: number) => {
        await move(id, to(day), from)
        return (await store.history(id)).at(-1)!.number
      }
      const firstMoved = await moved(first.start, 11)
      const secondMoved = await moved(second.start, 12)
      await move(id, to(13), to(12).start)
      await remove(id, to(11).start)
      await remove(id, to(13).start)
      expect(new Set((await cancelledAt(site)).map(({ firstStart }) => firstStart))).toEqual(
        new Set([first.start, second.start]),
      )
      await bringBack(id, firstMoved)
      await bringBack(id, secondMoved)
      expect(await cancelledAt(site)).toEqual([])
      expect(await firstStarts(site)).toEqual({
        [`${id} ${to(11).start}`]: first.start,
        [`${id} ${to(12).start}`]: second.start,
      })
    })

    it('keeps the first start of a row that is restored to where another row of its id has been', async () => {
      const site = freshSite()
      const to = (day: number) => ({ start: on(day, '01:00'), end: on(day, '02:00') })
      const staying = proposed({ site, ...to(9) })
      const { id } = staying
      for (const day of [9, 10, 12]) await importRow({ ...staying, ...to(day) }, context)
      await move(id, to(11), to(9).start)
      await move(id, to(9), to(10).start)
      const moved = (await store.history(id)).at(-1)!.number
      await remove(id, to(9).start)
      await remove(id, to(12).start)
      await bringBack(id, moved)
      expect(await firstStarts(site)).toEqual({
        [`${id} ${to(11).start}`]: to(9).start,
        [`${id} ${to(9).start}`]: to(10).start,
      })
    })

    it('tells two rows of the original with one id apart', async () => {
      const site = freshSite()
      const first = proposed({ site, start: on(9, '01:00') })
      const second = { ...first, start: on(10, '01:00'), end: on(10, '02:00') }
      await changing(store, [{ after: first }])
      await changing(store, [{ after: second }])
      await remove(first.id, second.start)
      expect(await firstStarts(site)).toEqual({ [`${first.id} ${first.start}`]: first.start })
      expect(await cancelledAt(site)).toEqual([
        { id: first.id, start: second.start, firstStart: second.start, revision: 3 },
      ])
    })

    it('returns what was cancelled at a site, or of an observer, since an instant', async () => {
      const site = freshSite()
      const observer = { ...bo, id: `auth0|${site}` }
      const early = await make({ site, by: observer, start: on(9, '01:00'), note: 'n', extra: { deep: [1] } })
      const late = await make({ site, start: on(9, '03:00') })
      context.time = TODAY + DAY
      await remove(early.id)
      context.time = TODAY + 3 * DAY
      await remove(late.id)
      context.time = TODAY
      const [found] = await store.cancelled({ observer: observer.id }, 0, ALL)
      expect(found).toEqual({
        reservation: { ...early, note: '', extra: {} },
        firstStart: early.start,
        revision: 2,
        at: TODAY + DAY,
      })
      expect(await store.cancelled({ observer: `${observer.id}?` }, 0, ALL)).toEqual([])
      expect(new Set((await cancelledAt(site, TODAY + DAY)).map(({ id }) => id))).toEqual(new Set([early.id, late.id]))
      expect((await cancelledAt(site, TODAY + DAY + 1)).map(({ id }) => id)).toEqual([late.id])
      expect(await cancelledAt(site, TODAY + 3 * DAY + 1)).toEqual([])
    })

    it('returns what the LCO scheduler replaced, at its site and of its observers', async () => {
      const site = freshSite()
      const block = (n: number) =>
        proposed({ site, origin: 'lco', by: { ...bo, id: `auth0|${site} ${n}` }, start: on(9, '01:00') + n * HOUR })
      const blocks = Array.from({ length: 2 * store.bulk.size }, (_, n) => block(n))
      await putAll(blocks, Math.floor(store.bulk.size / 2))
      const kept = await make({ site, start: on(9, '01:00') + blocks.length * HOUR })
      await expireLco(site, TODAY, scheduler, context)
      expect(await firstStarts(site)).toEqual({ [`${kept.id} ${kept.start}`]: kept.start })
      const shown = blocks.map(({ id, start }) => ({ id, start, firstStart: start, revision: 2 }))
      expect(new Set(await cancelledAt(site))).toEqual(new Set(shown))
      for (const { id, observer } of blocks.filter((_, n) => n % 5 === 0))
        expect((await store.cancelled({ observer }, 0, ALL)).map(({ reservation }) => reservation.id)).toEqual([id])
      await bringBack(blocks[0]!.id, 1)
      expect(new Set(await cancelledAt(site))).toEqual(new Set(shown.slice(1)))
    })

    it('returns the newest of what people cancelled, and of what programs cleared', async () => {
      const site = freshSite()
      const made: Reservation[] = []
      const makeAndRemove = async (overrides: Parameters<typeof proposed>[0]) => {
        const one = await make({ site, start: on(9, '01:00') + made.length * HOUR, ...overrides })
        made.push(one)
        context.time += HOUR
        await remove(one.id)
      }
      for (let n = 0; n < 5; n += 1) await makeAndRemove({})
      await makeAndRemove({ by: scheduler, kind: 'maintenance' })
      const blocks = Array.from({ length: 2 * store.bulk.size }, (_, n) =>
        proposed({ site, by: scheduler, origin: 'lco', start: on(19, '01:00') + n * HOUR }),
      )
      await putAll(blocks, Math.floor(store.bulk.size / 2))
      await expireLco(site, TODAY, scheduler, context)
      for (let n = 0; n < 3; n += 1) await makeAndRemove({ by: scheduler })
      context.time = TODAY
      const found = async (people: number, programs: number) =>
        store.cancelled({ site }, 0, { people, programs }).then((list) => list.toSorted((a, b) => b.at - a.at))
      const ids = (list: readonly Cancelled[]) => list.map(({ reservation: { id } }) => id)
      const [people, programs] = [made.slice(0, 6).toReversed(), made.slice(6).toReversed()].map((some) =>
        some.map(({ id }) => id),
      ) as [string[], string[]]
      expect(ids(await found(10_000, 0))).toEqual(people)
      expect(ids(await found(4, 0))).toEqual(people.slice(0, 4))
      expect(ids(await found(0, 2))).toEqual(programs.slice(0, 2))
      const all = ids(await found(10_000, 10_000))
      expect(all).toHaveLength(9 + blocks.length)
      expect(new Set(all)).toEqual(new Set([...people, ...programs, ...blocks.map(({ id }) => id)]))
    })

    it('finds nothing of a service', async () => {
      const site = freshSite()
      const another = await make({ site, by: scheduler, start: on(9, '01:00') })
      await remove(another.id)
      expect((await cancelledAt(site)).map(({ id }) => id)).toEqual([another.id])
      expect(await store.cancelled({ observer: scheduler.id }, 0, ALL)).toEqual([])
    })

    it('keeps all of it when it takes over another store', async () => {
      const old = memoryStore()
      const before = worldOf(old, { sites: new Map() })
      const site = freshSite()
      const made = async (start: number) =>
        (await reserve(proposed({ site, start }), ada, { override: false }, before)).reservation
      const [moved, deleted] = [await made(on(9, '01:00')), await made(on(10, '01:00'))]
      const later = (one: Reservation) => ({ ...one, start: one.start + 5 * HOUR, end: one.end + 5 * HOUR })
      for (const { id } of [moved, deleted])
        await amend({ reference: { id }, change: later, override: false }, ada, before)
      await cancel({ reference: { id: deleted.id } }, ada, before)
      const [fresh, ...rest] = await open()
      for await (const entry of old.archive.entries()) await fresh.archive.importAll([entry])
      await fresh.archive.finalize()
      const after = worldOf(fresh, { sites: new Map() })
      await restore({ id: deleted.id, number: 2, override: false }, ada, after)
      const listed = await fresh.list({ observer: ada.id, endingFrom: 0 }, ({ reservation: { id } }, first) => [
        id,
        first,
      ])
      expect(Object.fromEntries(listed)).toEqual({ [moved.id]: moved.start, [deleted.id]: deleted.start })
      await Promise.all([fresh, ...rest, old].map((one) => one.close()))
    })

    it('shows what was cancelled in another store that it takes over', async () => {
      const old = memoryStore()
      const before = worldOf(old, { sites: new Map() })
      const [site, observer] = [freshSite(), { ...bo, id: 'auth0|taken-over' }]
      const made = async (overrides: Parameters<typeof proposed>[0]) =>
        (await reserve(proposed({ site, ...overrides }), overrides?.by ?? ada, { override: false }, before)).reservation
      const move = (one: Reservation) => ({ ...one, start: one.start + 5 * HOUR, end: one.end + 5 * HOUR })
      const moved = await made({ by: observer, start: on(9, '01:00'), note: 'n' })
      const [restored, again] = [await made({ start: on(10, '01:00') }), await made({ start: on(11, '01:00') })]
      const planned = await made({ by: scheduler, start: on(12, '01:00'), origin: 'lco' })
      await amend({ reference: { id: moved.id }, change: move, override: false }, grace, before)
      for (const { id } of [moved, restored, again, planned]) await cancel({ reference: { id } }, grace, before)
      for (const { id } of [restored, again]) await restore({ id, number: 1, override: false }, grace, before)
      await cancel({ reference: { id: again.id } }, grace, before)

      const [fresh, ...rest] = await open()
      const entries = await Array.fromAsync(old.archive.entries())
      await fresh.archive.importAll(entries)
      await fresh.archive.finalize()
      const expected = [
        { id: moved.id, start: moved.start + 5 * HOUR, firstStart: moved.start, revision: 3 },
        { id: again.id, start: again.start, firstStart: again.start, revision: 4 },
        { id: planned.id, start: planned.start, firstStart: planned.start, revision: 2 },
      ]
      const shown = async (place: Parameters<Store['cancelled']>[0]) =>
        new Set(
          (await fresh.cancelled(place, TODAY, ALL)).map(({ reservation: { id, start }, firstStart, revision }) => ({
            id,
            start,
            firstStart,
            revision,
          })),
        )
      expect(await shown({ site })).toEqual(new Set(expected))
      expect(await shown({ observer: observer.id })).toEqual(new Set(expected.slice(0, 1)))
      expect(await fresh.cancelled({ site }, TODAY + 1, ALL)).toEqual([])
      const [one] = await fresh.cancelled({ observer: observer.id }, 0, ALL)
      expect(one).toEqual((await old.cancelled({ observer: observer.id }, 0, ALL))[0])

      const after = worldOf(fresh, { sites: new Map() })
      await restore({ id: moved.id, number: 1, override: false }, grace, after)
      expect(await shown({ site })).toEqual(new Set(expected.slice(1)))
      await Promise.all([fresh, ...rest, old].map((store) => store.close()))
    })

    it('cancels several at once', async () => {
      const site = freshSite()
      const made = []
      for (let n = 0; n < 5; n += 1) made.push(await make({ site, start: on(9, '01:00') + n * HOUR }))
      const rows = await Promise.all(made.map(({ id }) => store.find(id)))
      await changing(
        store,
        rows.map(([before]) => ({ before: before! })),
      )
      expect(new Set((await cancelledAt(site)).map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)))
    })

    describe('secret feeds', () => {
      const feedOf = (observer: string, n: number, more: Partial<CalendarFeed> = {}): CalendarFeed => ({
        id: `feed-${n}`,
        observer,
        digest: `digest of ${observer} ${n}`,
        madeAt: TODAY + n,
        ...more,
      })

      it('finds a feed by its digest, on every server', async () => {
        const feed = feedOf('auth0|feeds', 1)
        expect(await store.calendarFeeds.find(feed.digest)).toBeUndefined()
        expect(await store.calendarFeeds.add(feed, 10)).toBe(true)
        for (const one of [store, other]) {
          expect(await one.calendarFeeds.find(feed.digest)).toEqual(feed)
          expect(await one.calendarFeeds.of(feed.observer)).toEqual([feed])
          expect(await one.calendarFeeds.of('auth0|nobody')).toEqual([])
        }
      })

      it('removes a feed at once, of its observer only', async () => {
        const [mine, theirs] = [feedOf('auth0|mine', 1), feedOf('auth0|theirs', 1)]
        for (const feed of [mine, theirs]) await store.calendarFeeds.add(feed, 10)
        expect(await other.calendarFeeds.remove('auth0|nobody', mine.id)).toBe(false)
        expect(await other.calendarFeeds.remove(mine.observer, mine.id)).toBe(true)
        expect(await store.calendarFeeds.find(mine.digest)).toBeUndefined()
        expect(await store.calendarFeeds.of(mine.observer)).toEqual([])
        expect(await store.calendarFeeds.find(theirs.digest)).toEqual(theirs)
        expect(await other.calendarFeeds.remove(mine.observer, mine.id)).toBe(false)
      })

      it('lets an observer have so many and no more, however many are made at once', async () => {
        const feeds = Array.from({ length: 6 }, (_, n) => feedOf('auth0|many', n))
        const added = await Promise.all(
          feeds.map((feed, n) => [store, other][n % 2]!.calendarFeeds.add(feed, 3).catch(() => 'busy')),
        )
        expect(added.filter((one) => one === true)).toHaveLength(3)
        const kept = await store.calendarFeeds.of('auth0|many')
        expect(kept).toHaveLength(3)
        for (const feed of feeds)
          expect((await store.calendarFeeds.find(feed.digest)) !== undefined).toBe(
            kept.some(({ id }) => id === feed.id),
          )
        expect(await store.calendarFeeds.remove('auth0|many', kept[0]!.id)).toBe(true)
        expect(await store.calendarFeeds.add(feedOf('auth0|many', 9), 3)).toBe(true)
      })
    })
  })
}
