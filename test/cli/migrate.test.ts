import { existsSync } from 'node:fs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate, type NamedStore, describeStore } from '../../src/cli/migrate.ts'
import { type StoreDigest, digestStore } from '../../src/cli/store-digest.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { migrateStores } from '../../src/main/migrate.ts'
import { now } from '../../src/main/wiring.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { reserve } from '../../src/service/reserve.ts'
import { dynamoStore } from '../../src/store/dynamodb/dynamo-store.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Archive, ArchiveEntry, Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { entriesOf, FIXTURE_ENTRIES, fillStore } from '../fixtures.ts'
import { ada, bo, memoryStore, TODAY, proposed, worldOf } from '../context.ts'
import { folder } from './folder.ts'

type Open = () => Promise<Store>
const sqlite: Open = async () => memoryStore()

let dynamo: Dynamo
beforeAll(async () => {
  dynamo = await sharedDynamo()
})

const storeIn = (table: string): Store =>
  dynamoStore(
    { client: dynamo.client, table },
    {
      codec: rowCodec,
      elapsed: now,
      newToken: () => crypto.randomUUID(),
      random: Math.random,
      report: () => undefined,
    },
  )
const dynamodb: Open = async () => storeIn(await dynamo.table())

/** A store with some functions of its archive replaced. */
const but = ({ name, store }: NamedStore, archive: Partial<Archive>): NamedStore => ({
  name,
  store: { find: store.find, history: store.history, archive: { ...store.archive, ...archive } },
})

/** `count` archive entries, each of one new reservation. */
const plain = (count: number): ArchiveEntry[] =>
  Array.from({ length: count }, (_, n) => {
    const start = TODAY + n * HOUR
    const after = proposed({ id: `plain-${1000 + n}`, site: 'plain', start })
    const revision = {
      id: after.id,
      number: 1,
      at: TODAY,
      by: ada.id,
      via: 'reserve' as const,
      before: undefined,
      after,
      overlapping: [],
    }
    return { id: after.id, reservations: [{ reservation: after, revision: 1 }], history: [revision], messages: [] }
  })

/** What {@link fillStore} leaves in a store. An import writes as much in a tenth of the time. */
let filled: Promise<Map<string, ArchiveEntry>> | undefined
async function fillQuickly({ archive }: Store): Promise<void> {
  filled ??= (async () => {
    const store = memoryStore()
    await fillStore(store)
    const entries = await entriesOf(store)
    await store.close()
    return entries
  })()
  await archive.importAll([...(await filled).values()])
  await archive.finalize()
}

const hexOf = ({ digest }: StoreDigest) => digest.toString(16).padStart(64, '0')
const tallied = (store: Pick<Store, 'archive'>) => digestStore(store.archive, () => undefined)

