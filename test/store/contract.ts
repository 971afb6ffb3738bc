import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import fc from 'fast-check'
import { type Viewer, viewerOf, visibleTo } from '../../src/domain/access.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { DAY, HOUR, type Interval, MINUTE, overlaps } from '../../src/domain/interval.ts'
import type { OutboxMessage } from '../../src/domain/outbox-message.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import {
  MAX_EVENT_BYTES,
  type Reference,
  type Reservation,
  type Revision,
  type Stored,
} from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { readHistory } from '../../src/service/history.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { digestOf } from '../../src/store/archive-entry.ts'
import { slotOf } from '../../src/store/slot.ts'
import { chunksOf, yieldToEventLoop } from '../../src/concurrency.ts'
import type { ArchiveEntry, Outline, HistoryRange, Query, Store } from '../../src/store/port.ts'
import { eventOf } from '../../src/wire/event.ts'
import { entriesOf, FIXTURE_ENTRIES, fillStore } from '../fixtures.ts'
import { emptied, joined, waiting, toProjects } from '../outbox.ts'
import {
  ada,
  bo,
  changing,
  from,
  grace,
  on,
  outlineOf,
  type TestWorld,
  TODAY,
  asItIs,
  proposed,
  worldOf,
} from '../context.ts'

/**
 * The contract of every store. The tests share one store, each with its own sites, since opening one may be slow.
 *
 * @param open opens an empty store, which the suite closes
 * @param effort the fraction of the random trials to run, smaller for a slow store
 */
