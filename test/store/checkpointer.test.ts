import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Checkpointer, startCheckpointer } from '../../src/store/sqlite/checkpointer.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, proposed, worldOf } from '../context.ts'
import { reserve } from '../../src/service/reserve.ts'

const PAGE = 4096

describe('the checkpointer', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'checkpointer-'))
    file = join(folder, 'calendar.db')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('checkpoints the WAL while writes continue, so that it does not grow', async () => {
    const db = openDatabase(file)
    const store = sqliteStore(db, eventCodec)
    const context = worldOf(store)
    const errors: unknown[] = []
    // Disable the checkpoints that commits do.
    db.pragma('wal_autocheckpoint = 0')
    const checkpointer = startCheckpointer(file, (error) => errors.push(error))

    const framesInLog = () => (db.pragma('wal_checkpoint(NOOP)') as [{ log: number }])[0].log
    const extra = { padding: 'p'.repeat(8000) }
    let [longest, resets] = [0, 0]
    // Until the condition holds; the time is that of the test.
    while (resets < 2) {
      const before = framesInLog()
      await Promise.all(
        Array.from({ length: 8 }, () => reserve(proposed({ extra }), ada, { override: false }, context)),
      )
      longest = Math.max(longest, framesInLog())
      if (framesInLog() < before) resets++
      await sleep(100)
    }
    await checkpointer.stop()

    expect(errors).toEqual([])
    expect(statSync(file).size, 'bytes that are in the file itself').toBeGreaterThan(PAGE * longest * 0.5)
    await store.close()
  }, 120_000)

  it.each([
    ['and can be stopped before its thread runs', false],
    ['and can be stopped while that runs', true],
  ])('does not affect other connections when it is stopped, %s', async (_, isRunning) => {
    const db = openDatabase(file)
    const errors: unknown[] = []
    const checkpointer = startCheckpointer(file, (error) => errors.push(error))
    if (isRunning) expect(await checkpointer.scrub()).toEqual([])
    let [answered, rejected] = [false, false]
    void checkpointer.scrub().then(
      () => (answered = true),
      () => (rejected = true),
    )
    await checkpointer.stop()
    expect([answered, rejected]).toEqual([isRunning, false])
    await checkpointer.ended
    expect(errors).toEqual([])
    expect(existsSync(`${file}-wal`)).toBe(true)
    db.exec('CREATE TABLE still (works INTEGER)')
    db.close()
  })

  it('does not keep the process alive', async () => {
    const db = openDatabase(file)
    const alive = () => process.getActiveResourcesInfo().filter((what) => /port|worker/i.test(what)).length
    const before = alive()
    const checkpointer = startCheckpointer(file, () => {})
    expect(alive()).toBe(before)
    await checkpointer.scrub()
    expect(alive(), 'with its thread').toBe(before)
    await checkpointer.stop()
    db.close()
  })

  it('reports a file that it cannot checkpoint, and can still be stopped', async () => {
    writeFileSync(file, 'This is not a database, though it is long enough to be taken for one. '.repeat(20))
    let checkpointer: Checkpointer | undefined
    const error = await new Promise((resolve) => {
      checkpointer = startCheckpointer(file, resolve)
    })
    expect(error).toMatchObject({ code: 'SQLITE_NOTADB' })
    await checkpointer?.stop()
  })
})
