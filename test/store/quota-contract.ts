import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { MAX_OF_OBSERVERS, type ArchiveEntry, type Outline, type Store } from '../../src/store/port.ts'
import { changing, on, proposed, TODAY } from '../context.ts'

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
    const seen = (observers: readonly string[], endingFrom = TODAY) =>
      store!.change(
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
        const many = Array.from({ length: MAX_OF_OBSERVERS + 1 }, (_, n) => proposed({ observer, site, ...minute(n) }))
        await fill(store!, many)
        await expect(seen([observer])).rejects.toMatchObject({
          code: 'too_large',
          message: expect.stringMatching(/^Error: a rule counts the observer's reservations/),
        })
        expect(await seen([observer], many[0]!.end + 1)).toHaveLength(MAX_OF_OBSERVERS)
      }, 120_000)
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

let observers = 0
let sites = 0
const newObserver = () => `auth0|observer ${++observers}`
const newSite = () => `quota${++sites}`

const outlineOf = ({ id, site, start, end, observer, kind }: Reservation): Outline => ({
  id,
  site,
  start,
  end,
  observer,
  kind,
})
const sorted = (outlines: readonly Outline[]) => outlines.toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Makes many reservations, as a migration does. */
async function fill(store: Store, reservations: readonly Reservation[]): Promise<void> {
  for (let from = 0; from < reservations.length; from += store.bulk.size)
    await changing(
      store,
      reservations.slice(from, from + store.bulk.size).map((after) => ({ after })),
    )
}

async function entryOf(store: Store, id: string): Promise<ArchiveEntry> {
  for await (const entry of store.archive.entries()) if (entry.id === id) return entry
  throw new Error(`The store holds nothing under ${id}.`)
}