export function storeContract(name: string, open: () => Promise<Store>, effort = 1): void {
  describe(`a store (${name})`, () => {
    let store: Store
    let context: TestWorld
    beforeAll(async () => {
      store = await open()
      // Sites of unknown location: free dark time is not the store's concern.
      context = worldOf(store, { sites: new Map() })
    })
    afterAll(() => store.close())

    const make = (overrides: Parameters<typeof proposed>[0]) =>
      reserve(proposed(overrides), overrides?.by ?? ada, { override: false }, context)
    const amending = (reference: Reference, change: (before: Reservation) => Reservation, by: Actor = ada) =>
      amend({ reference, change, override: false }, by, context)
    const amendStart = (id: string, start: number, by: Actor = ada) =>
      amending({ id }, (before) => ({ ...before, start, end: start + HOUR }), by)

    describe('finding and listing', () => {
      it('returns what was written, to the last field', async () => {
        const overrides = proposed({
          site: freshSite(),
          kind: 'project',
          project: { name: 'M 31 #2 “LRGB”', createdAt: '2030-01-01T00:00:00Z' },
          priority: 'time_critical',
          note: 'seeing < 2″; it’s \\fine\n',
          extra: { rate: 0.1, nothing: null, deep: [{ list: [1, 2.5e-7, 'three'] }], 'odd key': true },
        })
        await put(store, overrides)
        expect(await store.find(overrides.id)).toEqual([{ reservation: overrides, revision: 1 }])
        expect(await store.list({ sites: [overrides.site], during: overrides }, asItIs)).toEqual([
          { reservation: overrides, revision: 1 },
        ])
      })

      it('finds nothing under an unknown id', async () => {
        expect(await store.find('nobody')).toEqual([])
        expect(await store.history('nobody')).toEqual([])
      })

      it('finds the slots of the rows under each of many ids, and none under the others', async () => {
        const site = freshSite()
        const ids = Array.from({ length: 60 }, (_, n) => `${site}-${n}`)
        const projectOf = (n: number) =>
          [undefined, { name: 'M31#', createdAt: '2030' }, { name: '\ud800', createdAt: '2030' }][n % 3]
        const created = ids
          .filter((_, n) => n % 3 !== 0)
          .map((id, n) =>
            proposed({ id, site, start: TODAY + n * HOUR, end: TODAY + (n + 1) * HOUR, project: projectOf(n) }),
          )
        await putAll(store, created)
        await cancel({ reference: { id: created[0]!.id } }, ada, worldOf(store))
        await put(store, { ...created[1]!, start: on(20, '01:00'), end: on(20, '02:00') })
        const strange = ["'; DROP TABLE", 'calendar#outbox', '?', created[2]!.id.toUpperCase()]
        const found = await store.slotsUnder([...ids, ...strange])
        expect([...found.keys()].toSorted()).toEqual([...ids, ...strange].toSorted())
        for (const id of [...ids, ...strange]) expect(found.get(id)).toEqual((await store.find(id)).map(slotOf))
        expect(found.get(created[1]!.id)).toHaveLength(2)
        expect(await store.slotsUnder([])).toEqual(new Map())
      })

      it.each([
        ['ends as the window starts', '01:00', '02:00', false],
        ['reaches a second into it', '01:00', '02:00:01', true],
        ['lies within', '02:10', '02:20', true],
        ['is the window itself', '02:00', '03:00', true],
        ['spans it', '01:00', '04:00', true],
        ['starts in its last second', '02:59:59', '04:00', true],
        ['starts as it ends', '03:00', '04:00', false],
      ])('lists what overlaps a window: what %s', async (_, start, end, listed) => {
        const site = freshSite()
        const seconds = (time: string) => on(9, time.slice(0, 5)) + Number(time.slice(6))
        await put(store, proposed({ site, start: seconds(start), end: seconds(end) }))
        expect(await store.list({ sites: [site], during: from(9, '02:00', '03:00') }, asItIs)).toHaveLength(
          listed ? 1 : 0,
        )
      })

      it('lists by start, then id, at all given sites, each reservation once', async () => {
        const [here, there, elsewhere] = [freshSite(), freshSite(), freshSite()]
        const late = proposed({ id: `${here}-a`, site: here, start: on(9, '05:00') })
        const atOnce = { start: on(9, '03:00') }
        const twoAtOnce = [
          proposed({ id: `${here}-c`, site: there, ...atOnce }),
          proposed({ id: `${here}-b`, site: here, ...atOnce }),
        ]
        for (const one of [late, ...twoAtOnce, proposed({ site: elsewhere })]) await put(store, one)
        const listed = await store.list({ sites: [here, there, here, 'nowhere'], during: day }, asItIs)
        expect(idsOf(listed)).toEqual([`${here}-b`, `${here}-c`, `${here}-a`])
      })

      it('distinguishes sites by case', async () => {
        const site = `${freshSite()}x`
        await put(store, proposed({ site }))
        expect(await store.list({ sites: [site.toUpperCase()], during: day }, asItIs)).toEqual([])
      })

      it("lists an observer's by end, from those that end at an instant on", async () => {
        const [site, observer] = [freshSite(), `observer of ${freshSite()}`]
        const ending = (id: string, time: string, start = '01:00') =>
          proposed({ id: `${site}-${id}`, site, observer, start: on(9, start), end: on(9, time) })
        const past = ending('past', '01:59')
        const others = [ending('c', '04:00', '02:00'), ending('b', '04:00', '03:00'), ending('a', '02:00')]
        for (const one of [past, ...others]) await put(store, one)
        await put(store, proposed({ site, start: on(9, '03:00') }))
        expect(idsOf(await store.list({ observer, endingFrom: on(9, '02:00') }, asItIs))).toEqual([
          `${site}-a`,
          `${site}-b`,
          `${site}-c`,
        ])
        expect(await store.list({ observer, endingFrom: on(9, '04:00') + 1 }, asItIs)).toEqual([])
      })

      it('lists what a naive search finds, for intervals of any length', async () => {
        await fc.assert(
          fc.asyncProperty(intervals(8), intervals(6), async (kept, windows) => {
            const site = freshSite()
            const observer = `observer of ${site}`
            const reservations = kept.map((interval, index) =>
              proposed({ ...interval, id: `${site}-${index}`, site, observer }),
            )
            await putAll(store, reservations, store.maxBatch)
            for (const during of windows) {
              const overlapping = reservations.filter((one) => overlaps(one, during)).toSorted(by('start'))
              expect(idsOf(await store.list({ sites: [site], during }, asItIs))).toEqual(
                overlapping.map(({ id }) => id),
              )
              const ending = reservations.filter((one) => one.end >= during.start).toSorted(by('end'))
              expect(idsOf(await store.list({ observer, endingFrom: during.start }, asItIs))).toEqual(
                ending.map(({ id }) => id),
              )
            }
          }),
          { numRuns: Math.ceil(60 * effort) },
        )
      }, 120_000)

      it('yields every reservation while others are written', async () => {
        const site = freshSite()
        const created = Array.from({ length: 12 }, (_, hour) => proposed({ site, start: TODAY + hour * HOUR }))
        await putAll(store, created)
        const seen: string[] = []
        for await (const { reservation } of store.all()) {
          if (reservation.site !== site) continue
          seen.push(reservation.id)
          if (seen.length === 1) await make({ site: freshSite() })
        }
        const inOrder = (ids: string[]) => ids.toSorted((a, b) => (a < b ? -1 : 1))
        expect(inOrder(seen)).toEqual(inOrder(created.map(({ id }) => id)))
      })

      it('reports that it is healthy', async () => {
        await expect(store.ping()).resolves.toBeUndefined()
      })
    })

    describe('lists as bytes', () => {
      const read = async (query: Query, viewer: Viewer): Promise<unknown> =>
        JSON.parse(new TextDecoder().decode(await store.listBytes(query, viewer)))
      const everyone = { stranger: viewerOf(anonymous), ada: viewerOf(ada), bo: viewerOf(bo), admin: viewerOf(grace) }

      it.each(Object.entries(everyone))('are the list as JSON, masked for: %s', async (_, viewer) => {
        const site = freshSite()
        await put(store, proposed({ site, extra: { email: 'kept@as.it.is', rate: 0.1 } }))
        await put(store, proposed({ by: bo, site, start: on(9, '05:00'), title: 'no address in it' }))
        await put(
          store,
          proposed({ by: bo, site, start: on(9, '07:00'), creator: 'Bo', title: 'write to bo@example.org' }),
        )
        for (const query of [
          { sites: [site], during: day },
          { observer: bo.id, endingFrom: TODAY },
        ]) {
          const listed = await store.list(query, asItIs)
          expect(listed.length).toBeGreaterThan(1)
          expect(await read(query, viewer)).toEqual(
            listed.map(({ reservation }) => eventOf(visibleTo(viewer, reservation))),
          )
        }
      })

      it('show a name unmasked to its observer and admins, and masked to everybody else', async () => {
        const site = freshSite()
        await make({ site })
        const creatorsSeenBy = async (viewer: Viewer) =>
          ((await read({ sites: [site], during: day }, viewer)) as { creator: string }[]).map(({ creator }) => creator)
        expect(await creatorsSeenBy(everyone.stranger)).toEqual(['ada'])
        expect(await creatorsSeenBy(everyone.bo)).toEqual(['ada'])
        expect(await creatorsSeenBy(everyone.ada)).toEqual(['ada@example.org'])
        expect(await creatorsSeenBy(everyone.admin)).toEqual(['ada@example.org'])
      })

      it('are an empty list without reservations', async () => {
        expect(await read({ sites: [freshSite()], during: day }, everyone.stranger)).toEqual([])
        expect(await read({ sites: [], during: day }, everyone.stranger)).toEqual([])
        expect(await read({ observer: 'nobody', endingFrom: 0 }, everyone.admin)).toEqual([])
      })
    })

    describe('outlines and planned reservations', () => {
      const outlined = async (site: string, during: Interval) => {
        const found: Outline[] = []
        for await (const chunk of store.outlines({ site, during })) found.push(...chunk)
        return found.toSorted((a, b) => (a.id < b.id ? -1 : 1))
      }

      it('contain observer and kind', async () => {
        const site = freshSite()
        const inIt = [
          proposed({ id: `${site}-a`, site }),
          proposed({
            id: `${site}-b`,
            by: grace,
            site,
            kind: 'maintenance',
            start: on(1, '00:00'),
            end: on(20, '00:00'),
          }),
        ]
        for (const one of [...inIt, proposed({ site, start: on(9, '04:00') }), proposed({ site: freshSite() })])
          await put(store, one)
        expect(await outlined(site, from(9, '03:30', '04:00'))).toEqual(inIt.map(outlineOf))
        expect(await outlined(site, from(25, '03:30', '04:00'))).toEqual([])
      })

      it('are current after a change', async () => {
        const { reservation } = await make({ site: freshSite() })
        await amending({ id: reservation.id }, (before) => ({ ...before, kind: 'maintenance' }), grace)
        expect(await outlined(reservation.site, reservation)).toEqual([
          { ...outlineOf(reservation), kind: 'maintenance' },
        ])
      })

      it('find only what the LCO scheduler has planned', async () => {
        const site = freshSite()
        const lco = (id: string, start: number, end: number, overrides = {}) =>
          proposed({ id: `${site}-${id}`, site, origin: 'lco', start, end, ...overrides })
        const [before, at, early, late] = [
          lco('before', TODAY, TODAY + 99),
          lco('at', TODAY + 100, TODAY + 200),
          lco('early', TODAY + 101, TODAY + 150),
          lco('late', TODAY + 101, TODAY + 151),
        ]
        for (const one of [
          before,
          at,
          early,
          late,
          lco('ptr', TODAY + 101, TODAY + 300, { origin: 'ptr' }),
          lco('else', TODAY + 101, TODAY + 300, { site: freshSite() }),
        ])
          await put(store, one)
        const planned = async (endingAfter: number) => {
          const ids: string[] = []
          for await (const chunk of store.planned({ site, startingAfter: TODAY + 100, endingAfter })) ids.push(...chunk)
          return ids.toSorted()
        }
        expect(await planned(0)).toEqual([early.id, late.id])
        expect(await planned(TODAY + 150)).toEqual([late.id])
      })
    })

    it('numbers the next revision of each of several ids, of deleted ones too', async () => {
      const site = freshSite()
      const ids: string[] = []
      for (const hour of [1, 2, 3, 4]) ids.push((await make({ site, start: TODAY + hour * HOUR })).reservation.id)
      const [kept, edited, gone, again] = ids as [string, string, string, string]
      await amending({ id: edited }, (before) => ({ ...before, note: 'n' }))
      for (const id of [gone, again]) await cancel({ reference: { id } }, ada, context)
      await restore({ id: again, number: 1, override: false }, ada, context)
      const asked = [kept, edited, gone, again, `${gone}-never`]
      const numbers = await store.change({ ids: asked }, (snapshot) => ({
        changes: [],
        answer: asked.map((id) => snapshot.nextRevision(id)),
      }))
      expect(numbers).toEqual([2, 3, 3, 4, 1])
    })

    describe('a long list', () => {
      /** One reservation an hour, with at least the given number of bytes together. */
      const fill = async (site: string, count: number, bytes: number, overrides: Partial<Reservation> = {}) => {
        const created = Array.from({ length: count }, (_, n) =>
          proposed({
            id: `${site}-${String(n).padStart(3, '0')}`,
            site,
            start: TODAY + n * HOUR,
            extra: { padding: 'p'.repeat(bytes / count) },
            ...overrides,
          }),
        )
        await putAll(store, created)
        return created
      }
      const march = { start: TODAY, end: TODAY + 30 * DAY }
      const idsIn = (bytes: Uint8Array) =>
        (JSON.parse(new TextDecoder().decode(bytes)) as { event_id: string }[]).map(({ event_id: id }) => id)

      it('is complete and sorted for every viewer, and does not block the event loop', async () => {
        const [site, observer] = [freshSite(), `observer of ${freshSite()}`]
        const created = await fill(site, 80, 1_500_000, { observer })
        const expected = (viewer: Viewer) =>
          `[${created.map((one) => JSON.stringify(eventOf(visibleTo(viewer, one)))).join(',')}]`
        let turns = 0
        const counting = setInterval(() => (turns += 1), 0)
        for (const query of [
          { sites: [site], during: march },
          { observer, endingFrom: TODAY },
        ]) {
          for (const viewer of [viewerOf(anonymous), viewerOf(grace)]) {
            const before = turns
            const bytes = new TextDecoder().decode(await store.listBytes(query, viewer))
            expect(bytes === expected(viewer)).toBe(true)
            expect(turns - before).toBeGreaterThan(1)
          }
          expect(idsOf(await store.list(query, asItIs))).toEqual(created.map(({ id }) => id))
        }
        clearInterval(counting)
      })

      it('of an observer is sorted by the ends, whatever the starts', async () => {
        const [site, observer] = [freshSite(), `observer of ${freshSite()}`]
        const nested = Array.from({ length: 8 }, (_, n) =>
          proposed({
            site,
            observer,
            start: TODAY + n * HOUR,
            end: TODAY + (20 - n) * HOUR,
            extra: { padding: 'p'.repeat(1_500_000 / 8) },
          }),
        )
        await putAll(store, nested)
        const expected = nested.map(({ id }) => id).toReversed()
        const query = { observer, endingFrom: TODAY }
        expect(idsOf(await store.list(query, asItIs))).toEqual(expected)
        expect(idsIn(await store.listBytes(query, viewerOf(grace)))).toEqual(expected)
      })

      it('is not read if the limit is below a long list', async () => {
        const [site, few] = [freshSite(), freshSite()]
        await fill(site, 80, 1_500_000)
        const query = { sites: [site], during: march }
        const outcome = vi.fn()
        void store.listBytes(query, viewerOf(anonymous), 256_000).then(outcome, outcome)
        await vi.waitUntil(
          () => {
            expect(store.longLists.active() + store.longLists.waiting()).toBe(0)
            return outcome.mock.calls.length > 0
          },
          { interval: 1, timeout: 10_000 },
        )
        expect(outcome).toHaveBeenCalledWith(expect.objectContaining({ code: 'too_large' }))
        await fill(few, 3, 6000)
        const short = { sites: [few], during: march }
        const { length } = await store.listBytes(short, viewerOf(grace))
        expect(await store.listBytes(short, viewerOf(grace), length)).toHaveLength(length)
        await expect(store.listBytes(short, viewerOf(grace), length - 1)).rejects.toMatchObject({ code: 'too_large' })
      })

      it('is consistent while others write', async () => {
        const site = freshSite()
        const created = await fill(site, 80, 1_500_000)
        const last = created.at(-1)!
        for (const to of [TODAY - HOUR, TODAY + 100 * HOUR, TODAY + 5 * MINUTE]) {
          const [bytes] = await Promise.all([
            store.listBytes({ sites: [site], during: { start: TODAY - DAY, end: march.end } }, viewerOf(grace)),
            yieldToEventLoop().then(() =>
              amending({ id: last.id }, (before) => ({ ...before, start: to, end: to + MINUTE })),
            ),
          ])
          expect(idsIn(bytes).toSorted()).toEqual(created.map(({ id }) => id))
        }
      })

      it('is rejected if its events are more than 8 MB, with advice', async () => {
        const site = freshSite()
        const created = await fill(site, 140, 8_000_000)
        await expect(store.list({ sites: [site], during: march }, asItIs)).rejects.toMatchObject({
          code: 'too_large',
          message: expect.stringContaining('8 MB'),
        })
        expect(idsIn(await store.listBytes({ sites: [site], during: march }, viewerOf(grace)))).toEqual(
          created.map(({ id }) => id),
        )
        expect(store.longLists.active()).toBe(0)
      }, 120_000)
    })

    describe('concurrent writers', () => {
      it('let exactly one of 64 simultaneous observers have a night', async () => {
        const site = freshSite()
        const night = { start: on(9, '03:00'), end: on(9, '12:00') }
        const outcomes = await Promise.allSettled(
          Array.from({ length: 64 }, (_, index) => {
            const observer = { ...ada, id: `auth0|${site}-${index}` }
            return make({ by: observer, site, ...night })
          }),
        )
        const won = outcomes.filter((outcome) => outcome.status === 'fulfilled')
        expect(won).toHaveLength(1)
        const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
        for (const { reason } of lost) expect(reason).toMatchObject({ code: 'conflict' })
        expect(await store.list({ sites: [site], during: night }, asItIs)).toEqual([
          { reservation: won[0]?.value.reservation, revision: 1 },
        ])
      })

      it('never let two observers overlap, whatever they reserve', async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(aWant, { minLength: 2, maxLength: 16 }), async (expected) => {
            const site = freshSite()
            const outcomes = await Promise.allSettled(
              expected.map(({ from, length, by }) => {
                const start = TODAY + from * 30 * MINUTE
                return make({ by, site, start, end: start + length * 30 * MINUTE })
              }),
            )
            const listed = await store.list({ sites: [site], during: { start: TODAY, end: TODAY + 7 * DAY } }, asItIs)
            const stored = listed.map(({ reservation }) => reservation)
            expect(stored).toHaveLength(outcomes.filter(({ status }) => status === 'fulfilled').length)
            expect(stored.filter((one) => stored.some((other) => other !== one && conflicts(one, other)))).toEqual([])
          }),
          { numRuns: Math.ceil(25 * effort) },
        )
      }, 120_000)

      it('let exactly one of two simultaneous amendments have the time both move to', async () => {
        const site = freshSite()
        const adas = await make({ site, start: on(9, '01:00') })
        const bos = await make({ by: bo, site, start: on(9, '09:00') })
        const outcomes = await Promise.allSettled([
          amendStart(adas.reservation.id, on(9, '05:00')),
          amendStart(bos.reservation.id, on(9, '05:30'), bo),
        ])
        expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
        expect(await store.list({ sites: [site], during: from(9, '05:00', '07:00') }, asItIs)).toHaveLength(1)
        expect(await store.list({ sites: [site], during: day }, asItIs)).toHaveLength(2)
      })

      it('lose no amendment among many of one reservation', async () => {
        const { reservation } = await make({ site: freshSite(), extra: { count: 0 } })
        const countUp = (before: Reservation) => ({ ...before, extra: { count: Number(before.extra['count']) + 1 } })
        await Promise.all(Array.from({ length: 12 }, () => amending({ id: reservation.id }, countUp)))
        const counted = { ...reservation, extra: { count: 12 } }
        expect(await store.find(reservation.id)).toEqual([{ reservation: counted, revision: 13 }])
        expect((await store.history(reservation.id)).map(({ number }) => number)).toEqual(numbersTo(13))
      })

      it('create a reservation once if the same request arrives many times', async () => {
        const same = proposed({ site: freshSite() })
        const answers = await Promise.all(
          Array.from({ length: 12 }, () => reserve(same, ada, { override: false }, context)),
        )
        expect(answers).toEqual(answers.map(() => ({ reservation: same, revision: 1, overlapping: [] })))
        expect(await store.history(same.id)).toHaveLength(1)
      })
    })

    describe('a change', () => {
      it('sees the rows of its windows and ids, and derives windows from rows', async () => {
        const site = freshSite()
        const adas = await make({ site, start: on(9, '03:00') })
        const bos = await make({ by: bo, site, start: on(9, '05:00') })
        await make({ site, start: on(9, '07:00') })
        const { id } = adas.reservation
        await amendStart(id, on(9, '03:30'))
        const seen = await store.change(
          {
            ids: [id, 'nobody'],
            windows: (named) =>
              named(id).map((one) => ({ site, during: { start: one.reservation.end, end: on(9, '05:30') } })),
          },
          (stored) => ({
            changes: [],
            answer: {
              named: stored.rows(id).map(({ reservation, revision }) => [reservation.start, revision]),
              nobody: stored.rows('nobody'),
              numbers: stored.history(id).map(({ number }) => number),
              next: [stored.nextRevision(id), stored.nextRevision('nobody')],
              around: idsOf(stored.overlapping),
            },
          }),
        )
        expect(seen).toEqual({
          named: [[on(9, '03:30'), 2]],
          nobody: [],
          numbers: [1, 2],
          next: [3, 1],
          around: [bos.reservation.id],
        })
      })

      it('sees only the maintenance of an excluded observer', async () => {
        const site = freshSite()
        await make({ site })
        const closure = await make({ by: grace, site, kind: 'maintenance', start: on(9, '05:00') })
        await make({ by: grace, site, start: on(9, '07:00') })
        const seen = (exceptObserver?: string) =>
          store.change(
            { ids: [], windows: () => [{ site, during: day, exceptObserver }] },
            ({ overlapping, isComplete }) => ({ changes: [], answer: [idsOf(overlapping).length, isComplete] }),
          )
        expect(await seen()).toEqual([3, true])
        expect(await seen(ada.id)).toEqual([2, true])
        expect(await seen(grace.id)).toEqual([2, true])
        expect(
          await store.change(
            { ids: [], windows: () => [{ site, during: closure.reservation, exceptObserver: grace.id }] },
            ({ overlapping }) => ({ changes: [], answer: idsOf(overlapping) }),
          ),
        ).toEqual([closure.reservation.id])
      })

      it('with a limit may see only some overlaps, and sees whether there are more', async () => {
        const site = freshSite()
        const minute = (n: number) => ({ start: TODAY + n * MINUTE, end: TODAY + (n + 1) * MINUTE })
        await putAll(
          store,
          Array.from({ length: 300 }, (_, n) => proposed({ id: `${site}-${n}`, site, ...minute(n) })),
        )
        const seen = (limit?: number) =>
          store.change(
            {
              ids: [],
              windows: () => [{ site, during: { start: TODAY, end: TODAY + DAY } }],
              ...(limit !== undefined && { limit }),
            },
            ({ overlapping, isComplete }) => ({
              changes: [],
              answer: { count: overlapping.length, complete: isComplete },
            }),
          )
        expect(await seen()).toEqual({ count: 300, complete: true })
        const some = await seen(10)
        expect(some).toMatchObject({ complete: false })
        expect(some.count).toBeGreaterThanOrEqual(10)
        expect(some.count).toBeLessThan(300)
        const rejected = make({ by: bo, site, start: TODAY, end: TODAY + DAY })
        await expect(rejected).rejects.toMatchObject({ code: 'conflict', hasMore: true })
        const closure = await reserve(
          proposed({ by: grace, site, start: TODAY, end: TODAY + DAY, kind: 'maintenance' }),
          grace,
          { override: true },
          context,
        )
        expect(closure.overlapping).toHaveLength(300)
      }, 120_000)

      it('that throws writes nothing, and rethrows', async () => {
        const { reservation } = await make({ site: freshSite() })
        const bug = new TypeError('a bug')
        await expect(
          store.change({ ids: [reservation.id] }, () => {
            throw bug
          }),
        ).rejects.toBe(bug)
        expect(await store.find(reservation.id)).toEqual([{ reservation, revision: 1 }])
        expect(await store.history(reservation.id)).toHaveLength(1)
      })

      it('of several reservations is atomic', async () => {
        const site = freshSite()
        const { reservation, revision } = await make({ site })
        const others = [proposed({ site, start: on(9, '05:00') }), proposed({ site: freshSite() })]
        await changing(store, [{ before: { reservation, revision } }, ...others.map((after) => ({ after }))])
        expect(await store.find(reservation.id)).toEqual([])
        for (const other of others) expect(await store.find(other.id)).toEqual([{ reservation: other, revision: 1 }])
      })

      it('of several reservations writes nothing if one of them fails', async () => {
        // Of its own, since all messages are read.
        const alone = await open()
        onTestFinished(() => alone.close())
        const [one, taken] = [proposed(), proposed({ start: on(9, '05:00') })]
        await putAll(alone, [one, taken])
        const other = proposed({ start: on(9, '07:00') })
        const gone = { before: { reservation: one, revision: 1 } }
        // As a bug might do: a row whose place is taken already.
        const impossible = { after: { ...taken, note: 'over it' } }
        await expect(
          changing(alone, [gone, { after: other, messages: [joined(other.id)] }, impossible]),
        ).rejects.toThrow()
        const stored = await alone.list({ sites: [one.site], during: day }, asItIs)
        expect(idsOf(stored)).toEqual([one.id, taken.id])
        expect(await alone.find(taken.id)).toEqual([{ reservation: taken, revision: 1 }])
        expect(await alone.history(other.id)).toEqual([])
        expect(await alone.history(one.id)).toHaveLength(1)
        expect(await waiting(alone)).toEqual([])
      })

      it('can move a reservation to another site', async () => {
        const [here, there] = [freshSite(), freshSite()]
        const { reservation } = await make({ site: here })
        await amending({ id: reservation.id }, (before) => ({ ...before, site: there }))
        expect(await store.list({ sites: [here], during: reservation }, asItIs)).toEqual([])
        expect(idsOf(await store.list({ sites: [there], during: reservation }, asItIs))).toEqual([reservation.id])
      })
    })

    describe('history', () => {
      it('numbers revisions across deletion and restoring, with before and after', async () => {
        const { reservation } = await make({ site: freshSite() })
        const { id } = reservation
        context.time = TODAY + 10
        const moved = (await amendStart(id, on(9, '06:00'))).reservation
        context.time = TODAY + 20
        await cancel({ reference: { id } }, grace, context)
        context.time = TODAY + 30
        const back = await restore({ id, number: 1, override: false }, ada, context)
        context.time = TODAY

        const restored = { ...reservation, modified: TODAY + 30 }
        expect(back).toEqual({ reservation: restored, revision: 4, overlapping: [] })
        expect(await store.find(id)).toEqual([{ reservation: restored, revision: 4 }])
        expect(await store.history(id)).toEqual([
          {
            id,
            number: 1,
            at: TODAY,
            by: ada.id,
            via: 'reserve',
            before: undefined,
            after: reservation,
            overlapping: [],
          },
          {
            id,
            number: 2,
            at: TODAY + 10,
            by: ada.id,
            via: 'amend',
            before: reservation,
            after: moved,
            overlapping: [],
          },
          {
            id,
            number: 3,
            at: TODAY + 20,
            by: grace.id,
            via: 'cancel',
            before: moved,
            after: undefined,
            overlapping: [],
          },
          {
            id,
            number: 4,
            at: TODAY + 30,
            by: ada.id,
            via: 'restore',
            before: undefined,
            after: restored,
            overlapping: [],
          },
        ])
      })

      it('records the overlapping reservations', async () => {
        const site = freshSite()
        const first = await make({ site })
        const over = await reserve(proposed({ by: grace, site }), grace, { override: true }, context)
        expect((await store.history(over.reservation.id))[0]?.overlapping).toEqual([first.reservation.id])
      })

      it('does not let the id of a deleted reservation be used again', async () => {
        const { reservation } = await make({ site: freshSite() })
        await cancel({ reference: { id: reservation.id } }, ada, context)
        await expect(reserve(reservation, ada, { override: false }, context)).rejects.toMatchObject({
          code: 'conflict',
        })
        expect(await store.find(reservation.id)).toEqual([])
      })
    })

    describe('long histories', () => {
      /** An event with the given number of changes, each with the given number of bytes. */
      const changed = async (times: number, bytes = 0) => {
        const created = proposed({ site: freshSite() })
        await put(store, created)
        for (let n = 1; n < times; n += 1)
          await amending({ id: created.id }, (before) => ({ ...before, extra: { n, padding: 'p'.repeat(bytes) } }))
        return created.id
      }
      const numbersOf = (revisions: readonly Revision[]) => revisions.map(({ number }) => number)

      it('return any range, oldest first', async () => {
        const id = await changed(7)
        const parts: [HistoryRange, number[]][] = [
          [{}, [1, 2, 3, 4, 5, 6, 7]],
          [{ after: 4 }, [5, 6, 7]],
          [{ before: 3 }, [1, 2]],
          [{ after: 2, before: 6, limit: 2 }, [3, 4]],
          [{ limit: 1 }, [1]],
          [{ limit: 2, fromEnd: true }, [6, 7]],
          [{ before: 5, limit: 3, fromEnd: true }, [2, 3, 4]],
          [{ after: 7 }, []],
          [{ before: 1, fromEnd: true }, []],
          [{ after: 3, before: 4 }, []],
          [{ after: 9, before: 4 }, []],
        ]
        for (const [part, numbers] of parts) {
          expect(numbersOf(await store.history(id, part))).toEqual(numbers)
          const stored = await store.change({ ids: [id] }, (seen) => ({ changes: [], answer: seen.history(id, part) }))
          expect(stored).toEqual(await store.history(id, part))
        }
      })

      it('are read in small chunks that together are complete', async () => {
        const id = await changed(20, 60_000)
        for (const fromEnd of [false, true]) {
          const chunks: (readonly Revision[])[] = []
          for (let part: HistoryRange = {}; ;) {
            const chunk = await store.history(id, { ...part, fromEnd })
            if (chunk.length === 0) break
            chunks.push(chunk)
            part = fromEnd ? { before: chunk[0]!.number } : { after: chunk.at(-1)!.number }
          }
          expect(numbersOf((fromEnd ? chunks.toReversed() : chunks).flat())).toEqual(numbersTo(20))
          expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThan(15)
        }
      })

      it('do not impede a retry, a restore and an import', async () => {
        const id = await changed(20, 60_000)
        const [stored] = await store.find(id)
        const other = worldOf(store, { sites: new Map() })
        await expect(restore({ id, number: 3, override: false }, ada, other)).resolves.toMatchObject({
          reservation: { extra: { n: 2 } },
          revision: 21,
        })
        await expect(restore({ id, number: 99, override: false }, ada, other)).rejects.toMatchObject({
          code: 'not_found',
        })
        await expect(importRow(stored!.reservation, other)).resolves.toMatchObject({ outcome: 'already there' })
        await expect(make({ id, site: freshSite() })).rejects.toMatchObject({ code: 'conflict' })
        expect(numbersOf(await readHistory({ id, limit: 2 }, ada, other, asItIs))).toEqual([20, 21])
      })
    })

    describe('the size of an event', () => {
      const sizeOf = (one: Reservation) => Buffer.byteLength(JSON.stringify(eventOf(one)))
      /** Padded to a size with letters of two bytes. */
      const grown = (one: Reservation, size: number): Reservation => {
        const rest = size - sizeOf({ ...one, extra: { padding: '' } })
        return { ...one, extra: { padding: `${'é'.repeat(Math.floor(rest / 2))}${rest % 2 ? 'e' : ''}` } }
      }
      const growing = (size: number) => (before: Reservation) => grown(before, size)
      const tooLarge = { code: 'too_large', message: expect.stringContaining(String(MAX_EVENT_BYTES)) as string }

      it('is limited when it is created', async () => {
        const [largest, over] = [proposed({ site: freshSite() }), proposed({ site: freshSite() })]
        await expect(
          reserve(grown(over, MAX_EVENT_BYTES + 1), ada, { override: false }, context),
        ).rejects.toMatchObject(tooLarge)
        expect(await store.find(over.id)).toEqual([])
        await reserve(grown(largest, MAX_EVENT_BYTES), ada, { override: false }, context)
        expect(await store.find(largest.id)).toMatchObject([{ reservation: grown(largest, MAX_EVENT_BYTES) }])
      })

      it('is limited after any change, however small', async () => {
        const { reservation } = await make({ site: freshSite() })
        const { id } = reservation
        await amending({ id }, growing(MAX_EVENT_BYTES))
        await expect(amending({ id }, (before) => ({ ...before, note: 'n' }))).rejects.toMatchObject(tooLarge)
        await expect(attachProject({ name: 'M31', createdAt: '2030' }, [{ id }], grace, context)).rejects.toMatchObject(
          tooLarge,
        )
        expect(await store.find(id)).toMatchObject([{ reservation: grown(reservation, MAX_EVENT_BYTES), revision: 2 }])
        await amending({ id }, growing(MAX_EVENT_BYTES - 1))
        await amending({ id }, growing(MAX_EVENT_BYTES))
        await expect(amending({ id }, growing(MAX_EVENT_BYTES + 1))).rejects.toMatchObject(tooLarge)
      })

      it('of an imported one may stay or shrink', async () => {
        const taken = grown(proposed({ site: freshSite() }), 80_000)
        const { id } = taken
        await importRow(taken, context)
        expect(await store.find(id)).toMatchObject([{ reservation: taken }])
        await expect(amending({ id }, growing(80_001))).rejects.toMatchObject(tooLarge)
        await amending({ id }, (before) => ({ ...grown(before, 79_000), title: 'shorter' }))
        await amending({ id }, growing(1000))
        await amending({ id }, growing(80_000))
        await amending({ id }, growing(70_000))
        await cancel({ reference: { id } }, ada, context)
        await expect(restore({ id, number: 1, override: false }, ada, context)).resolves.toMatchObject({
          reservation: { extra: taken.extra },
        })
        await expect(amending({ id }, growing(80_001))).rejects.toMatchObject(tooLarge)
      })

      it.each([2, 7, 51])(
        'rejects a list of %i with one event that would be too large, and changes nothing',
        async (count) => {
          const site = freshSite()
          const created = Array.from({ length: count }, (_, n) => {
            const one = proposed({ site, start: TODAY + n * HOUR })
            return n === count - 1 ? grown(one, MAX_EVENT_BYTES) : one
          })
          await putAll(store, created)
          const ids = created.map(({ id }) => id)
          const m31 = { name: 'M31', createdAt: '2030' }
          await expect(
            attachProject(
              m31,
              ids.map((id) => ({ id })),
              grace,
              context,
            ),
          ).rejects.toMatchObject(tooLarge)
          for (const id of [ids[0]!, ids.at(-1)!])
            expect(await store.find(id)).toMatchObject([{ reservation: { project: undefined }, revision: 1 }])
          await attachProject(
            m31,
            ids.slice(0, -1).map((id) => ({ id })),
            grace,
            context,
          )
          expect(await store.find(ids[0]!)).toMatchObject([{ reservation: { project: m31 } }])
        },
      )
    })

    describe('the archive', () => {
      let source: Store
      let entries: Map<string, ArchiveEntry>
      let target: Store
      beforeAll(async () => {
        source = await open()
        await fillStore(source)
        entries = await entriesOf(source)
      })
      beforeEach(async () => {
        target = await open()
      })
      afterEach(() => target.close())
      afterAll(() => source.close())

      const all = () => [...entries.values()]
      const one = (id: string) => entries.get(id) as ArchiveEntry
      const takenOver = async () => {
        await target.archive.importAll(all())
        await target.archive.finalize()
        return worldOf(target, { sites: new Map() })
      }

      it('has one complete archive entry for each id, deleted ones included', async () => {
        expect([...entries.keys()]).toEqual(FIXTURE_ENTRIES.toSorted())
        for (const { id, reservations: stored, history } of all()) {
          expect(stored).toEqual(await source.find(id))
          expect(history).toEqual(await source.history(id))
        }
        expect(one('cancelled')).toMatchObject({
          reservations: [],
          history: [{ via: 'reserve' }, { via: 'cancel' }],
          messages: [],
        })
        expect(one('twins')).toMatchObject({ reservations: [{ revision: 1 }, { revision: 3 }] })
        expect(one('old-twins')).toMatchObject({ reservations: [{ revision: 0 }, { revision: 0 }], history: [] })
        const there = { revision: 4, writtenAt: TODAY - HOUR, attempts: 3, due: TODAY + 5 * MINUTE }
        expect(one('only-a-message')).toMatchObject({ reservations: [], history: [], messages: [there] })
        expect(
          one('told').messages.map(({ message, ...rest }) => [
            toProjects(message).action,
            toProjects(message).project.name,
            rest,
          ]),
        ).toEqual([
          ['remove-project-event', 'M 31 #2 “LRGB”', { revision: 2, writtenAt: TODAY + 3, attempts: 1, due: 0 }],
          ['add-project-event', 'M42', { revision: 2, writtenAt: TODAY + 3, attempts: 1, due: TODAY + 3 + 5 * MINUTE }],
        ])
      })

      it('is imported completely by an empty store', async () => {
        expect(await target.archive.importAll(all())).toBe(FIXTURE_ENTRIES.length)
        expect(await entriesOf(target)).toEqual(entries)
        await target.archive.finalize()
        expect(await entriesOf(target)).toEqual(entries)
        // `toEqual` ignores a key `__proto__`.
        for (const [id, there] of await entriesOf(target)) expect(digestOf(there)).toEqual(digestOf(one(id)))
      })

      it('skips entries it has already, after an interrupted or complete migration', async () => {
        expect(await target.archive.importAll(all().slice(0, 5))).toBe(5)
        expect(await target.archive.importAll(all())).toBe(FIXTURE_ENTRIES.length - 5)
        expect(await target.archive.importAll(all())).toBe(0)
        await target.archive.finalize()
        expect(await target.archive.importAll(all())).toBe(0)
        await target.archive.finalize()
        expect(await entriesOf(target)).toEqual(entries)
      })

      const differing: [string, (id: string) => ArchiveEntry][] = [
        [
          'amended',
          (id) => ({ ...one(id), history: one(id).history.map((revision) => ({ ...revision, at: revision.at + 1 })) }),
        ],
        ['odd', (id) => ({ ...one(id), reservations: [] })],
        ['old', (id) => ({ ...one(id), reservations: one(id).reservations.map((row) => ({ ...row, revision: 1 })) })],
        ['twins', (id) => ({ ...one(id), reservations: one(id).reservations.slice(1) })],
        ['told', (id) => ({ ...one(id), messages: one(id).messages.slice(0, 1) })],
        [
          'only-a-message',
          (id) => ({ ...one(id), messages: one(id).messages.map((pending) => ({ ...pending, attempts: 4 })) }),
        ],
      ]
      it.each(differing)(
        'rejects a different archive entry of an id, and writes none of the batch: %s',
        async (id, other) => {
          await target.archive.importAll([one(id)])
          await expect(target.archive.importAll([one('made'), other(id), one('lco')])).rejects.toMatchObject({
            code: 'conflict',
            message: expect.stringContaining(id),
          })
          expect(await entriesOf(target)).toEqual(new Map([[id, one(id)]]))
        },
      )

      it('imports lists unchanged for every viewer', async () => {
        const other = await takenOver()
        const during = { start: TODAY, end: TODAY + 365 * DAY }
        const places: Query[] = FIXTURE_ENTRIES.map((site) => ({ sites: [site], during }))
        const queries = [...places, ...[ada, bo, grace].map(({ id }) => ({ observer: id, endingFrom: TODAY }))]
        for (const query of queries) {
          expect(await other.store.list(query, asItIs)).toEqual(await source.list(query, asItIs))
          const bytes = await Promise.all([source, target].map((store) => store.listBytes(query, viewerOf(anonymous))))
          const [before, after] = bytes.map((text) => JSON.parse(new TextDecoder().decode(text)) as unknown)
          expect(after).toEqual(before)
        }
      })

      it('keeps ids of deleted reservations taken, and rejects conflicts, after an import', async () => {
        const other = await takenOver()
        const bos = (overrides: Partial<Reservation>) =>
          reserve(proposed({ by: bo, ...overrides }), bo, { override: false }, other)
        for (const id of ['cancelled', 'no-twin-left', 'old-cancelled']) {
          await expect(bos({ id, site: freshSite() })).rejects.toMatchObject({ code: 'conflict' })
        }
        for (const site of ['made', 'there', 'restored', 'old-twins', 'old-closure']) {
          const start = site === 'there' ? on(10, '02:00') : site === 'old-twins' ? TODAY + 8 * HOUR : on(9, '03:00')
          await expect(bos({ site, start })).rejects.toMatchObject({ code: 'conflict' })
        }
        await expect(bos({ site: 'cancelled' })).resolves.toMatchObject({ revision: 1 })
      })

      it('continues histories after an import', async () => {
        const other = await takenOver()
        const note = (before: Reservation) => ({ ...before, note: 'from here on' })
        expect(await restore({ id: 'cancelled', number: 1, override: false }, ada, other)).toMatchObject({
          revision: 3,
        })
        expect(await amend({ reference: { id: 'amended' }, change: note, override: false }, ada, other)).toMatchObject({
          revision: 5,
        })
        expect(await amend({ reference: { id: 'old' }, change: note, override: false }, ada, other)).toMatchObject({
          revision: 1,
        })
        const late = { id: 'twins', start: on(9, '08:00') }
        expect(await amend({ reference: late, change: note, override: false }, ada, other)).toMatchObject({
          revision: 4,
        })
        expect((await target.history('twins')).map(({ number }) => number)).toEqual([1, 2, 3, 4])
      })

      it('delivers pending messages after an import', async () => {
        const { store } = await takenOver()
        expect(await store.outbox.backlog()).toEqual({ depth: 4, oldest: TODAY - HOUR })
        const toldOf = (messages: readonly OutboxMessage[]) =>
          messages
            .map(toProjects)
            .map(({ action, project, reservation }) => `${reservation}: ${action} ${project.name}`)
            .toSorted()
        expect(toldOf(await emptied(store, TODAY + 5 * MINUTE - 1))).toEqual([
          'told-of-the-end: remove-project-event M 31 #2 “LRGB”',
          'told: remove-project-event M 31 #2 “LRGB”',
        ])
        expect(toldOf(await emptied(store, TODAY + 5 * MINUTE + 3))).toEqual([
          'only-a-message: remove-project-event NGC 7000',
          'told: add-project-event M42',
        ])
        expect(await store.outbox.backlog()).toEqual({ depth: 0, oldest: undefined })
      })
    })

    describe('duplicate rows, as the original allowed', () => {
      const duplicates = async () => {
        const early = proposed({ site: freshSite(), start: on(9, '02:00') })
        const late = { ...early, start: on(9, '08:00'), end: on(9, '09:00') }
        await put(store, early)
        await put(store, late)
        return { id: early.id, early, late }
      }
      const startsOf = async (id: string) => (await store.find(id)).map(({ reservation }) => reservation.start)

      it('are both found, and selected by start', async () => {
        const { id, early, late } = await duplicates()
        expect((await store.find(id)).map(({ reservation }) => reservation)).toEqual([early, late])
        await expect(cancel({ reference: { id } }, ada, context)).rejects.toMatchObject({ code: 'malformed' })
        await amending({ id, start: late.start }, (before) => ({ ...before, note: 'this one' }))
        expect((await store.find(id)).map(({ reservation }) => reservation.note)).toEqual(['', 'this one'])
        await cancel({ reference: { id, start: early.start } }, ada, context)
        expect(await startsOf(id)).toEqual([late.start])
      })

      it('are restored by the revision of one of them', async () => {
        const { id, early, late } = await duplicates()
        await amending({ id, start: late.start }, (before) => ({ ...before, ...from(9, '10:00', '11:00') }))
        await cancel({ reference: { id, start: early.start } }, ada, context)
        await restore({ id, number: 2, override: false }, ada, context)
        expect(await startsOf(id)).toEqual([late.start])
        await restore({ id, number: 1, override: false }, ada, context)
        expect(await startsOf(id)).toEqual([early.start, late.start])
      })

      it('are distinguished after both were deleted', async () => {
        const { id, early, late } = await duplicates()
        await cancel({ reference: { id, start: early.start } }, ada, context)
        await cancel({ reference: { id, start: late.start } }, ada, context)
        await restore({ id, number: 2, override: false }, ada, context)
        await restore({ id, number: 1, override: false }, ada, context)
        expect(await startsOf(id)).toEqual([early.start, late.start])
      })

      it('never get the same start', async () => {
        const { id, early, late } = await duplicates()
        const onto = (start: number) => (before: Reservation) => ({ ...before, start, end: start + HOUR })
        await expect(amending(early, onto(late.start))).rejects.toMatchObject({ code: 'conflict' })
        await amending(early, onto(on(9, '05:00')))
        await amending(late, onto(early.start))
        await expect(restore({ id, number: 1, override: false }, ada, context)).rejects.toMatchObject({
          code: 'conflict',
        })
        expect(await startsOf(id)).toEqual([early.start, on(9, '05:00')])
      })
    })
  })
}

