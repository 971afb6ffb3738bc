import { existsSync } from 'node:fs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { migrate, type Named, tell } from '../../src/cli/migrate.ts'
import { type Tally, tallyOf } from '../../src/cli/tally.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { move } from '../../src/main/move.ts'
import { now } from '../../src/main/wiring.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { reserve } from '../../src/service/reserve.ts'
import { dynamoStore } from '../../src/store/dynamodb/dynamo-store.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Archive, Dossier, Store } from '../../src/store/store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { rowCodec } from '../../src/wire/legacy.ts'
import { type Dynamo, sharedDynamo } from '../dynamodb.ts'
import { dossiersOf, FURNISHED, furnish } from '../furnished.ts'
import { ada, bo, memoryStore, TODAY, wish, worldOf } from '../world.ts'
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
    { codec: rowCodec, elapsed: now, newToken: () => crypto.randomUUID(), chance: Math.random, report: () => undefined },
  )
const dynamodb: Open = async () => storeIn(await dynamo.table())

/** The same store with some of its archive another. */
const but = ({ name, store }: Named, archive: Partial<Archive>): Named => ({
  name,
  store: { find: store.find, history: store.history, archive: { ...store.archive, ...archive } },
})

/** As many ids as asked for, each made and nothing else. */
const plain = (count: number): Dossier[] =>
  Array.from({ length: count }, (_, n) => {
    const start = TODAY + n * HOUR
    const after = wish({ id: `plain-${1000 + n}`, site: 'plain', start })
    const revision = { id: after.id, number: 1, at: TODAY, by: ada.id, via: 'reserve' as const, before: undefined, after, across: [] }
    return { id: after.id, standing: [{ reservation: after, revision: 1 }], history: [revision], messages: [] }
  })

const hexOf = ({ digest }: Tally) => digest.toString(16).padStart(64, '0')
const tallied = (store: Pick<Store, 'archive'>) => tallyOf(store.archive, () => undefined)

