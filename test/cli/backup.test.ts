import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backup } from '../../src/cli/backup.ts'
import { importRow } from '../../src/service/import.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { endOf } from '../child.ts'
import { proposed, worldOf } from '../context.ts'
import { everything, folder } from './folder.ts'

const WRITER = fileURLToPath(new URL('writer.js', import.meta.url))

async function filled(file: string) {
  const store = sqliteStore(openDatabase(file), eventCodec)
  await importRow(proposed({ id: 'first' }), worldOf(store))
  return store
}

describe('a backup', () => {
  it('contains all reservations and histories, and can be opened as a store', async () => {
    const at = folder()
    const store = await filled(at('calendar.db'))
    const { bytes, reservations } = await backup(at('calendar.db'), at('copy.db'), { force: false })
    expect([bytes, reservations]).toEqual([statSync(at('copy.db')).size, 1])
    expect(statSync(at('copy.db')).mode & 0o777).toBe(0o600)
    const copy = sqliteStore(openDatabase(at('copy.db')), eventCodec)
    expect(await everything(copy)).toEqual(await everything(store))
    expect(await copy.history('first')).toEqual(await store.history('first'))
    await Promise.all([store.close(), copy.close()])
  })

  it('is a consistent snapshot while another process writes, and does not block it', async () => {
    const at = folder()
    await (await filled(at('calendar.db'))).close()
    const writer = fork(WRITER, [at('calendar.db')], { execArgv: [] })
    onTestFinished(() => void writer.kill())
    const { ended, beforeEnd } = endOf(writer)
    await beforeEnd(once(writer, 'message'))
    const copies = []
    for (const name of ['a.db', 'b.db', 'c.db'])
      copies.push(await backup(at('calendar.db'), at(name), { force: false }))
    writer.send('stop')
    const [written] = (await beforeEnd(once(writer, 'message'))) as [number]
    await ended
    expect(written).toBeGreaterThan(copies[0]!.reservations)
    for (const [index, name] of ['a.db', 'b.db', 'c.db'].entries()) {
      const db = new Sqlite(at(name), { readonly: true })
      const counts = ['reservations', 'revisions'].map((table) =>
        db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
      )
      db.close()
      expect(counts).toEqual([copies[index]!.reservations, copies[index]!.reservations])
    }
  })

  it('overwrites nothing, and leaves no file if it fails', async () => {
    const at = folder()
    const store = await filled(at('calendar.db'))
    writeFileSync(at('copy.db'), 'precious')
    await expect(backup(at('calendar.db'), at('copy.db'), { force: false })).rejects.toThrow(/not overwritten/)
    expect(readFileSync(at('copy.db'), 'utf8')).toBe('precious')
    await expect(backup(at('nowhere.db'), at('new.db'), { force: false })).rejects.toThrow()
    writeFileSync(at('other.db-wal'), '')
    await expect(backup(at('calendar.db'), at('other.db'), { force: false })).rejects.toThrow(/in the way/)
    await store.close()
    expect(readdirSync(dirname(at('x'))).toSorted()).toEqual(['calendar.db', 'copy.db', 'other.db-wal'])
  })

  it('leaves no file when interrupted', async () => {
    const at = folder()
    const store = openDatabase(at('calendar.db'))
    store.exec('CREATE TABLE filler (x BLOB)')
    // Enough pages that copying them takes several turns of the event loop.
    store
      .prepare('INSERT INTO filler SELECT randomblob(4000) FROM json_each(?)')
      .run(JSON.stringify(Array.from({ length: 6000 }, () => 0)))
    store.close()
    const controller = new AbortController()
    const whenBegun = setInterval(() => {
      if (readdirSync(at('.')).some((name) => name.endsWith('.partial') && statSync(at(name)).size > 1_000_000))
        controller.abort('SIGTERM')
    })
    await expect(
      backup(at('calendar.db'), at('copy.db'), { force: false, signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'interrupted', exit: 143 })
    clearInterval(whenBegun)
    expect(readdirSync(at('.')).filter((name) => !/-(wal|shm)$/.test(name))).toEqual(['calendar.db'])
    expect(await backup(at('calendar.db'), at('copy.db'), { force: false })).toMatchObject({ reservations: 0 })
  })
})
