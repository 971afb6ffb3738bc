import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { asService, type Calendar, type Environment, home, minute, post, startCalendar, TRUSTING } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
let environment: Environment
let file: string
let calendar: Calendar
beforeEach(async () => {
  place = await home()
  mkdirSync(join(place.folder, 'store'))
  file = join(place.folder, 'store', 'calendar.db')
  environment = { ...place.environment, ...TRUSTING, STORE: `sqlite:${file}` }
  minutes = 0
})
afterEach(() => {
  chmodSync(join(place.folder, 'store'), 0o700)
  place.remove()
})

let minutes: number
const reserve = async ({ base } = calendar) => {
  const n = minutes++
  const answer = await post(
    `${base}/newevent`,
    { event_id: `event-${n}`, site: 'saf', start: minute(n), end: minute(n + 1) },
    asService,
  )
  return { ...answer, id: `event-${n}` }
}
const list = ({ base } = calendar) => post(`${base}/siteevents`, { site: 'saf', start: minute(0), end: minute(20_000) })
const idsOf = ({ value }: { value: unknown }) => (value as { event_id: string }[]).map(({ event_id }) => event_id)
const health = async ({ port } = calendar) => {
  const response = await fetch(`http://127.0.0.1:${port}/health/ready`)
  return { code: response.status, ...((await response.json()) as { status: string; writable: boolean }) }
}
const until = (done: () => Promise<boolean>) => calendar.until(async () => expect(await done()).toBe(true))
/** What is in a file, as another program sees it. */
function idsIn(path: string): string[] {
  const db = new Sqlite(path)
  const ids = db.prepare('SELECT event_id FROM reservations').pluck().all() as string[]
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  db.close()
  return ids
}

const UNREACHABLE = 'The calendar cannot reach its store just now; please try again.'
const isGone = async (why: string) => {
  expect(await list()).toEqual({ status: 503, value: UNREACHABLE })
  expect(await reserve()).toMatchObject({ status: 503, value: UNREACHABLE })
  expect(await health()).toMatchObject({ code: 503, status: `the store does not answer: ${why}`, writable: false })
}
const works = async () => {
  const created = await reserve()
  expect(created.status).toBe(200)
  expect(idsOf(await list())).toContain(created.id)
  expect(await health()).toMatchObject({ code: 200, status: 'ok', writable: true })
}

describe('a store whose file', () => {
  beforeEach(async () => {
    calendar = await startCalendar(environment)
    expect((await reserve()).status).toBe(200)
  })

  it('is moved: requests are rejected, nothing is acknowledged, and the server continues when it is back', async () => {
    const elsewhere = join(place.folder, 'elsewhere.db')
    const acknowledged: string[] = []
    const enough = new AbortController()
    const write = async () => {
      while (!enough.signal.aborted) {
        const { status, id } = await reserve()
        if (status === 200) acknowledged.push(id)
      }
    }
    const writers = Array.from({ length: 8 }, write)
    await until(async () => acknowledged.length > 100)
    renameSync(file, elsewhere)
    await isGone('its file is gone')
    enough.abort()
    await Promise.all(writers)
    // What was acknowledged went along, and none of it stays behind to be taken for another file's.
    await until(async () => statSync(`${file}-wal`).size === 0)
    expect(idsIn(elsewhere)).toEqual(expect.arrayContaining(acknowledged))

    renameSync(elsewhere, file)
    await works()
    expect(idsOf(await list())).toEqual(expect.arrayContaining(acknowledged))
    expect((await calendar.end('SIGTERM')).code).toBe(0)
    expect(idsIn(file)).toEqual(expect.arrayContaining(acknowledged))
  })

  it('is replaced by another calendar: requests are rejected, and the other file is unchanged', async () => {
    const other = join(place.folder, 'other.db')
    execFileSync(process.execPath, [
      '-e',
      `new (require('better-sqlite3'))(process.argv[1]).prepare('VACUUM INTO ?').run(process.argv[2])`,
      file,
      other,
    ])
    const before = readFileSync(other)
    renameSync(other, file)
    await isGone('another file is in the place of its file')
    await until(async () => statSync(`${file}-wal`).size === 0)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
    expect(readFileSync(file)).toEqual(before)
    calendar = await startCalendar(environment)
    await works()
  })

  it('is deleted: requests are rejected, no new file is made, and the old one can be saved', async () => {
    const { id } = await reserve()
    for (const name of readdirSync(join(place.folder, 'store'))) rmSync(join(place.folder, 'store', name))
    await isGone('its file is gone')
    await sleep(1500)
    await isGone('its file is gone')
    expect(readdirSync(join(place.folder, 'store')).filter((name) => !name.endsWith('-server'))).toEqual([])
    const descriptors = `/proc/${calendar.pid}/fd`
    const open = readdirSync(descriptors).find((name) => readlinkSync(join(descriptors, name)) === `${file} (deleted)`)
    copyFileSync(join(descriptors, open ?? ''), join(place.folder, 'saved.db'))
    expect(idsIn(join(place.folder, 'saved.db'))).toContain(id)
    expect((await calendar.end('SIGTERM')).code).toBe(0)
  })

  it('loses its write-ahead log, its index or both: every acknowledged reservation is kept, and the server continues', async () => {
    const acknowledged: string[] = []
    for (const parts of [['-wal'], ['-shm'], ['-wal', '-shm']]) {
      acknowledged.push((await reserve()).id, (await reserve()).id)
      for (const part of parts) rmSync(`${file}${part}`)
      // Whoever opens it meanwhile to read finds no log, and makes an empty one.
      if (parts[0] === '-wal') writeFileSync(`${file}-wal`, '')
      for (let n = 0; n < 5; n++) {
        const { status, value } = await list()
        if (status === 200) expect(idsOf({ value })).toEqual(expect.arrayContaining(acknowledged))
        else expect(value).toBe(UNREACHABLE)
      }
      await until(async () => (await health()).code === 200)
      await works()
      expect(idsOf(await list())).toEqual(expect.arrayContaining(acknowledged))
    }
    expect((await calendar.end('SIGKILL')).code).toBeNull()
    expect(idsIn(file)).toEqual(expect.arrayContaining(acknowledged))
  })

  it.each([0, 4096])('is truncated to %d bytes: requests are rejected, and the server does not exit', async (size) => {
    for (let n = 0; n < 20; n++) await reserve()
    // So that the file itself holds something that can be cut off.
    const db = new Sqlite(file)
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    await reserve()
    truncateSync(file, size)
    await isGone('its file was cut short')
  })

  it('has its write-ahead log truncated: requests are rejected, and the server does not exit', async () => {
    truncateSync(`${file}-wal`, 0)
    await isGone('its write-ahead log was cut short')
  })

  it('is made shorter by SQLite, or loses all its permissions: the server continues', async () => {
    const db = new Sqlite(file)
    db.pragma('wal_checkpoint(TRUNCATE)')
    await works()
    db.exec('VACUUM')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.close()
    await works()
    chmodSync(file, 0)
    await works()
  })
})