/** The day of most reservations in these tests. */
const day = from(9, '00:00', '12:00')

let sites = 0
const freshSite = () => `site-${++sites}`

const idsOf = (listed: readonly Stored[]) => listed.map(({ reservation }) => reservation.id)
const numbersTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

/** Sorted by start or end, then id. */
const by = (edge: 'start' | 'end') => (a: Reservation, b: Reservation) => a[edge] - b[edge] || (a.id < b.id ? -1 : 1)

/** From five minutes to more than five years, on a grid so coarse that edges meet. */
const anInterval: fc.Arbitrary<Interval> = fc
  .record({
    start: fc.integer({ min: -400, max: 400 }).map((step) => TODAY + step * 30 * MINUTE),
    length: fc.oneof(
      fc.constantFrom(5 * MINUTE, 30 * MINUTE, HOUR, HOUR + 1, 2 * HOUR, DAY, 7 * DAY, 400 * DAY, 5 * 365 * DAY),
      fc.integer({ min: 1, max: 60 }).map((steps) => steps * 30 * MINUTE),
      fc.integer({ min: 1, max: 6 * 365 * DAY }),
    ),
  })
  .map(({ start, length }) => ({ start, end: start + length }))

const intervals = (max: number) => fc.array(anInterval, { minLength: 1, maxLength: max })

/** Random reservations of observers, in half hours from today. */
const aWant = fc.record({ from: fc.nat(48), length: fc.integer({ min: 1, max: 12 }), by: fc.constantFrom(ada, bo) })

const put = (store: Store, reservation: Reservation) => changing(store, [{ after: reservation }])

/** Puts reservations that are neighbours, in few changes. */
async function putAll(store: Store, reservations: readonly Reservation[], most = store.bulk.size): Promise<void> {
  for (const some of chunksOf(reservations, most))
    await changing(
      store,
      some.map((after) => ({ after })),
    )
}