/** Declares the tests of migrating from one kind of store to another. */
function movingBetween(from: string, openSource: Open, to: string, openTarget: Open): void {
  describe(`migrating from ${from} to ${to}`, { timeout: 120_000 }, () => {
    let [source, target]: [Store, Store] = [memoryStore(), memoryStore()]
    let names: { source: NamedStore; target: NamedStore }
    beforeEach(async () => {
      ;[source, target] = await Promise.all([openSource(), openTarget()])
      names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    })
    afterEach(() => Promise.all([source.close(), target.close()]))

    it('copies all archive entries, and reports equal digests', async () => {
      await fillStore(source)
      const { report: details, hasProblems, text } = await migrate(names.source, names.target)
      expect({ hasProblems: hasProblems, report: details }).toMatchObject({
        hasProblems: false,
        report: { imported: FIXTURE_ENTRIES.length, already_there: 0, same: true, untouched: true },
      })
      expect(await entriesOf(target)).toEqual(await entriesOf(source))
      const digest = hexOf(await tallied(source))
      expect(text).toBe(
        [
          `${FIXTURE_ENTRIES.length} ids: ${FIXTURE_ENTRIES.length} new, 0 already there`,
          '',
          '     ids  reservations  revisions  messages  digest',
          `old   21            18         32         4  ${digest}`,
          `new   21            18         32         4  ${digest}`,
          '',
          'Both hold the same.\n',
        ].join('\n'),
      )
    })

    it('copies nothing from an empty store', async () => {
      const { report: details, text } = await migrate(names.source, names.target)
      expect(details).toMatchObject({ imported: 0, already_there: 0, same: true })
      expect(text).toContain(`new    0             0          0         0  ${'0'.repeat(64)}`)
    })

    it('continues after an error, and changes nothing if it is repeated', async () => {
      await fillQuickly(source)
      const importAll = async (entries: readonly ArchiveEntry[]) => {
        await target.archive.importAll(entries.slice(0, 10))
        throw new Error('the line is dead')
      }
      await expect(migrate(names.source, but(names.target, { importAll }))).rejects.toThrow('the line is dead')
      const total = FIXTURE_ENTRIES.length
      const second = await migrate(names.source, names.target)
      expect(second).toMatchObject({ hasProblems: false, report: { imported: total - 10, already_there: 10 } })
      expect(second.text).toContain(`${total} ids: ${total - 10} new, 10 already there\n`)
      expect(await migrate(names.source, names.target)).toMatchObject({
        hasProblems: false,
        report: { imported: 0, already_there: total },
      })
      expect(await entriesOf(target)).toEqual(await entriesOf(source))
    })

    it('can be repeated if a reservation has a thousand revisions', async () => {
      const note = 'n'.repeat(600)
      const revisions = Array.from({ length: 1000 }, (_, n) => {
        const [before, after] = [n - 1, n].map((m) =>
          proposed({ id: 'restless', site: 'plain', note: `${m} ${note}`, start: TODAY, end: TODAY + HOUR }),
        )
        return {
          id: 'restless',
          number: n + 1,
          at: TODAY,
          by: ada.id,
          via: n === 0 ? ('reserve' as const) : ('amend' as const),
          before: n === 0 ? undefined : before,
          after,
          overlapping: [],
        }
      })
      const reservation = revisions.at(-1)?.after ?? expect.fail()
      await source.archive.importAll([
        { id: 'restless', reservations: [{ reservation, revision: 1000 }], history: revisions, messages: [] },
      ])
      await source.archive.finalize()
      expect(await migrate(names.source, names.target)).toMatchObject({ hasProblems: false, report: { imported: 1 } })
      expect(await migrate(names.source, names.target)).toMatchObject({
        hasProblems: false,
        report: { imported: 0, already_there: 1 },
      })
    })

    // SQLite imports an archive entry in one transaction.
    it.each(to === 'DynamoDB' ? ['an archive entry'] : [])('completes %s that was written in part', async () => {
      await fillQuickly(source)
      const entries = await entriesOf(source)
      const [amended, reported] = ['amended', 'told'].map((id) => entries.get(id))
      await target.archive.importAll([
        { ...amended!, history: amended!.history.slice(1), reservations: [] },
        { ...reported!, messages: reported!.messages.slice(0, 1) },
      ])
      expect(await migrate(names.source, names.target)).toMatchObject({
        hasProblems: false,
        report: { already_there: 0 },
      })
      expect(await entriesOf(target)).toEqual(await entriesOf(source))
    })

    it('rejects a target with other ids, names and counts them, and writes nothing', async () => {
      await fillQuickly(source)
      const entries = await entriesOf(source)
      const [other] = plain(1) as [ArchiveEntry]
      const amended = entries.get('amended') as ArchiveEntry
      await target.archive.importAll([
        entries.get('made') as ArchiveEntry,
        { ...amended, history: amended.history.map((revision) => ({ ...revision, by: 'somebody else' })) },
        other,
      ])
      const before = await entriesOf(target)
      const moved = migrate(names.source, names.target)
      await expect(moved).rejects.toThrow(
        /^new holds 2 ids that old does not have, or has with other data \(.+\)\. Nothing was copied\.$/,
      )
      await expect(moved).rejects.toThrow(/\b(amended, plain-1000|plain-1000, amended)\b/)
      expect(await entriesOf(target)).toEqual(before)
    })

    it('rejects a target that has begun to deliver messages, and overwrites none', async () => {
      await fillQuickly(source)
      const reported = (await entriesOf(source)).get('told') as ArchiveEntry
      const tried = reported.messages.map((pending) => ({ ...pending, attempts: pending.attempts + 1 }))
      await target.archive.importAll([{ ...reported, messages: tried }])
      await expect(migrate(names.source, names.target)).rejects.toThrow(/\btold\b/)
      expect((await entriesOf(target)).get('told')?.messages).toEqual(tried)
    })

    it.each(['old', 'new'] as const)(
      'reports different digests if the %s store is written to in the meantime',
      async (which) => {
        await fillQuickly(source)
        const finalize = async () => {
          await target.archive.finalize()
          await reserve(
            proposed({ by: bo, site: 'meanwhile' }),
            bo,
            { override: false },
            worldOf(which === 'old' ? source : target),
          )
        }
        const { hasProblems, text } = await migrate(names.source, but(names.target, { finalize }))
        expect(hasProblems).toBe(true)
        expect(text).toContain('They do not hold the same: do not use new.')
        expect(text.includes('Another process wrote to old in the meantime')).toBe(which === 'old')
        const digests = [...text.matchAll(/ ([0-9a-f]{64})$/gm)].map(([, digest]) => digest)
        expect(new Set(digests).size).toBe(2)
      },
    )
  })
}

