import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { openLogFile } from '../../src/store/sqlite/log-file.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { type SqliteStore, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { asItIs, changing, proposed, saf, TODAY } from '../context.ts'

/** More than one turn of the event loop reads. */
const MANY = 550

describe('while another process writes', () => {
  let folder: string
  let other: Database
  let store: SqliteStore
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'write-lock-'))
    other = openDatabase(join(folder, 'calendar.db'))
  })
  afterEach(async () => {
    await store.close()
    other.close()
    rmSync(folder, { recursive: true })
  })
  const open = (timeoutMs: number) => {
    const db = openDatabase(join(folder, 'calendar.db'), { timeoutMs })
    store = sqliteStore(db, eventCodec, { log: openLogFile(db.name) })
  }
  const reading = () => store.list({ sites: [saf.code], during: { start: TODAY, end: TODAY + DAY } }, asItIs)
  const made = (after: Reservation) => changing(store, [{ after }])

  it.each([
    ['a change waits', 1],
    ['a change that reads over several turns of the event loop waits', MANY],
  ])('%s, and readers do not', async (_, overlapping) => {
    // SQLite would wait on the event loop, where the other process of this test is too.
    open(60_000)
    for (let n = 0; n < overlapping; n += 50)
      await changing(
        store,
        Array.from({ length: Math.min(50, overlapping) }, (__, index) => {
          const start = TODAY + (n + index) * 60
          return { after: proposed({ id: `n-${n + index}`, start, end: start + 60 }) }
        }),
      )
    other.exec('BEGIN IMMEDIATE')
    let isMade = false
    const change = made(proposed({ id: 'over all', start: TODAY, end: TODAY + DAY })).then(() => (isMade = true))
    for (let turn = 0; turn < 20; turn += 1) {
      await new Promise(setImmediate)
      expect(await reading()).toHaveLength(overlapping)
    }
    expect(isMade).toBe(false)
    other.exec('COMMIT')
    await change
    expect(await reading()).toHaveLength(overlapping + 1)
  })

  it('changes are rejected when it takes too long, and later ones are made', async () => {
    open(50)
    other.exec('BEGIN IMMEDIATE')
    const both = ['one', 'two'].map((id) => made(proposed({ id })))
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'unavailable' }) as unknown }
    expect(await Promise.allSettled(both)).toEqual([refused, refused])
    other.exec('COMMIT')
    await made(proposed({ id: 'later' }))
    expect(await store.find('later')).toHaveLength(1)
  })
})