/** Of one kind of store into another. */
function movingBetween(from: string, openSource: Open, to: string, openTarget: Open): void {
  describe(`a move from ${from} to ${to}`, { timeout: 120_000 }, () => {
    let [source, target]: [Store, Store] = [memoryStore(), memoryStore()]
    let names: { source: Named; target: Named }
    beforeEach(async () => {
      ;[source, target] = await Promise.all([openSource(), openTarget()])
      names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    })
    afterEach(() => Promise.all([source.close(), target.close()]))

    it('copies all there is, and shows that both hold the same', async () => {
      await furnish(source)
      const { facts, found, text } = await migrate(names.source, names.target)
      expect({ found, facts }).toMatchObject({ found: false, facts: { adopted: FURNISHED.length, already_there: 0, same: true, untouched: true } })
      expect(await dossiersOf(target)).toEqual(await dossiersOf(source))
      const digest = hexOf(await tallied(source))
      expect(text).toBe(
        [
          `${FURNISHED.length} ids: ${FURNISHED.length} new, 0 already there`,
          '',
          '     ids  reservations  revisions  messages  digest',
          `old   21            18         32         4  ${digest}`,
          `new   21            18         32         4  ${digest}`,
          '',
          'Both hold the same.\n',
        ].join('\n'),
      )
    })

    it('of nothing is nothing', async () => {
      const { facts, text } = await migrate(names.source, names.target)
      expect(facts).toMatchObject({ adopted: 0, already_there: 0, same: true })
      expect(text).toContain(`new    0             0          0         0  ${'0'.repeat(64)}`)
    })

    it('that broke off goes on where it was, and again changes nothing', async () => {
      await furnish(source)
      const adopt = async (dossiers: readonly Dossier[]) => {
        await target.archive.adopt(dossiers.slice(0, 10))
        throw new Error('the line is dead')
      }
      await expect(migrate(names.source, but(names.target, { adopt }))).rejects.toThrow('the line is dead')
      const total = FURNISHED.length
      const second = await migrate(names.source, names.target)
      expect(second).toMatchObject({ found: false, facts: { adopted: total - 10, already_there: 10 } })
      expect(second.text).toContain(`${total} ids: ${total - 10} new, 10 already there\n`)
      expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { adopted: 0, already_there: total } })
      expect(await dossiersOf(target)).toEqual(await dossiersOf(source))
    })

    it('may be repeated where one reservation has been changed a thousand times', async () => {
      const note = 'n'.repeat(600)
      const revisions = Array.from({ length: 1000 }, (_, n) => {
        const [before, after] = [n - 1, n].map((m) => wish({ id: 'restless', site: 'plain', note: `${m} ${note}`, start: TODAY, end: TODAY + HOUR }))
        return { id: 'restless', number: n + 1, at: TODAY, by: ada.id, via: n === 0 ? ('reserve' as const) : ('amend' as const), before: n === 0 ? undefined : before, after, across: [] }
      })
      const reservation = revisions.at(-1)?.after ?? expect.fail()
      await source.archive.adopt([{ id: 'restless', standing: [{ reservation, revision: 1000 }], history: revisions, messages: [] }])
      await source.archive.settle()
      expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { adopted: 1 } })
      expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { adopted: 0, already_there: 1 } })
    })

    // SQLite takes a dossier whole or not at all.
    it.runIf(to === 'DynamoDB')('that broke off within a dossier completes it', async () => {
      await furnish(source)
      const dossiers = await dossiersOf(source)
      const [amended, told] = ['amended', 'told'].map((id) => dossiers.get(id))
      await target.archive.adopt([
        { ...amended!, history: amended!.history.slice(1), standing: [] },
        { ...told!, messages: told!.messages.slice(0, 1) },
      ])
      expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { already_there: 0 } })
      expect(await dossiersOf(target)).toEqual(await dossiersOf(source))
    })

    it('refuses a store that holds something else, names and counts it, and writes nothing', async () => {
      await furnish(source)
      const dossiers = await dossiersOf(source)
      const [other] = plain(1) as [Dossier]
      const amended = dossiers.get('amended') as Dossier
      await target.archive.adopt([dossiers.get('made') as Dossier, { ...amended, history: amended.history.map((revision) => ({ ...revision, by: 'somebody else' })) }, other])
      const before = await dossiersOf(target)
      const moved = migrate(names.source, names.target)
      await expect(moved).rejects.toThrow(/^new holds 2 ids that old does not have, or has otherwise \(.+\)\. Nothing was copied\.$/)
      await expect(moved).rejects.toThrow(/\b(amended, plain-1000|plain-1000, amended)\b/)
      expect(await dossiersOf(target)).toEqual(before)
    })

    it('refuses a store whose messages are on their way already, and overwrites none', async () => {
      await furnish(source)
      const told = (await dossiersOf(source)).get('told') as Dossier
      const tried = told.messages.map((pending) => ({ ...pending, attempts: pending.attempts + 1 }))
      await target.archive.adopt([{ ...told, messages: tried }])
      await expect(migrate(names.source, names.target)).rejects.toThrow(/\btold\b/)
      expect((await dossiersOf(target)).get('told')?.messages).toEqual(tried)
    })

    it.each(['old', 'new'] as const)('notices that somebody wrote meanwhile: to the %s one', async (which) => {
      await furnish(source)
      const settle = async () => {
        await target.archive.settle()
        await reserve(wish({ by: bo, site: 'meanwhile' }), bo, { override: false }, worldOf(which === 'old' ? source : target))
      }
      const { found, text } = await migrate(names.source, but(names.target, { settle }))
      expect(found).toBe(true)
      expect(text).toContain('They do not hold the same: do not use new.')
      expect(text.includes('Somebody wrote to old meanwhile')).toBe(which === 'old')
      const digests = [...text.matchAll(/ ([0-9a-f]{64})$/gm)].map(([, digest]) => digest)
      expect(new Set(digests).size).toBe(2)
    })
  })
}

movingBetween('SQLite', sqlite, 'SQLite', sqlite)
movingBetween('SQLite', sqlite, 'DynamoDB', dynamodb)
movingBetween('DynamoDB', dynamodb, 'SQLite', sqlite)

