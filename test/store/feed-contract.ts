import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { chunksOf } from '../../src/concurrency.ts'
import type { Reservation, Revision } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { cancel } from '../../src/service/cancel.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { Feed, Store, FeedEntry } from '../../src/store/port.ts'
import { ada, bo, on, scheduler, type TestWorld, TODAY, asItIs, proposed, worldOf } from '../context.ts'

/** How long the store under test keeps entries, in seconds. */
export const KEPT = 30 * DAY

/** Changes that one transaction of any store holds. */
const CHUNK = 12

/**
 * The contract of the feed of every store.
 *
 * @param open opens an empty store that keeps entries for {@link KEPT}, which the suite closes
 * @param bySite whether the order is that of the commits at each site only, and old entries are dropped by the database itself
 */
export function feedContract(name: string, open: () => Promise<Store>, { bySite = false } = {}): void {
  /** A test of what only a feed in one order has: `dynamodb-feed.test.ts` has its counterpart. */
  const itOfOneLog: (title: string, test: () => Promise<void>) => void = bySite ? () => {} : it
  describe(`the feed of a store (${name})`, () => {
    let store: Store
    let feed: Feed
    let context: TestWorld
    beforeAll(async () => {
      store = await open()
      feed = store.feed
      context = worldOf(store, { sites: new Map() })
    })
    afterAll(() => store.close())

    const make = (overrides: Parameters<typeof proposed>[0] = {}) =>
      reserve(proposed({ site: freshSite(), ...overrides }), overrides.by ?? ada, { override: false }, context).then(
        ({ reservation }) => reservation,
      )
    const edit = (id: string, changed: Partial<Reservation>) =>
      amend({ reference: { id }, change: (before) => ({ ...before, ...changed }), override: false }, ada, context)
    const pageSince = async (id: string, max = 1000, sites?: ReadonlySet<string>) =>
      (await feed.since(id, max, sites)) ?? expect.fail('the cursor is unknown')
    /** All pages, until nothing is left. */
    const everythingSince = async (from: string, sites?: ReadonlySet<string>) => {
      const reported: FeedEntry[] = []
      for (let at = from; ;) {
        const page = await pageSince(at, 1000, sites)
        reported.push(...page.entries)
        at = page.next.id
        if (page.remaining === 0) return reported
      }
    }

    /** Commits one change for each instant. */
    const commitAt = async (...instants: number[]) => {
      const site = freshSite()
      const changes = instants.map(
        (at, n) => ({ after: proposed({ site, start: TODAY + n * HOUR }), at, by: 'import', via: 'import' }) as const,
      )
      for (const some of chunksOf(changes, bySite ? CHUNK : changes.length))
        await store.change({ ids: some.map(({ after }) => after.id) }, () => ({ changes: some, answer: undefined }))
    }
    const ordered = bySite ? inSites : asItIs<readonly FeedEntry[]>
    /** What is in commit order, or in that of each site: then as a set. */
    const inOrder = <T>(list: readonly T[]) => (bySite ? list.map(String).toSorted() : list)

    it('has every kind of change, as the histories do, in commit order', async () => {
      const { id: cursorId } = await feed.end()
      const { id, site } = await make()
      await edit(id, { note: 'clouds' })
      await attachProject({ name: 'M31', createdAt: '2030' }, [{ id }], anonymous, context)
      await attachProject(undefined, [{ id }], anonymous, context)
      await cancel({ reference: { id } }, ada, context)
      await restore({ id, number: 2, override: false }, ada, context)
      const { id: lco, site: theirs } = await make({ by: scheduler, origin: 'lco' })
      await expireLco(theirs, TODAY, scheduler, context)
      const imported = proposed({ site: freshSite() })
      await importRow(imported, context)
      const reported = await everythingSince(cursorId)
      expect(ordered(reported).map(({ revision }) => [revision.id, revision.via])).toEqual([
        ...['reserve', 'amend', 'attach-project', 'detach-project', 'cancel', 'restore'].map((via) => [id, via]),
        [lco, 'reserve'],
        [lco, 'expire-lco'],
        [imported.id, 'import'],
      ])
      for (const one of [id, lco, imported.id]) {
        expect(reported.flatMap(({ revision }) => (revision.id === one ? [revision] : []))).toEqual(
          await store.history(one),
        )
      }
      expect(ordered(reported)[4]).toMatchObject({ revision: { number: 5, before: { site }, after: undefined } })
    })

    it('adds up to the current rows, with concurrent writers', async () => {
      const { id: cursorId } = await feed.end()
      const created = await Promise.all(Array.from({ length: 40 }, () => make()))
      const sites = new Set(created.map(({ site }) => site))
      await Promise.all([
        ...created.slice(0, 10).map(({ id }) => cancel({ reference: { id } }, ada, context)),
        ...created.slice(10, 30).map(({ id }) => edit(id, { note: 'again' })),
        ...created.slice(20).map(({ id }) => edit(id, { title: 'and again' })),
      ])
      const reported = await everythingSince(cursorId)
      const stored = new Map<string, Reservation>()
      for (const { revision } of reported) {
        expect(stored.get(revision.id)).toEqual(revision.before)
        stored.delete(revision.id)
        if (revision.after) stored.set(revision.id, revision.after)
      }
      const kept = await Promise.all(
        [...sites].map((site) => store.list({ sites: [site], during: { start: TODAY, end: on(20, '00:00') } }, asItIs)),
      )
      expect(byId([...stored.values()])).toEqual(byId(kept.flat().map(({ reservation }) => reservation)))
      let last = new Map<string, number>()
      for (const { positions } of reported) {
        const numbers = new Map([...positions].map(([log, { number }]) => [log, number]))
        const moved = [...numbers].filter(([log, number]) => number !== (last.get(log) ?? (bySite ? 0 : -1)))
        if (last.size > 0) expect(moved.every(([log, number]) => number > (last.get(log) ?? 0))).toBe(true)
        expect(moved.length).toBeGreaterThan(0)
        last = numbers
      }
    })

    it('has a move from one site to another for both sites', async () => {
      const { id, site } = await make()
      const { id: cursorId } = await feed.end()
      const there = freshSite()
      await edit(id, { site: there })
      expect(await everythingSince(cursorId)).toMatchObject([
        { revision: { before: { site }, after: { site: there } } },
      ])
    })

    it('has only committed changes', async () => {
      const taken = await make()
      const { id: cursorId } = await feed.end()
      const rejected = make({ by: bo, site: taken.site })
      const broken = store.change({ ids: [] }, () => ({
        changes: [proposed({ id: 'half', site: freshSite() }), taken].map((after) => ({
          after,
          at: TODAY,
          by: 'import',
          via: 'import',
        })),
        answer: undefined,
      }))
      const kept = make()
      const outcomes = await Promise.allSettled([rejected, broken, kept])
      expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
      expect((await everythingSince(cursorId)).map(({ revision }) => revision.id)).toEqual([(await kept).id])
    })

    it('continues from any cursor, up to the given limit', async () => {
      const { id: cursorId } = await feed.end()
      const ids: string[] = []
      for (let n = 0; n < 7; n += 1) ids.push((await make()).id)
      const seen: FeedEntry[] = []
      for (let page, at = cursorId; (page = await pageSince(at, 3)).entries.length > 0; at = page.next.id) {
        expect(page).toMatchObject({
          remaining: 0,
          next: page.entries.length === 3 ? { id: page.entries[2]?.id } : await feed.end(),
        })
        seen.push(...page.entries)
      }
      expect(inOrder(seen.map(({ revision }) => revision.id))).toEqual(inOrder(ids))
      const { positions, id } = seen.at(-1) ?? expect.fail()
      expect(await feed.end()).toEqual({ positions, id })
      expect(await pageSince(id, 3)).toEqual({ entries: [], next: { positions, id }, remaining: 0 })
    })

    it('filters by sites, moves away included, and leads to its end', async () => {
      const { id: cursorId } = await feed.end()
      const [here, there] = [await make(), await make()]
      for (let n = 0; n < 5; n += 1) await make()
      await edit(there.id, { site: here.site, start: on(12, '03:00'), end: on(12, '04:00') })
      await edit(there.id, { site: freshSite() })
      await make()
      const last = await feed.end()
      const toldAt = async (...sites: string[]) => {
        const { entries: reported, next, remaining } = await pageSince(cursorId, 1000, new Set(sites))
        if (bySite) expect((await feed.since(next.id, 1000, new Set(sites)))?.entries).toEqual([])
        else expect(next).toEqual(last)
        expect(remaining).toBe(0)
        return reported.map(({ revision }) => `${revision.id} ${revision.number}`)
      }
      expect(await toldAt(here.site)).toEqual([`${here.id} 1`, `${there.id} 2`, `${there.id} 3`])
      expect(await toldAt(there.site)).toEqual([`${there.id} 1`, `${there.id} 2`])
      const both = await toldAt(there.site, here.site)
      expect(inOrder(both.slice(0, 2))).toEqual(inOrder([`${here.id} 1`, `${there.id} 1`]))
      expect(both.slice(2)).toEqual([`${there.id} 2`, `${there.id} 3`])
      expect(await toldAt('nowhere')).toEqual([])
      const { entries } = await pageSince(cursorId, 2, new Set([here.site, there.site]))
      expect(inOrder(entries.map(({ revision }) => revision.id))).toEqual(inOrder([here.id, there.id]))
    })

    it('has pages of some hundred entries, however small these are', async () => {
      const { id: cursorId } = await feed.end()
      await commitAt(...Array.from({ length: 600 }, () => TODAY))
      const { entries, remaining } = await pageSince(cursorId)
      expect([entries.length <= 256, entries.length + remaining]).toEqual([true, 600])
      expect(await everythingSince(cursorId)).toHaveLength(600)
    })

    it('has small pages, and returns how many entries are left', async () => {
      const { id: cursorId } = await feed.end()
      const { id, site } = await make()
      for (let n = 0; n < 20; n += 1) await edit(id, { extra: { n, padding: 'p'.repeat(60_000) } })
      const first = await pageSince(cursorId, 1000, new Set([site]))
      expect(first.entries.length).toBeLessThan(10)
      expect([first.entries.length + first.remaining, first.next.id]).toEqual([21, first.entries.at(-1)?.id])
      expect((await everythingSince(cursorId, new Set([site]))).map(({ revision }) => revision.number)).toEqual(
        Array.from({ length: 21 }, (_, n) => n + 1),
      )
    })

    it('rejects ids that are not its own cursors', async () => {
      await make()
      const { positions, id } = await feed.end()
      const strange = ['', 'nonsense', '0', `0${id}`, `${id}0`, `-${id}`, id.slice(0, -1), id.slice(1), '9'.repeat(400)]
      const [log = '', { number, nonce } = expect.fail()] = [...positions].at(-1) ?? []
      for (const other of [number + 1, number - 1]) {
        strange.push(feed.cursorAt(new Map([...positions, [log, { number: other, nonce }]])).id)
        strange.push(`${other}`)
      }
      for (const one of strange)
        expect([await feed.since(one, 10), await feed.cursor(one)], one).toEqual([undefined, undefined])
      expect([(await feed.since(id, 10))?.entries, await feed.cursor(id)]).toEqual([[], { positions, id }])
    })

    itOfOneLog('has a gap where archive entries were imported', async () => {
      const { id: cursorId } = await feed.end()
      const entry = {
        id: 'adopted',
        reservations: [{ reservation: proposed({ id: 'adopted', site: freshSite() }), revision: 0 }],
        history: [],
        messages: [],
      }
      await store.archive.importAll([entry])
      expect(await feed.since(cursorId, 10)).toBeUndefined()
      const { id: after } = await feed.end()
      await store.archive.importAll([entry])
      expect(await pageSince(after)).toMatchObject({ entries: [] })
      const { site } = await make()
      expect(await feed.since(cursorId, 10)).toBeUndefined()
      expect(await feed.since(cursorId, 10, new Set([site]))).toBeUndefined()
      expect((await pageSince(after)).entries).toHaveLength(1)
    })

    it('tells a reader that pages while 32 write every change once, in commit order', async () => {
      const { id: start } = await feed.end()
      const site = freshSite()
      let isDone = false
      const writers = Promise.all(
        Array.from({ length: 32 }, async (_, n) => {
          const { id } = await make({ site, start: TODAY + (n + 1) * 7 * HOUR })
          for (const note of ['one', 'two']) await edit(id, { note, site: note === 'one' ? freshSite() : site })
          await cancel({ reference: { id } }, ada, context)
          return id
        }),
      ).finally(() => (isDone = true))
      const everywhere: FeedEntry[] = []
      const here: FeedEntry[] = []
      const readOn = async (seen: FeedEntry[], from: string, only?: ReadonlySet<string>) => {
        const page = await pageSince(from, 5, only)
        seen.push(...page.entries)
        return page.next.id
      }
      let [all, own] = [start, start]
      for (let isLast = false; !isLast;) {
        isLast = isDone
        await setImmediate()
        for (let read = -1; read !== everywhere.length + here.length;) {
          read = everywhere.length + here.length
          all = await readOn(everywhere, all)
          own = await readOn(here, own, new Set([site]))
        }
      }
      const told = (seen: readonly FeedEntry[]) =>
        seen.map(({ id, revision }) => [bySite ? '' : id, revision.id, revision.number])
      const expected = (await writers).flatMap((id) => [1, 2, 3, 4].map((number) => `${id} ${number}`)).toSorted()
      expect(
        told(everywhere)
          .map(([, id, number]) => `${id} ${number}`)
          .toSorted(),
      ).toEqual(expected)
      expect(told(here)).toEqual(told(everywhere))
      const last = new Map<string, number>()
      for (const { revision } of everywhere) {
        expect(revision.number).toBe((last.get(revision.id) ?? 0) + 1)
        last.set(revision.id, revision.number)
      }
    })

    it('merges the changes at a hundred sites into pages of the given size', async () => {
      const { id: cursorId } = await feed.end()
      const codes = Array.from({ length: 100 }, freshSite)
      const made: string[] = []
      for (let n = 0; n < 60; n += 1) made.push((await make({ site: codes[n % 7] ?? '', start: TODAY + n * HOUR })).id)
      await make()
      const seen: string[] = []
      const sizes: number[] = []
      for (let at = cursorId; ;) {
        const page = await pageSince(at, 25, new Set(codes))
        if (page.entries.length === 0) break
        seen.push(...page.entries.map(({ revision }) => revision.id))
        sizes.push(page.entries.length)
        at = page.next.id
      }
      expect([inOrder(seen), sizes]).toEqual([inOrder(made), [25, 25, 10]])
    })

    const isKept = async (id: string) => [await feed.since(id, 1), await feed.cursor(id)].every(Boolean)

    itOfOneLog(
      `keeps a cursor for ${KEPT / DAY} days after it was the end of the feed, and says so of one that is older`,
      async () => {
        await commitAt(TODAY)
        const { id: quiet } = await feed.end()
        // It was the end for 400 days.
        const later = TODAY + 400 * DAY
        await commitAt(later)
        const { id: next } = await feed.end()
        for (let n = 1; n <= 10; n += 1) await commitAt(later + n)
        expect([await isKept(quiet), await isKept(next)]).toEqual([true, true])
        await commitAt(later + KEPT)
        expect([await isKept(quiet), await isKept(next)]).toEqual([true, true])
        for (let n = 1; n <= 4000 && (await isKept(next)); n += 50)
          await commitAt(...Array.from({ length: 50 }, () => later + KEPT + 30))
        expect([await isKept(quiet), await isKept(next)]).toEqual([false, false])
        const { id: end } = await feed.end()
        expect((await pageSince(end, 1)).entries).toEqual([])
      },
    )

    itOfOneLog('keeps every change of a busy day', async () => {
      const { id: cursorId } = await feed.end()
      const busy = TODAY + 600 * DAY
      for (let n = 0; n < 12; n += 1) await commitAt(...Array.from({ length: 1000 }, (_, m) => busy + n * 100 + m))
      expect((await everythingSince(cursorId)).length).toBe(12_000)
    })
  })
}

let sites = 0
const freshSite = () => `feed-${++sites}`

const siteNumber = ({ before, after }: Revision) => Number((after ?? before)?.site.slice('feed-'.length))

/** By site, in the order in which tests have named them. */
const inSites = (entries: readonly FeedEntry[]) =>
  entries.toSorted((a, b) => siteNumber(a.revision) - siteNumber(b.revision))

const byId = (reservations: readonly Reservation[]) => reservations.toSorted((a, b) => (a.id < b.id ? -1 : 1))