movingBetween('SQLite', sqlite, 'SQLite', sqlite)
movingBetween('SQLite', sqlite, 'DynamoDB', dynamodb)
movingBetween('DynamoDB', dynamodb, 'SQLite', sqlite)

it('migrating to DynamoDB and back gives the same digest', async () => {
  const [first, there, back] = await Promise.all([sqlite(), dynamodb(), sqlite()])
  await fillStore(first)
  await migrate({ name: 'first', store: first }, { name: 'there', store: there })
  await migrate({ name: 'there', store: there }, { name: 'back', store: back })
  expect(await tallied(back)).toEqual(await tallied(first))
  expect(await entriesOf(back)).toEqual(await entriesOf(first))
  await Promise.all([first.close(), there.close(), back.close()])
}, 120_000)

describe('migrating a table', () => {
  const moving = (from: string, to: string) =>
    migrateStores(
      { from, to },
      { settings: readSettings({ DYNAMODB_ENDPOINT: dynamo.endpoint }), report: () => undefined },
    )

  it('works in both directions by store names', async () => {
    const file = folder()('new.db')
    const [old, fresh] = [await dynamo.table(), await dynamo.table()]
    const source = storeIn(old)
    await fillStore(source)
    expect(await moving(`dynamodb:${old}`, `sqlite:${file}`)).toMatchObject({ hasProblems: false })
    expect(await moving(`sqlite:${file}`, `dynamodb:${fresh}`)).toMatchObject({ hasProblems: false })
    const store = sqliteStore(openDatabase(file), eventCodec)
    expect(await tallied(store)).toEqual(await tallied(source))
    await Promise.all([source.close(), store.close()])
  }, 120_000)

  it('is rejected if the table does not exist, and creates none', async () => {
    const at = folder()
    const file = `sqlite:${at('old.db')}`
    await expect(moving('dynamodb:nowhere', file)).rejects.toMatchObject({
      message: `dynamodb:nowhere at ${dynamo.endpoint} is not there.`,
    })
    expect(existsSync(at('old.db'))).toBe(false)
    openDatabase(at('old.db')).close()
    await expect(moving(file, 'dynamodb:nowhere')).rejects.toMatchObject({
      message: `dynamodb:nowhere at ${dynamo.endpoint} is not there.`,
    })
  })
})