it('there and back gives what there was, to the last bit of the digest', async () => {
  const [first, there, back] = await Promise.all([sqlite(), dynamodb(), sqlite()])
  await furnish(first)
  await migrate({ name: 'first', store: first }, { name: 'there', store: there })
  await migrate({ name: 'there', store: there }, { name: 'back', store: back })
  expect(await tallied(back)).toEqual(await tallied(first))
  expect(await dossiersOf(back)).toEqual(await dossiersOf(first))
  await Promise.all([first.close(), there.close(), back.close()])
}, 120_000)

describe('a move of a table', () => {
  const moving = (from: string, to: string) =>
    move({ from, to }, { settings: readSettings({ DYNAMODB_ENDPOINT: dynamo.endpoint }), report: () => undefined })

  it('is by the names of stores as well', async () => {
    const file = folder()('new.db')
    const [old, fresh] = [await dynamo.table(), await dynamo.table()]
    const source = storeIn(old)
    await furnish(source)
    expect(await moving(`dynamodb:${old}`, `sqlite:${file}`)).toMatchObject({ found: false })
    expect(await moving(`sqlite:${file}`, `dynamodb:${fresh}`)).toMatchObject({ found: false })
    const store = sqliteStore(openDatabase(file), eventCodec)
    expect(await tallied(store)).toEqual(await tallied(source))
    await Promise.all([source.close(), store.close()])
  }, 120_000)

  it('is refused where there is no such table, and makes none', async () => {
    const at = folder()
    const file = `sqlite:${at('old.db')}`
    await expect(moving('dynamodb:nowhere', file)).rejects.toMatchObject({ message: `dynamodb:nowhere at ${dynamo.endpoint} is not there.` })
    expect(existsSync(at('old.db'))).toBe(false)
    openDatabase(at('old.db')).close()
    await expect(moving(file, 'dynamodb:nowhere')).rejects.toMatchObject({ message: `dynamodb:nowhere at ${dynamo.endpoint} is not there.` })
  })
})

describe('a move', () => {
  it('whose source broke off goes on after the last whole batch', async () => {
    const [source, target] = [memoryStore(), memoryStore()]
    const names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    await source.archive.adopt(plain(500))
    await furnish(source)
    let given = 0
    async function* dossiers(): AsyncGenerator<Dossier> {
      for await (const dossier of source.archive.dossiers()) {
        // Once to be counted, and then on its way.
        if (++given > 521 + 450) throw new Error('the line is dead')
        yield dossier
      }
    }
    await expect(migrate(but(names.source, { dossiers }), names.target)).rejects.toThrow('the line is dead')
    expect((await tallied(target)).ids).toBe(400)
    expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { adopted: 121, already_there: 400 } })
    await Promise.all([source.close(), target.close()])
  })

  it('that is told to stop ends between two batches, and goes on from there', async () => {
    const [source, target] = [memoryStore(), memoryStore()]
    const names = { source: { name: 'old', store: source }, target: { name: 'new', store: target } }
    await source.archive.adopt(plain(500))
    const controller = new AbortController()
    const adopt = async (dossiers: readonly Dossier[]) => {
      controller.abort('SIGINT')
      return target.archive.adopt(dossiers)
    }
    await expect(migrate(names.source, but(names.target, { adopt }), controller.signal)).rejects.toMatchObject({
      code: 'interrupted', exit: 130, message: 'Interrupted. 200 of 500 ids are in new; the same command goes on from there.',
    })
    expect((await tallied(target)).ids).toBe(200)
    expect(await migrate(names.source, names.target)).toMatchObject({ found: false, facts: { adopted: 300, already_there: 200 } })
    await Promise.all([source.close(), target.close()])
  })

  it('holds but some dossiers at a time, and fewer where histories are long', async () => {
    const [target, most] = [memoryStore(), { ids: 0, rows: 0 }]
    const held = { ids: 0, rows: 0 }
    const rowsOf = ({ history }: Dossier) => history.length
    async function* long(): AsyncGenerator<Dossier> {
      for (let n = 0; n < 1500; n++) {
        const [one] = plain(1) as [Dossier]
        const id = `long-${n}`
        const revisions = n < 750 ? 1 : 300
        const history = Array.from({ length: revisions }, (_, index) => ({ ...one.history[0]!, id, number: index + 1 }))
        held.ids += 1
        held.rows += revisions
        most.ids = Math.max(most.ids, held.ids)
        most.rows = Math.max(most.rows, held.rows)
        yield { id, standing: [], history, messages: [] }
      }
    }
    const adopt = (dossiers: readonly Dossier[]) => {
      held.ids -= dossiers.length
      for (const one of dossiers) held.rows -= rowsOf(one)
      return Promise.resolve(dossiers.length)
    }
    let passes = 0
    const empty = { name: 'new', store: target }
    const source = but({ name: 'old', store: target }, {
      // Counted first, and compared in the end: only between is anything handed over.
      dossiers: () => (++passes === 2 ? long() : target.archive.dossiers()),
    })
    expect(await migrate(source, but(empty, { adopt }))).toMatchObject({ facts: { adopted: 1500 } })
    expect(held).toEqual({ ids: 0, rows: 0 })
    expect(most.ids).toBeLessThanOrEqual(200)
    expect(most.rows).toBeLessThan(2500)
    await target.close()
  })

  it('tells how much there is, and names nobody', async () => {
    const store = memoryStore()
    await furnish(store)
    expect((await tell({ name: 'sqlite:old.db', store })).text).toBe(
      `               ids  reservations  revisions  messages  digest\nsqlite:old.db   21            18         32         4  ${hexOf(await tallied(store))}\n`,
    )
    await store.close()
  })
})

