import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { viewerOf } from '../../src/domain/access.ts'
import { DAY, HOUR } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { checkStore } from '../../src/store/sqlite/check.ts'
import { openDatabase, openForReading } from '../../src/store/sqlite/open.ts'
import { rowOf } from '../../src/store/sqlite/rows.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { prepare } from '../../src/store/sqlite/statements.ts'
import type { Store } from '../../src/store/port.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { asItIs, grace, TODAY, proposed } from '../context.ts'
import { descriptorsOf, failing } from './failing-disk.ts'

let template: string
let folder: string
let file: string
let store: Store
let snapshots: number[]
/** Creates the file that each test copies, since filling it takes half a second. */
beforeAll(() => {
  template = mkdtempSync(join(realpathSync(tmpdir()), 'failing-template-'))
  const db = openDatabase(join(template, 'calendar.db'))
  const { begin, put, commit } = prepare(db)
  const insert = (one: Reservation) => put.run(rowOf(one, eventCodec.encode(one), 0, eventCodec))
  begin.run()
  for (let n = 0; n < 60; n += 1) {
    const extra = { padding: 'p'.repeat(60_000) }
    insert(proposed({ id: `large-${n}`, site: 'saf', start: TODAY + n, end: TODAY + n + HOUR, extra }))
  }
  for (let n = 0; n < 6000; n += 1)
    insert(proposed({ id: `small-${n}`, site: 'many', start: TODAY + n, end: TODAY + n + HOUR }))
  commit.run()
  db.close()
  return () => rmSync(template, { recursive: true })
})
beforeEach(() => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'failing-'))
  file = join(folder, 'calendar.db')
  copyFileSync(join(template, 'calendar.db'), file)
  const db = openDatabase(file)
  const before = new Set(descriptorsOf(file))
  store = sqliteStore(db, eventCodec)
  snapshots = descriptorsOf(file).filter((fd) => !before.has(fd))
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const during = { start: TODAY, end: TODAY + DAY }
const counted = async () => {
  let count = 0
  for await (const chunk of store.outlines({ site: 'many', during })) count += chunk.length
  return count
}
const longQueries: [string, () => Promise<unknown>, unknown][] = [
  ['a list', () => store.list({ sites: ['saf'], during }, asItIs), 60],
  [
    'a list as bytes',
    async () =>
      JSON.parse(
        new TextDecoder().decode(await store.listBytes({ sites: ['saf'], during }, viewerOf(grace))),
      ) as unknown,
    60,
  ],
  ['outlines', async () => Array.from({ length: await counted() }), 6000],
]

describe('while disk reads fail', () => {
  it.each(longQueries)(
    'a query is rejected as unavailable each time, and succeeds when reads succeed again: %s',
    async (_, ask, length) => {
      const mend = failing(snapshots)
      for (let times = 0; times < 5; times += 1)
        await expect(ask()).rejects.toMatchObject({
          name: 'Failure',
          code: 'unavailable',
          cause: { code: expect.stringContaining('SQLITE_IOERR') as unknown },
        })
      expect([store.longLists.active(), store.longLists.waiting()]).toEqual([0, 0])
      mend()
      expect(await ask()).toHaveLength(length as number)
    },
  )

  it('a check reports the I/O error', () => {
    const before = new Set(descriptorsOf(file))
    const looked = openForReading(file)
    const mend = failing(descriptorsOf(file).filter((fd) => !before.has(fd)))
    expect(() => [...checkStore(looked, eventCodec)]).toThrow(
      expect.objectContaining({ code: expect.stringContaining('SQLITE_IOERR') as unknown }) as Error,
    )
    mend()
    looked.close()
  })
})
