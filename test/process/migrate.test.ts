import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { command } from '../cli/folder.ts'
import { fillStore } from '../fixtures.ts'
import { TODAY, proposed } from '../context.ts'
import { home, run, startCalendar, startCommand } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let file: (name: string) => string
beforeEach(async () => {
  place = await home()
  file = (name) => join(place.folder, name)
})
afterEach(() => place.remove())

const migrate = (from: string, to: string, ...more: string[]) =>
  run(place.environment, 'migrate', '--from', from, '--to', to, ...more)

/** A furnished store of a file, and as many rows beside as asked for. */
async function filled(name: string, rows = 0): Promise<string> {
  const store = sqliteStore(openDatabase(file(name)), eventCodec)
  await fillStore(store)
  for (let n = 0; n < rows; n += 500) {
    const some = Array.from({ length: Math.min(500, rows - n) }, (_, index) => {
      const reservation = proposed({ id: `row-${n + index}`, site: 'many', start: TODAY + (n + index) * HOUR })
      return { id: reservation.id, reservations: [{ reservation, revision: 0 }], history: [], messages: [] }
    })
    await store.archive.importAll(some)
  }
  await store.close()
  return `sqlite:${file(name)}`
}

function rowsIn(name: string): number {
  if (!existsSync(file(name))) return 0
  const db = new Sqlite(file(name), { readonly: true })
  try {
    return db.prepare('SELECT count(*) FROM reservations').pluck().get() as number
  } catch {
    // Not there yet.
    return 0
  } finally {
    db.close()
  }
}

describe('migrate', () => {
  it('copies a store into a new file, from which a server starts', async () => {
    const [from, to] = [await filled('old.db'), `sqlite:${file('new.db')}`]
    const { code, out, err } = await migrate(from, to)
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('21 ids: 21 new, 0 already there\n')
    expect(out).toContain('\nBoth hold the same.\n')
    const checked = await command({ ...place.environment, STORE: to }, ['check'])
    expect(checked).toMatchObject({ code: 0, out: expect.stringContaining('0 problems') })
    const calendar = await startCalendar({ ...place.environment, STORE: to })
    await calendar.end('SIGTERM')
  })

  it('copies everything if it is killed and started again', async () => {
    const rows = 8000
    const [from, to] = [await filled('old.db', rows), `sqlite:${file('new.db')}`]
    const first = startCommand(place.environment, 'migrate', '--from', from, '--to', to)
    await first.until(() => expect(rowsIn('new.db')).toBeGreaterThanOrEqual(1000))
    expect(await first.end('SIGKILL')).toMatchObject({ code: null })
    const there = rowsIn('new.db')
    expect(there).toBeLessThan(rows)

    const { code, out } = await migrate(from, to)
    expect(code).toBe(0)
    const [, all, fresh, known] = (/^(\d+) ids: (\d+) new, (\d+) already there$/m.exec(out) ?? []).map(Number)
    expect(all).toBe(rows + 21)
    expect(fresh).toBeGreaterThan(0)
    expect(known).toBeGreaterThan(900)
    expect(Number(fresh) + Number(known)).toBe(all)
    expect(out).toContain('Both hold the same.')
    expect(out).not.toContain('@')
  }, 120_000)
})