describe('a migration', () => {
  it('continues after the last complete batch if reading the source failed', async () => {
    const [source, target] = [memoryStore(), memoryStore()]
    const names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    await source.archive.importAll(plain(500))
    await fillStore(source)
    let overrides = 0
    async function* entries(): AsyncGenerator<ArchiveEntry> {
      for await (const entry of source.archive.entries()) {
        // The first pass counts the entries, the second copies them.
        if (++overrides > 521 + 450) throw new Error('the line is dead')
        yield entry
      }
    }
    await expect(migrate(but(names.source, { entries }), names.target)).rejects.toThrow('the line is dead')
    expect((await tallied(target)).ids).toBe(400)
    expect(await migrate(names.source, names.target)).toMatchObject({
      hasProblems: false,
      report: { imported: 121, already_there: 400 },
    })
    await Promise.all([source.close(), target.close()])
  })

  it('stops between two batches when interrupted, and continues from there', async () => {
    const [source, target] = [memoryStore(), memoryStore()]
    const names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    await source.archive.importAll(plain(500))
    const controller = new AbortController()
    const importAll = async (entries: readonly ArchiveEntry[]) => {
      controller.abort('SIGINT')
      return target.archive.importAll(entries)
    }
    await expect(migrate(names.source, but(names.target, { importAll }), controller.signal)).rejects.toMatchObject({
      code: 'interrupted',
      exit: 130,
      message: 'Interrupted. 200 of 500 ids are in new; the same command continues from there.',
    })
    expect((await tallied(target)).ids).toBe(200)
    expect(await migrate(names.source, names.target)).toMatchObject({
      hasProblems: false,
      report: { imported: 300, already_there: 200 },
    })
    await Promise.all([source.close(), target.close()])
  })

  it('holds at most 200 archive entries in memory, and fewer if histories are long', async () => {
    const [target, max] = [memoryStore(), { ids: 0, rows: 0 }]
    const held = { ids: 0, rows: 0 }
    const rowsOf = ({ history }: ArchiveEntry) => history.length
    async function* long(): AsyncGenerator<ArchiveEntry> {
      for (let n = 0; n < 1500; n++) {
        const [one] = plain(1) as [ArchiveEntry]
        const id = `long-${n}`
        const revisions = n < 750 ? 1 : 300
        const history = Array.from({ length: revisions }, (_, index) => ({ ...one.history[0]!, id, number: index + 1 }))
        held.ids += 1
        held.rows += revisions
        max.ids = Math.max(max.ids, held.ids)
        max.rows = Math.max(max.rows, held.rows)
        yield { id, reservations: [], history, messages: [] }
      }
    }
    const importAll = (entries: readonly ArchiveEntry[]) => {
      held.ids -= entries.length
      for (const one of entries) held.rows -= rowsOf(one)
      return Promise.resolve(entries.length)
    }
    let passes = 0
    const empty = { name: 'new', store: target }
    const source = but(
      { name: 'old', store: target },
      {
        // The first pass counts, the second copies, the last compares.
        entries: () => (++passes === 2 ? long() : target.archive.entries()),
      },
    )
    expect(await migrate(source, but(empty, { importAll }))).toMatchObject({ report: { imported: 1500 } })
    expect(held).toEqual({ ids: 0, rows: 0 })
    expect(max.ids).toBeLessThanOrEqual(200)
    expect(max.rows).toBeLessThan(2500)
    await target.close()
  })

  it('describes a store by numbers and a digest', async () => {
    const store = memoryStore()
    await fillStore(store)
    expect((await describeStore({ name: 'sqlite:old.db', store })).text).toBe(
      `               ids  reservations  revisions  messages  digest\nsqlite:old.db   21            18         32         4  ${hexOf(await tallied(store))}\n`,
    )
    await store.close()
  })
})

describe('the digest of a store', () => {
  it('does not depend on the order of archive entries', async () => {
    const entries = plain(20)
    const digestOf = (some: readonly ArchiveEntry[]) =>
      tallied({ archive: { entries: () => oneByOne(some) } as unknown as Archive })
    expect(await digestOf(entries.toReversed())).toEqual(await digestOf(entries))
    // The digest is a sum, so an entry that occurs twice does not cancel itself out.
    expect((await digestOf([...entries, entries[0]!, entries[0]!])).digest).not.toBe((await digestOf(entries)).digest)
  })

  it.each([
    [
      'one character of a note in a revision',
      `UPDATE revisions SET after = replace(after, 'for the 2.', 'for the 2,')`,
    ],
    ['the actor of a revision', `UPDATE revisions SET by = by || ' ' WHERE event_id = 'made'`],
    ['the number of a revision', `UPDATE revisions SET number = 9 WHERE event_id = 'made'`],
    [
      'a start, by one second',
      `UPDATE reservations SET doc = replace(doc, '03:00:00Z', '03:00:01Z') WHERE event_id = 'made'`,
    ],
    ['the attempts of a message', `UPDATE outbox SET attempts = 2 WHERE event_id = 'only-a-message'`],
    ['the due time of a message', `UPDATE outbox SET due = due + 1 WHERE event_id = 'only-a-message'`],
    [
      'the time a message was written',
      `UPDATE outbox SET written_at = written_at + 1 WHERE event_id = 'only-a-message'`,
    ],
    [
      'one of two duplicate rows',
      `DELETE FROM reservations WHERE event_id = 'old-twins' AND start > ${TODAY + 6 * HOUR}`,
    ],
    ['whether a reservation is deleted', `DELETE FROM reservations WHERE event_id = 'made'`],
    ['the revision of a row', `UPDATE reservations SET revision = 1 WHERE event_id = 'old'`],
  ])('differs if stores differ in %s', async (_, statement) => {
    const db = openDatabase(':memory:')
    const store = sqliteStore(db, eventCodec)
    await fillStore(store)
    const before = await tallied(store)
    expect(db.prepare(statement).run().changes).toBeGreaterThan(0)
    expect((await tallied(store)).digest).not.toBe(before.digest)
    await store.close()
  })
})

async function* oneByOne<T>(some: readonly T[]): AsyncGenerator<T> {
  yield* some
}