/** As whoever obeys rights; root, who else does not, without that privilege. */
const OBEDIENT = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search'] : []

describe('a store that is read-only', () => {
  const WHY = 'its file or its folder is read-only'
  const setReadOnly = () => {
    for (const name of readdirSync(join(place.folder, 'store'))) chmodSync(join(place.folder, 'store', name), 0o400)
    chmodSync(join(place.folder, 'store'), 0o500)
  }
  const setWritable = () => {
    chmodSync(join(place.folder, 'store'), 0o700)
    for (const name of readdirSync(join(place.folder, 'store'))) chmodSync(join(place.folder, 'store', name), 0o600)
  }

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'is served for reading by a server that starts after %s, and for writing once it is writable',
    async (signal) => {
      calendar = await startCalendar(environment, undefined, OBEDIENT)
      const { id } = await reserve()
      await calendar.end(signal)
      setReadOnly()
      calendar = await startCalendar(environment, undefined, OBEDIENT)
      expect(idsOf(await list())).toEqual([id])
      expect(await reserve()).toMatchObject({
        status: 503,
        value: `The calendar can be read but not changed just now: ${WHY}.`,
      })
      expect(await health()).toMatchObject({ code: 200, status: `read only: ${WHY}`, writable: false })

      setWritable()
      await until(async () => (await health()).writable)
      await works()
      expect(idsOf(await list())).toContain(id)
      expect((await calendar.end('SIGTERM')).code).toBe(0)
    },
  )

  it('shows what another process with write permission has changed', async () => {
    calendar = await startCalendar(environment)
    await reserve()
    await calendar.end('SIGTERM')
    setReadOnly()
    calendar = await startCalendar(environment, undefined, OBEDIENT)
    expect(idsOf(await list())).toHaveLength(1)
    chmodSync(join(place.folder, 'store'), 0o700)
    const db = new Sqlite(file)
    db.pragma('journal_mode = DELETE')
    db.exec("UPDATE reservations SET event_id = 'another', doc = replace(doc, 'event-0', 'another')")
    db.close()
    await until(async () => idsOf(await list())[0] === 'another')
  })
})

describe('a disk that is full', () => {
  /** No file of the process may grow, until `makeRoom`. Bounds are for the process alone, so that no root is needed. */
  const FULL = ['sh', '-c', 'ulimit -S -f 0 && exec "$@"', 'sh']
  const makeRoom = () => execFileSync('prlimit', ['--pid', String(calendar.pid), '--fsize=unlimited:'])

  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'lets a server start after %s and answer reads; writes are rejected until there is room',
    async (signal) => {
      calendar = await startCalendar(environment)
      const { id } = await reserve()
      await calendar.end(signal)
      calendar = await startCalendar(environment, undefined, FULL)
      expect(idsOf(await list())).toEqual([id])
      for (let n = 0; n < 3; n++) {
        const { status, value } = await reserve()
        expect(status).toBe(503)
        expect(value).toMatch(/^The calendar can be read but not changed just now: its disk /)
      }
      expect(await health()).toMatchObject({
        code: 200,
        status: expect.stringMatching(/^read only: its disk /),
        writable: false,
      })

      makeRoom()
      expect((await reserve()).status).toBe(200)
      await until(async () => (await health()).writable)
      await works()
      // Nobody else was let in meanwhile; now they are again.
      await until(async () => {
        const db = new Sqlite(file, { timeout: 0, readonly: true })
        try {
          return (db.prepare('SELECT count(*) FROM reservations').pluck().get() as number) > 0
        } catch {
          return false
        } finally {
          db.close()
        }
      })
      expect((await calendar.end('SIGTERM')).code).toBe(0)
      expect(idsIn(file)).toContain(id)
    },
  )

  it('is detected by a server without writes', async () => {
    calendar = await startCalendar(environment)
    await calendar.end('SIGTERM')
    calendar = await startCalendar(environment, undefined, FULL)
    await until(async () => !(await health()).writable)
    makeRoom()
    await until(async () => (await health()).writable)
  })
})
