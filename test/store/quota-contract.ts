import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chunksOf } from '../../src/concurrency.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { MAX_OF_OBSERVERS, type ArchiveEntry, type Outline, type Store } from '../../src/store/port.ts'
import { windowsOf } from '../../src/service/commit.ts'
import { asItIs, changing, on, outlineOf, proposed, TODAY } from '../context.ts'

/**
 * What every store does for quotas: a change sees the observers' reservations, and is committed only if they are still the
 * same.
 *
 * @param open opens two stores on one new file or table, which the suite closes
 */
export function quotaContract(name: string, open: () => Promise<readonly [Store, Store]>): void {
  describe(`quotas (${name})`, () => {
    let [store, other]: readonly Store[] = []
    beforeAll(async () => {
      ;[store, other] = await open()
    })
    afterAll(async () => {
      await store?.close()
      await other?.close()
    })

    /** What a change sees of observers' reservations that end at an instant or later. */
    const seen = (observers: readonly string[], endingFrom = TODAY, from = store!) =>
      from.change(
        { ids: [], observers: () => observers.map((observer) => ({ observer, endingFrom })) },
        ({ ofObservers }) => ({ changes: [], answer: ofObservers }),
      )

    describe('a change that names observers', () => {
      it('sees the outlines of all their reservations, at all sites, and of nobody else', async () => {
        const [mine, theirs, strangers] = [newObserver(), newObserver(), newObserver()]
        const there = [
          proposed({ observer: mine, site: newSite() }),
          proposed({ observer: mine, site: newSite(), start: on(12, '03:00') }),
          proposed({ observer: mine, site: newSite(), kind: 'maintenance', start: TODAY, end: TODAY + 300 * DAY }),
          proposed({ observer: theirs, site: newSite(), kind: 'project' }),
        ]
        for (const after of [...there, proposed({ observer: strangers, site: newSite() })])
          await changing(store!, [{ after }])
        expect(sorted(await seen([mine, theirs]))).toEqual(sorted(there.map(outlineOf)))
        expect(await seen([newObserver()])).toEqual([])
        expect(await seen([])).toEqual([])
      })

      it('sees those that end at the given instant or later, each once', async () => {
        const [observer, site] = [newObserver(), newSite()]
        const [past, present] = [on(9, '03:00'), on(9, '04:00')].map((start) => proposed({ observer, site, start }))
        for (const after of [past!, present!]) await changing(store!, [{ after }])
        expect(await seen([observer, observer], past!.end)).toHaveLength(2)
        expect(await seen([observer], past!.end + 1)).toEqual([outlineOf(present!)])
        expect(await seen([observer], present!.end + 1)).toEqual([])
        const twoWindows = await store!.change(
          {
            ids: [],
            observers: () => [present!.end + DAY, past!.end + 1].map((endingFrom) => ({ observer, endingFrom })),
          },
          ({ ofObservers }) => ({ changes: [], answer: ofObservers }),
        )
        expect(twoWindows).toEqual([outlineOf(present!)])
      })

      it('is told the rows, to find the observer of one', async () => {
        const [observer, site] = [newObserver(), newSite()]
        const one = proposed({ observer, site })
        await changing(store!, [{ after: one }])
        const found = await store!.change(
          {
            ids: [one.id],
            observers: (rows) => rows(one.id).map(({ reservation }) => ({ ...reservation, endingFrom: TODAY })),
          },
          ({ ofObservers }) => ({ changes: [], answer: ofObservers }),
        )
        expect(found).toEqual([outlineOf(one)])
      })

      it(`is too large if there are more than ${MAX_OF_OBSERVERS}`, async () => {
        const [observer, site] = [newObserver(), newSite()]
        const minute = (n: number) => ({ start: TODAY + n * 60, end: TODAY + n * 60 + 60 })
        // Under one id, since an import looks each id up.
        const { id } = proposed()
        const many = Array.from({ length: MAX_OF_OBSERVERS + 1 }, (_, n) =>
          proposed({ id, observer, site, ...minute(n) }),
        )
        const [filled, second] = await open()
        const reservations = many.map((reservation) => ({ reservation, revision: 0 }))
        await filled.archive.importAll([{ id, reservations, history: [], messages: [] }])
        await filled.archive.finalize()
        await expect(seen([observer], TODAY, filled)).rejects.toMatchObject({
          code: 'too_large',
          message: expect.stringMatching(/^Error: a rule counts the observer's reservations/),
        })
        expect(await seen([observer], many[0]!.end + 1, filled)).toHaveLength(MAX_OF_OBSERVERS)
        await Promise.all([filled.close(), second.close()])
      }, 120_000)
    })

    describe('64 racing changes, in two stores', () => {
      const racing = <T>(work: (of: Store, n: number) => Promise<T>) =>
        Promise.all(Array.from({ length: 64 }, (_, n) => work(n % 2 === 0 ? store! : other!, n)))
      const standing = (observer: string) => other!.list({ observer, endingFrom: TODAY }, asItIs)
      const newOne = (observer: string, n = 0) =>
        proposed({ observer, site: newSite(), start: on(9, '03:00') + n * HOUR })

      it('add as many as a quota allows, each at another telescope', async () => {
        const observer = newObserver()
        const added = await racing((of, n) => replaceWithin(5, of, { after: newOne(observer, n) }))
        expect(added.filter(Boolean)).toHaveLength(5)
        expect(await standing(observer)).toHaveLength(5)
      }, 120_000)

      it('add as many as a quota allows in one night, at one telescope', async () => {
        const [observer, site] = [newObserver(), newSite()]
        const added = await racing((of) => replaceWithin(7, of, { after: proposed({ observer, site }) }))
        expect(added.filter(Boolean)).toHaveLength(7)
        expect(await standing(observer)).toHaveLength(7)
      }, 120_000)

      it('never exceed a quota while others are removed', async () => {
        const observer = newObserver()
        const former = Array.from({ length: 5 }, (_, n) => newOne(observer, n))
        for (const after of former) await changing(store!, [{ after }])
        const added = await racing((of, n) => {
          const before = former[n / 4]
          // A change that removes one does not count.
          if (before) return changing(of, [{ before: { reservation: before, revision: 1 } }]).then(() => false)
          return replaceWithin(5, of, { after: newOne(observer, n) })
        })
        const ids = (await standing(observer)).map(({ reservation }) => reservation.id)
        expect(ids.length).toBe(added.filter(Boolean).length)
        expect(ids.length).toBeLessThanOrEqual(5)
        expect(former.filter(({ id }) => ids.includes(id))).toEqual([])
      }, 120_000)

      it('move as many as a quota allows into one night', async () => {
        const observer = newObserver()
        const night = { start: on(20, '00:00'), end: on(20, '12:00') }
        const former = Array.from({ length: 64 }, (_, n) => newOne(observer, n % 8))
        for (const batch of chunksOf(former, store!.maxBatch))
          await changing(
            store!,
            batch.map((after) => ({ after })),
          )
        const moved = await racing((of, n) => {
          const [before, start] = [former[n]!, night.start + (n % 10) * HOUR]
          return replaceWithin(3, of, { before, after: { ...before, start, end: start + HOUR } }, night)
        })
        expect(moved.filter(Boolean)).toHaveLength(3)
        const there = (await standing(observer)).filter(({ reservation }) => reservation.start >= night.start)
        expect(there).toHaveLength(3)
        expect(await standing(observer)).toHaveLength(64)
      }, 120_000)
    })

    it('has none for services', async () => {
      const [observer, site] = ['service:scheduler', newSite()]
      await changing(store!, [{ after: proposed({ observer, site }) }])
      expect(await seen([observer])).toEqual([])
    })

    describe('rules that were overridden', () => {
      it('are in the history, and in the archive', async () => {
        const [one, two] = [proposed({ site: newSite() }), proposed({ site: newSite() })]
        const overridden = ['horizon', 'hours_per_night']
        const origin = { at: TODAY, by: 'auth0|grace', via: 'reserve' } as const
        await store!.change({ ids: [one.id, two.id] }, () => ({
          changes: [
            { after: one, ...origin, overridden },
            { after: two, ...origin, overridden: [] },
          ],
          answer: undefined,
        }))
        const histories = await Promise.all([one, two].map(({ id }) => store!.history(id)))
        expect(histories).toMatchObject([[{ overridden }], [{ overlapping: [] }]])
        expect(histories[1]![0]).not.toHaveProperty('overridden')

        const entry = await entryOf(store!, one.id)
        const [target, second] = await open()
        await target.archive.importAll([entry])
        await target.archive.finalize()
        expect(await entryOf(target, one.id)).toEqual(entry)
        expect(await target.history(one.id)).toEqual(histories[0])
        await Promise.all([target.close(), second.close()])
      })
    })
  })
}

/**
 * Adds or moves a reservation, if its observer has fewer than `quota` that start in an interval.
 * @returns whether it was allowed
 */
function replaceWithin(
  quota: number,
  store: Store,
  { before, after }: { readonly before?: Reservation; readonly after: Reservation },
  during = { start: TODAY, end: TODAY + 365 * DAY },
): Promise<boolean> {
  const scope = {
    ids: [after.id],
    windows: () => windowsOf(after, new Map()),
    observers: () => [{ observer: after.observer, endingFrom: during.start }],
  }
  return store.change(scope, ({ ofObservers }) => {
    const counted = ofObservers.filter(
      ({ id, start }) => id !== before?.id && start >= during.start && start < during.end,
    )
    if (counted.length > quota) throw new Error(`There are ${counted.length}, and ${quota} are allowed.`)
    if (counted.length === quota) return { changes: [], answer: false }
    const stored = before && { before: { reservation: before, revision: 1 } }
    return { changes: [{ ...stored, after, at: TODAY, by: after.observer, via: 'reserve' }], answer: true }
  })
}

let observers = 0
let sites = 0
const newObserver = () => `auth0|observer ${++observers}`
const newSite = () => `quota${++sites}`

const sorted = (outlines: readonly Outline[]) => outlines.toSorted((a, b) => (a.id < b.id ? -1 : 1))

async function entryOf(store: Store, id: string): Promise<ArchiveEntry> {
  for await (const entry of store.archive.entries()) if (entry.id === id) return entry
  throw new Error(`The store holds nothing under ${id}.`)
}
