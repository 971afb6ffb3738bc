import fs, { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest'
import { backup } from '../../src/cli/backup.ts'
import { check } from '../../src/cli/check.ts'
import { DAY } from '../../src/domain/interval.ts'
import { openDatabase, openForReading } from '../../src/store/sqlite/open.ts'
import { type SqliteStore, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import type { Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { asItIs, changing, proposed, saf, TODAY } from '../context.ts'
import { slowLog } from './slow-log.ts'

let synced: MockInstance<typeof fs.fdatasyncSync>
let folder: string
let file: string
let server: SqliteStore
let change: Promise<unknown>
const log = slowLog()

beforeEach(async () => {
  synced = vi.spyOn(fs, 'fdatasyncSync')
  syncBuiltinESMExports()
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'beside-'))
  file = join(folder, 'calendar.db')
  server = sqliteStore(openDatabase(file), eventCodec, { log })
  change = changing(server, [{ after: proposed({ id: 'unflushed' }) }])
  await log.inProgress()
  synced.mockClear()
})
afterEach(async () => {
  synced.mockRestore()
  syncBuiltinESMExports()
  log.succeed()
  await change
  await server.close()
  rmSync(folder, { recursive: true })
})

async function all<T>(values: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const value of values) found.push(value)
  return found
}
const reading: [string, (store: Store) => Promise<readonly unknown[]>][] = [
  ['one event', (store) => store.find('unflushed')],
  ['a list', (store) => store.list({ sites: [saf.code], during: { start: TODAY, end: TODAY + 30 * DAY } }, asItIs)],
  ['an export', (store) => all(store.all())],
  ['a migration', (store) => all(store.archive.entries())],
]

it.each(reading)('a command flushes unflushed commits of the server before it prints them: %s', async (_, read) => {
  const store = sqliteStore(openForReading(file), eventCodec)
  expect(await read(store)).toHaveLength(1)
  expect(synced).toHaveBeenCalledTimes(1)
  await read(store)
  expect(synced, 'once for each commit of another').toHaveBeenCalledTimes(1)
  await store.close()
})

it('a command that has nothing to write flushes the commits that it has read', async () => {
  const store = sqliteStore(openDatabase(file), eventCodec)
  const found = await store.change({ ids: ['unflushed'] }, (seen) => ({ changes: [], answer: seen.rows('unflushed') }))
  expect(found).toHaveLength(1)
  expect(synced).toHaveBeenCalledTimes(1)
  await store.close()
})

it('a check flushes the commits that it reads', () => {
  expect([...check(file, eventCodec)]).toEqual([])
  expect(synced).toHaveBeenCalledTimes(1)
})

it('a backup flushes the commits that it copies', async () => {
  const { reservations } = await backup(file, join(folder, 'copy.db'), { force: false })
  expect(reservations).toBe(1)
  expect(synced).toHaveBeenCalledTimes(1)
})