describe('the digest of a store', () => {
  it('does not depend on the order in which dossiers come', async () => {
    const dossiers = plain(20)
    const digestOf = (some: readonly Dossier[]) => tallied({ archive: { dossiers: () => oneByOne(some) } as unknown as Archive })
    expect(await digestOf(dossiers.toReversed())).toEqual(await digestOf(dossiers))
    // As a sum, so that one that comes twice does not cancel itself out.
    expect((await digestOf([...dossiers, dossiers[0]!, dossiers[0]!])).digest).not.toBe((await digestOf(dossiers)).digest)
  })

  it.each([
    ['a letter of a note in a history', `UPDATE revisions SET after = replace(after, 'for the 2.', 'for the 2,')`],
    ['who changed something', `UPDATE revisions SET by = by || ' ' WHERE event_id = 'made'`],
    ['the number of a revision', `UPDATE revisions SET number = 9 WHERE event_id = 'made'`],
    ['a second of a start', `UPDATE reservations SET doc = replace(doc, '03:00:00Z', '03:00:01Z') WHERE event_id = 'made'`],
    ['how often a message was tried', `UPDATE outbox SET attempts = 2 WHERE event_id = 'only-a-message'`],
    ['when a message is due', `UPDATE outbox SET due = due + 1 WHERE event_id = 'only-a-message'`],
    ['when a message was written', `UPDATE outbox SET written_at = written_at + 1 WHERE event_id = 'only-a-message'`],
    ['one row of two', `DELETE FROM reservations WHERE event_id = 'old-twins' AND start > ${TODAY + 6 * HOUR}`],
    ['whether it stands', `DELETE FROM reservations WHERE event_id = 'made'`],
    ['the revision of a row', `UPDATE reservations SET revision = 1 WHERE event_id = 'old'`],
  ])('differs where a store differs in %s', async (_, statement) => {
    const db = openDatabase(':memory:')
    const store = sqliteStore(db, eventCodec)
    await furnish(store)
    const before = await tallied(store)
    expect(db.prepare(statement).run().changes).toBeGreaterThan(0)
    expect((await tallied(store)).digest).not.toBe(before.digest)
    await store.close()
  })
})

async function* oneByOne<T>(some: readonly T[]): AsyncGenerator<T> {
  yield* some
}
