import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Database } from 'better-sqlite3'
import { Failure } from '../../src/domain/failure.ts'
import { flushedBySqlite } from '../../src/store/sqlite/durability.ts'
import { openFileGuard } from '../../src/store/sqlite/file-guard.ts'
import { type GroupCommit, openGroupCommit } from '../../src/store/sqlite/group-commit.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { prepare } from '../../src/store/sqlite/statements.ts'

let db: Database
let commits: GroupCommit
beforeAll(() => {
  db = openDatabase(':memory:')
  const guard = openFileGuard({ presence: { check: () => undefined }, parts: [], written: () => 0 })
  const sql = prepare(db)
  commits = openGroupCommit({ sql, inTransaction: () => db.inTransaction, guard, durability: flushedBySqlite(db, sql) })
})
afterAll(() => void db.close())

it('group commit runs the changes of one turn in order before and after exclusive work, and none during it', async () => {
  const done: string[] = []
  const work = (name: string) => commits(() => void done.push(name))
  const before = [work('before'), work('before too')]
  const hold = commits.hold()
  const after = work('after')
  const release = await hold
  expect(done).toEqual(['before', 'before too'])
  await Promise.all(before)
  await new Promise(setImmediate)
  expect(done).toHaveLength(2)
  release()
  await after
  expect(done).toEqual(['before', 'before too', 'after'])
})

it('group commit keeps a transaction open over several turns for exclusive work only', async () => {
  const done: string[] = []
  const [exclusive] = await Promise.all([
    commits.exclusive(
      async () => {
        await new Promise(setImmediate)
        done.push(`loaded, ${db.inTransaction ? 'in' : 'without'} a transaction`)
        return 7
      },
      (loaded) => (done.push('worked'), loaded),
    ),
    commits(() => void done.push('after')),
  ])
  expect([exclusive, done]).toEqual([7, ['loaded, in a transaction', 'worked', 'after']])
  expect(db.inTransaction).toBe(false)
})

it('group commit announces durable changes in commit order before it answers, and no rejections', async () => {
  const seen: string[] = []
  const refused = new Failure('conflict', 'taken')
  const one = (name: string) =>
    commits(
      () => name,
      (value) => void seen.push(value),
    ).then((value) => void seen.push(`${value} is answered`))
  const refusal = commits(
    () => {
      throw refused
    },
    () => void seen.push('a refusal'),
  ).catch((error: unknown) => error)
  await Promise.all([one('first'), refusal, one('second')])
  expect(seen).toEqual(['first', 'second', 'first is answered', 'second is answered'])
  expect(await refusal).toBe(refused)
})
