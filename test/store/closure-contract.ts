import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { viewerOf, visibleTo, type Viewer } from '../../src/domain/access.ts'
import { type Conflict, conflicts } from '../../src/domain/conflict.ts'
import { DAY, HOUR, type Interval } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { MAX_MAINTENANCE_DURATION, type Reservation, type Stored } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { checkCommand } from '../../src/service/may-command.ts'
import { bytesAtInstant, isScheduled, isTaken } from '../../src/service/queries.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { siteQuery } from '../../src/service/site-query.ts'
import type { Query, Store } from '../../src/store/port.ts'
import { eventOf } from '../../src/wire/event.ts'
import { ada, asItIs, bo, changing, enclosureOf, from, grace, on, proposed, worldOf } from '../context.ts'

/**
 * The contract of closures of an enclosure, for every store.
 *
 * @param open opens an empty store, which the suite closes
 * @param effort the fraction of the random trials to run, and of the longest closure's days, smaller for a slow store
 */
export function closureContract(name: string, open: () => Promise<Store>, effort = 1): void {
  describe(`a closure of an enclosure (${name})`, () => {
    let store: Store
    beforeAll(async () => {
      store = await open()
    })
    afterAll(() => store.close())

    let enclosures = 0
    /** A new enclosure with so many telescopes, and the actions there. */
    const enclosed = (count = 2) => {
      const wema = `wema${++enclosures}-`
      const sites: ReadonlyMap<string, Site> = enclosureOf(wema, count)
      const context = worldOf(store, { sites })
      const codes = [...sites.keys()]
      const make = (overrides: Parameters<typeof proposed>[0] = {}) =>
        reserve(proposed(overrides), overrides.by ?? ada, { override: false }, context)
      const close = (overrides: Parameters<typeof proposed>[0] = {}) =>
        make({ by: grace, kind: 'maintenance', site: wema, ...overrides })
      const change = (id: string, changes: Partial<Reservation>) =>
        amend({ reference: { id }, change: (before) => ({ ...before, ...changes }), override: false }, grace, context)
      const listed = async (during: Interval) =>
        (await store.list({ sites: [wema, ...codes], during }, asItIs)).map(({ reservation }) => reservation)
      return { wema, sites, context, codes, make, close, change, listed }
    }
    const refused = (work: Promise<unknown>, ...conflicting: Stored[]) =>
      expect(work).rejects.toMatchObject({
        code: 'conflict',
        conflicting: conflicting.map(({ reservation }) => reservation),
      })

    it('is refused over a reservation at any telescope, and names each', async () => {
      const { codes, make, close } = enclosed()
      const [first, second] = [
        await make({ site: codes[1]!, ...from(9, '03:00', '04:00') }),
        await make({ by: bo, site: codes[0]!, ...from(9, '05:00', '06:00') }),
      ]
      await refused(close(from(9, '02:00', '08:00')), first, second)
      await close(from(9, '04:00', '05:00'))
    })

    it('keeps reservations and other closures from its telescopes', async () => {
      const { wema, codes, make, close } = enclosed()
      const closure = await close(from(9, '02:00', '08:00'))
      for (const site of codes) {
        await refused(make({ site, start: on(9, '07:00') }), closure)
        await refused(close({ site, start: on(9, '07:00') }), closure)
        await make({ site, start: on(9, '08:00') })
      }
      await refused(close({ start: on(9, '07:00') }), closure)
      await expect(make({ site: wema, start: on(20, '07:00') })).rejects.toMatchObject({ code: 'malformed' })
    })

    it('is compared again when it moves from a telescope to the enclosure, grows or is restored', async () => {
      const { wema, codes, make, close, change, context } = enclosed()
      const theirs = await make({ by: bo, site: codes[1]!, start: on(9, '03:00') })
      const { reservation } = await close({ site: codes[0]!, ...from(9, '02:00', '06:00') })
      await refused(change(reservation.id, { site: wema }), theirs)
      await change(reservation.id, { site: wema, ...from(9, '04:00', '06:00') })
      await refused(change(reservation.id, from(9, '03:30', '06:00')), theirs)
      await cancel({ reference: { id: reservation.id } }, grace, context)
      const mine = await make({ site: codes[0]!, start: on(9, '05:00') })
      await refused(restore({ id: reservation.id, number: 2, override: false }, grace, context), mine)
      await cancel({ reference: { id: mine.reservation.id } }, ada, context)
      await restore({ id: reservation.id, number: 2, override: false }, grace, context)
    })

    it('leaves time that others had already, when it is moved to one telescope', async () => {
      const { codes, make, close, change } = enclosed()
      await close({ ...from(9, '02:00', '06:00') }).then(({ reservation: { id } }) =>
        change(id, { site: codes[0]! }).then(async () => {
          await make({ site: codes[1]!, start: on(9, '03:00') })
          await expect(make({ site: codes[0]!, start: on(9, '03:00') })).rejects.toMatchObject({ code: 'conflict' })
        }),
      )
    })

    it('is not hidden by what else stands at the code of the enclosure', async () => {
      const { wema, codes, make, close } = enclosed()
      const old = Array.from({ length: 3 }, () => proposed({ site: wema, by: bo, ...from(9, '00:00', '12:00') }))
      for (const after of old) await changing(store, [{ after }])
      await make({ site: codes[0]!, start: on(9, '03:00') })
      const closure = await close({ site: codes[1]!, start: on(9, '04:00') })
      await refused(make({ site: codes[1]!, start: on(9, '04:00') }), closure)
    })

    const longest = Math.ceil((MAX_MAINTENANCE_DURATION / DAY) * effort)
    it(`of ${longest} days over 64 telescopes is one change, and so is one of a week`, async () => {
      const { codes, make, close, change } = enclosed(64)
      const { reservation } = await close({ start: on(1, '00:00'), end: on(1, '00:00') + longest * DAY })
      await expect(make({ site: codes[63]!, start: on(20, '00:00') })).rejects.toMatchObject({ code: 'conflict' })
      await change(reservation.id, { start: on(1, '00:30'), end: on(8, '00:30') })
      const theirs = await make({ site: codes[63]!, start: on(8, '12:00') })
      await refused(change(reservation.id, { end: on(9, '00:00') }), theirs)
      await change(reservation.id, { site: codes[0]! })
    })

    describe('in lists', () => {
      const window = from(9, '00:00', '12:00')
      const anyone = [ada, bo, grace, anonymous].map(viewerOf)
      /** A closure that is odd as JSON, and a reservation before it at each telescope. */
      const closed = async () => {
        const place = enclosed()
        const { codes, make, close } = place
        const sessions = await Promise.all(codes.map((site) => make({ site, start: on(9, '01:00') })))
        const closure = await close({
          ...from(9, '02:00', '08:00'),
          title: 'roof@example.org “\ud800”\n',
          note: '"resourceId":"x" \\ 🔭 \u2028',
          extra: { resource: [{ resourceId: 1 }], rate: 2.5e-7, 1: 'one', 'r.id"': null },
        })
        return { ...place, sessions, closure }
      }
      const textOf = async (query: Query, viewer: Viewer) =>
        Buffer.from(await store.listBytes(query, viewer)).toString()
      const jsonOf = (stored: readonly Stored[], viewer: Viewer) =>
        JSON.stringify(stored.map(({ reservation }) => eventOf(visibleTo(viewer, reservation))))
      const alone = ({ reservation, revision }: Stored): Stored => ({ reservation, revision })
      const shownAs = ({ reservation, revision }: Stored, resource: string): Stored => ({
        reservation: { ...reservation, resource },
        revision,
      })

      it('of a telescope is there once, with the telescope as its resource', async () => {
        const { codes, context, sessions, closure } = await closed()
        for (const [n, site] of codes.entries()) {
          const query = siteQuery([site], window, context)
          const expected = [alone(sessions[n]!), shownAs(closure, site)]
          expect(await store.list(query, asItIs)).toEqual(expected)
          for (const viewer of anyone) expect(await textOf(query, viewer)).toBe(jsonOf(expected, viewer))
        }
      })

      it('of several sites, and of the enclosure, is there once as it is stored', async () => {
        const { wema, codes, context, sessions, closure } = await closed()
        const rows = [...sessions, closure]
          .map(alone)
          .toSorted(
            (a, b) => a.reservation.start - b.reservation.start || (a.reservation.id < b.reservation.id ? -1 : 1),
          )
        for (const sites of [codes, [...codes, wema], [codes[0]!, codes[0]!, codes[1]!]]) {
          const query = siteQuery(sites, window, context)
          expect(await store.list(query, asItIs)).toEqual(rows)
          for (const viewer of anyone) expect(await textOf(query, viewer)).toBe(jsonOf(rows, viewer))
        }
        expect(await textOf(siteQuery([wema], window, context), viewerOf(grace))).toBe(
          jsonOf([closure], viewerOf(grace)),
        )
      })

      it('is alone: what else stands at the code of the enclosure is not listed', async () => {
        const { wema, codes, context } = enclosed()
        await changing(store, [{ after: proposed({ site: wema, by: bo, ...from(9, '01:00', '03:00') }) }])
        const query = siteQuery([codes[0]!], window, context)
        expect(await store.list(query, asItIs)).toEqual([])
        expect(await textOf(query, viewerOf(grace))).toBe('[]')
        expect(await isTaken(ada.id, codes[0]!, window, context)).toBe(false)
      })

      it('is there in a list that is long', async () => {
        const { wema, codes, context, closure } = await closed()
        const padding = { pad: 'p'.repeat(60_000) }
        const start = (n: number) => on(9, '08:00') + n * 60
        const long = Array.from({ length: 30 }, (_, n) =>
          proposed({ site: codes[0]!, start: start(n), end: start(n + 1), extra: padding }),
        )
        for (const after of long) await changing(store, [{ after }])
        await changing(store, [{ after: proposed({ site: wema, by: bo, ...from(9, '01:00', '03:00') }) }])
        const query = siteQuery([codes[0]!], window, context)
        const listed = await store.list(query, asItIs)
        expect(listed).toHaveLength(32)
        expect(listed[1]).toEqual({ revision: 1, reservation: { ...closure.reservation, resource: codes[0] } })
        for (const viewer of anyone) expect(await textOf(query, viewer)).toBe(jsonOf(listed, viewer))
      })

      it('decides who has a telescope, and keeps its time from others', async () => {
        const { codes, context, closure } = await closed()
        for (const site of codes) {
          const during = on(9, '03:00')
          const bytes = await bytesAtInstant(site, during, viewerOf(ada), context)
          expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual([
            expect.objectContaining({ event_id: closure.reservation.id, resourceId: site }),
          ])
          expect(await isScheduled(grace.id, site, during, context)).toBe(true)
          expect(await isScheduled(ada.id, site, during, context)).toBe(false)
          expect(await isScheduled(ada.id, site, on(9, '01:30'), context)).toBe(true)
          for (const { id } of [ada, grace])
            expect(await isTaken(id, site, from(9, '07:00', '09:00'), context)).toBe(true)
          expect(await isTaken(ada.id, site, from(9, '08:00', '09:00'), context)).toBe(false)
          expect(await checkCommand({ observer: ada.id, site, at: during, roles: [] }, ada, context)).toMatchObject({
            allowed: false,
            reason: 'closed',
          })
        }
      })

      it('is never suggested as free dark time', async () => {
        const { codes, make, close } = enclosed()
        await close(from(9, '02:00', '10:00'))
        const [site] = codes
        const refusal = await make({ by: bo, site: site!, ...from(9, '05:00', '06:00') }).catch((e: unknown) => e)
        const { free } = refusal as Conflict
        expect(free?.before?.end).toBeLessThan(on(9, '00:00'))
        expect(free?.after?.start).toBe(on(9, '10:00'))
      })
    })

    it.each([
      ['of some hours', 8 * HOUR],
      ['of a month', 30 * DAY],
    ])('%s and 32 reservations at its telescopes never both win', async (_, length) => {
      for (let trial = 0; trial < Math.ceil(6 * effort); trial += 1) {
        const { codes, make, close, listed } = enclosed()
        const night = { start: on(9, '02:00'), end: on(9, '02:00') + length }
        const reserving = () =>
          Array.from({ length: 32 }, (_, n) =>
            make({ by: { ...ada, id: `auth0|${n}` }, site: codes[n % 2]!, start: on(9, '02:00') + (n >> 1) * 900 }),
          )
        const closing = () => [close(night)]
        const inOrder = trial % 2 === 0 ? [reserving, closing] : [closing, reserving]
        const outcomes = await Promise.allSettled(inOrder.flatMap((begin) => begin()))
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'conflict' })
        const stored = await listed(night)
        expect(stored).toHaveLength(outcomes.filter(({ status }) => status === 'fulfilled').length)
        const closures = stored.filter(({ kind }) => kind === 'maintenance')
        if (closures.length > 0) expect(stored).toEqual(closures)
        else expect(new Set(stored.map(({ site }) => site)).size).toBe(2)
      }
    })

    it('never overlaps what else is made, moved and deleted at once', async () => {
      const aWish = fc.record({
        where: fc.nat(2),
        moved: fc.option(fc.nat(2), { nil: undefined }),
        start: fc.nat(20),
        hours: fc.integer({ min: 1, max: 8 }),
        isClosure: fc.boolean(),
        by: fc.constantFrom(ada, bo),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(aWish, { minLength: 2, maxLength: 10 }), async (wishes) => {
          const { wema, codes, make, change, listed, sites } = enclosed()
          const at = (n: number) => [wema, ...codes][n]!
          const outcomes = await Promise.allSettled(
            wishes.map(async ({ where, moved, start, hours, isClosure, by }) => {
              const during = { start: on(9, '00:00') + start * HOUR, end: on(9, '00:00') + (start + hours) * HOUR }
              const kind = isClosure || where === 0 ? 'maintenance' : 'realtime'
              const { reservation } = await make({
                by: kind === 'maintenance' ? grace : by,
                kind,
                site: at(where),
                ...during,
              })
              if (moved !== undefined) await change(reservation.id, { site: at(moved) }).catch(() => {})
            }),
          )
          const stored = await listed({ start: on(8, '00:00'), end: on(12, '00:00') })
          expect(stored).toHaveLength(outcomes.filter(({ status }) => status === 'fulfilled').length)
          const pairs = stored.flatMap((one, n) => stored.slice(n + 1).map((other) => [one, other] as const))
          expect(pairs.filter(([one, other]) => conflicts(one, other, sites))).toEqual([])
        }),
        { numRuns: Math.ceil(25 * effort) },
      )
    })
  })
}
