import { existsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { command } from '../cli/folder.ts'
import { type Environment, home, startCalendar } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let environment: Environment
/** Where a mistyped setting leads. */
let mistyped: string
beforeEach(async () => {
  place = await home()
  mistyped = join(place.folder, 'data', 'calender.db')
  environment = { ...place.environment, STORE: `sqlite:${mistyped}`, LOG_LEVEL: 'warn' }
})
afterEach(() => place.remove())

describe('a store that is not there', () => {
  it('is rejected by serve with STORE_MUST_EXIST, and so is an empty file', async () => {
    const rejected = await command({ ...environment, STORE_MUST_EXIST: 'true' }, ['serve'])
    expect(rejected).toMatchObject({ code: 1, err: expect.stringContaining(`${mistyped} is not there`) })
    expect(existsSync(dirname(mistyped))).toBe(false)
    writeFileSync(place.file, '')
    const empty = await command({ ...environment, STORE: place.environment.STORE, STORE_MUST_EXIST: 'true' }, ['serve'])
    expect(empty).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${place.file} holds no calendar: it is empty`),
    })
  })

  it('is created by serve, readable by its owner alone, and logged once', async () => {
    const calendar = await startCalendar(environment)
    const modes = ['', '-wal', '-shm'].map((part) => statSync(`${mistyped}${part}`).mode & 0o777)
    expect([...modes, statSync(dirname(mistyped)).mode & 0o777]).toEqual([0o600, 0o600, 0o600, 0o700])
    expect((await calendar.end('SIGTERM')).out).toContain(`"store":"sqlite:${mistyped}","msg":"created a new store"`)
    const again = await startCalendar({ ...environment, STORE_MUST_EXIST: 'true' })
    expect((await again.end('SIGTERM')).out).not.toContain('a new one was made')
  })
})

it('serve rejects the file of another program by name, and leaves it unchanged', async () => {
  new Sqlite(place.file).exec('CREATE TABLE recipes (name TEXT)').close()
  const rejected = await command(place.environment, ['serve'])
  expect(rejected).toMatchObject({
    code: 1,
    err: expect.stringContaining(`${place.file} holds no calendar: it is another program's.`),
  })
  const db = new Sqlite(place.file, { readonly: true })
  expect(db.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['recipes'])
  db.close()
})
