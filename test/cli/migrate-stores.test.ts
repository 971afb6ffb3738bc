import { existsSync, linkSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { type MigrateArguments, migrateStores } from '../../src/main/migrate.ts'
import { readSettings } from '../../src/ops/settings.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { entriesOf, fillStore } from '../fixtures.ts'
import { folder } from './folder.ts'

const moving = (expected: MigrateArguments) =>
  migrateStores(expected, { settings: readSettings({}), report: () => undefined })

const openedAt = (file: string) => sqliteStore(openDatabase(file), eventCodec)

async function furnished(file: string): Promise<string> {
  const store = openedAt(file)
  await fillStore(store)
  await store.close()
  return file
}

describe('migrating between named stores', () => {
  it('creates the target file, and reports success', async () => {
    const at = folder()
    const [old, fresh] = [await furnished(at('old.db')), at('folder/new.db')]
    expect(await moving({ from: `sqlite:${old}`, to: `sqlite:${fresh}` })).toMatchObject({ hasProblems: false })
    const [source, target] = [openedAt(old), openedAt(fresh)]
    expect(await entriesOf(target)).toEqual(await entriesOf(source))
    await Promise.all([source.close(), target.close()])
  })

  it('only counts the archive entries with dryRun', async () => {
    const at = folder()
    const from = `sqlite:${await furnished(at('old.db'))}`
    expect((await moving({ from, to: `sqlite:${at('new.db')}`, dryRun: true })).text).toMatch(
      /^ +ids +reservations +revisions +messages +digest\n.*old\.db +21 +18 +32 +4 +[0-9a-f]{64}\n$/,
    )
    expect(existsSync(at('new.db'))).toBe(false)
  })

  it('rejects unusable store names in one sentence, and creates nothing', async () => {
    const at = folder()
    const old = await furnished(at('old.db'))
    writeFileSync(at('letter.db'), 'Dear Ada, the dome is stuck again. '.repeat(100))
    writeFileSync(at('empty.db'), '')
    new Sqlite(at('other.db')).exec('CREATE TABLE recipes (name TEXT)').close()
    symlinkSync(old, at('symbolic.db'))
    linkSync(old, at('hard.db'))
    const before = readdirSync(dirname(old))
    const [from, to, nowhere] = [`sqlite:${old}`, `sqlite:${at('new.db')}`, `sqlite:${at('nowhere.db')}`]
    const refusals: [from: string, to: string, sentence: string][] = [
      ...[from, `sqlite:${relative('.', old)}`, `sqlite:${at('symbolic.db')}`, `sqlite:${at('hard.db')}`].map(
        (name): [string, string, string] => [from, name, `${from} and ${name} are the same store.`],
      ),
      [nowhere, nowhere, `${nowhere} and ${nowhere} are the same store.`],
      ['dynamodb:calendar', 'dynamodb:calendar', 'dynamodb:calendar and dynamodb:calendar are the same store.'],
      [nowhere, to, `${at('nowhere.db')} is not there.`],
      [`sqlite:${at('letter.db')}`, to, `sqlite:${at('letter.db')} is not a SQLite database.`],
      [`sqlite:${at('empty.db')}`, to, `${at('empty.db')} holds no calendar: it is empty.`],
      [`sqlite:${at('other.db')}`, to, `${at('other.db')} holds no calendar: it is another program's.`],
      [from, `sqlite:${dirname(old)}`, `${dirname(old)} is no file.`],
      [old, to, `${old} is no store: write sqlite:FILE or dynamodb:TABLE.`],
      [from, 'dynamodb:x', 'dynamodb:x is no store: write sqlite:FILE or dynamodb:TABLE.'],
      [from, 'sqlite::memory:', 'sqlite::memory: would be lost when this command ends: name a file.'],
    ]
    for (const [source, target, sentence] of refusals) {
      await expect(moving({ from: source, to: target })).rejects.toMatchObject({ message: sentence })
    }
    // SQLite keeps the WAL and its index beside a file that it reads.
    expect(readdirSync(dirname(old)).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(before)
  })
})
