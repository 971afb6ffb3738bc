import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings, SETTINGS } from '../../src/ops/settings.ts'

const UNITS = 'deploy/systemd'
const SERVER = 'photonranch-calendar.service'
const BACKUP = 'photonranch-calendar-backup.service'
const TIMER = 'photonranch-calendar-backup.timer'
const SOCKET = 'photonranch-calendar.socket'
const read = (name: string) => readFileSync(join(UNITS, name), 'utf8')

/** The lines `Name=value` of a unit, in order. */
const linesOf = (name: string) =>
  read(name)
    .split('\n')
    .filter((line) => /^[A-Z]\w+=/.test(line))
/** The sandboxing settings that both units share. */
const limitsOf = (name: string) => {
  const lines = linesOf(name)
  return lines.slice(lines.indexOf('UMask=0077'), lines.indexOf('SystemCallErrorNumber=EPERM') + 1)
}

describe('the units', () => {
  let folder: string
  /** The units with the Node.js and folder of this test in place of /opt. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-units-'))
    for (const name of readdirSync(UNITS).filter((name) => /\.(service|timer|socket)$/.test(name))) {
      const here = read(name)
        .replaceAll('/opt/photonranch-calendar/bin/node', process.execPath)
        .replaceAll('/opt/photonranch-calendar', process.cwd())
      writeFileSync(join(folder, name), here)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([SERVER, BACKUP, TIMER, SOCKET])('has a valid %s', (name) => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, name)], {
      encoding: 'utf8',
    })
    expect({ status, output: stdout + stderr }).toEqual({ status: 0, output: '' })
  })

  // On systemd's scale of 0 to 10; docs/operating.md has the values.
  it.each([
    [SERVER, 1.5],
    [BACKUP, 0.8],
  ])('limits the exposure of %s by systemd-analyze', (name, max) => {
    const analysis = execFileSync('systemd-analyze', ['security', '--offline=true', '--no-pager', join(folder, name)], {
      encoding: 'utf8',
    })
    const exposure = Number(/Overall exposure level for \S+ (\d+\.\d)/.exec(analysis)?.[1])
    expect(exposure).toBeLessThanOrEqual(max)
  })
})

it('restricts the backup like the server', () => {
  expect(limitsOf(SERVER).length).toBeGreaterThan(20)
  expect(limitsOf(BACKUP)).toEqual(limitsOf(SERVER))
})

it('runs the server and the backup as one account, on one store', () => {
  for (const line of [/^User=/, /^Group=/, /^StateDirectoryMode=/, /^CacheDirectory/]) {
    expect(linesOf(BACKUP).filter((one) => line.test(one))).toEqual(linesOf(SERVER).filter((one) => line.test(one)))
  }
  const store = (name: string) => /\bSTORE=(\S+)/.exec(read(name))?.[1]
  expect(store(SERVER)).toBe('sqlite:/var/lib/photonranch-calendar/calendar.db')
  expect(store(BACKUP)).toBe(store(SERVER))
})

it('gives the server longer to stop than it takes', () => {
  expect(linesOf(SERVER)).toContain('TimeoutStopSec=15')
})

it('restarts the server after any exit, on a socket that stays open', () => {
  expect(linesOf(SERVER)).toEqual(expect.arrayContaining(['Restart=always', `Requires=${SOCKET}`, `Also=${SOCKET}`]))
  expect(linesOf(SERVER).find((line) => line.startsWith('After='))).toContain(SOCKET)
  expect(linesOf(SOCKET).filter((line) => line.startsWith('Listen'))).toEqual(['ListenStream=127.0.0.1:8000'])
})

it('gives the server settings that it accepts', () => {
  const pairs = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name, value]) => [name, value])
  const [unit = ''] = linesOf(SERVER).filter((line) => line.startsWith('Environment='))
  const ofUnit = Object.fromEntries(pairs(unit, /\b([A-Z_]+)=(\S+)/g)) as Record<string, string>
  const example = Object.fromEntries(pairs(read('environment.example'), /^([A-Z_]+)=(.*)$/gm)) as Record<string, string>
  expect(Object.keys(example).filter((name) => !(name in SETTINGS))).toEqual([])
  expect(readSettings({ ...ofUnit, ...example })).toMatchObject({ STAGE: 'prod', TRUST_PROXY: 1 })
})

describe('deploy/backup.sh', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  const files = () => readdirSync(at('backups')).toSorted()
  const backUp = (...more: string[]) =>
    spawnSync('sh', ['deploy/backup.sh', at('backups'), ...more], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '', STORE: `sqlite:${at('calendar.db')}` },
    })
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'calendar-backup-'))
    mkdirSync(at('backups'))
    const env = { PATH: process.env['PATH'] ?? '', STORE: `sqlite:${at('calendar.db')}` }
    // An empty import creates a store.
    writeFileSync(at('nothing.json'), '')
    execFileSync(process.execPath, ['bin/photonranch-calendar.js', 'import', at('nothing.json')], {
      env,
      stdio: 'pipe',
    })
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it('makes a backup with the date as its name, and removes the oldest beyond those to keep, and nothing else', () => {
    const old = ['calendar-2020-01-01T000000Z.db', 'calendar-2020-01-02T000000Z.db', 'calendar-2020-01-03T000000Z.db']
    const foreign = ['before-the-move.db', 'calendar-2019.db', 'calendar-2020-01-01T000000Z.db.mine']
    for (const name of [...old, ...foreign]) writeFileSync(at(`backups/${name}`), name)
    const { status, stdout } = backUp('3')
    expect({ status, stdout }).toMatchObject({
      status: 0,
      stdout: expect.stringContaining(`removed ${old[0]}`) as string,
    })
    const [fresh, ...others] = files().filter((name) => ![...old, ...foreign].includes(name))
    expect([fresh, others]).toEqual([expect.stringMatching(/^calendar-\d{4}-\d\d-\d\dT\d{6}Z\.db$/), []])
    expect(new Set(files())).toEqual(new Set([...foreign, ...old.slice(1), fresh]))
    const created = statSync(at(`backups/${fresh}`)).mtimeMs
    expect(statSync(at('.calendar.db.backed-up'))).toMatchObject({ size: 0, mode: 0o100600, mtimeMs: created })
  })

  it('removes nothing and reports an error if the backup fails or does not pass its check', () => {
    const before = files()
    rmSync(at('.calendar.db.backed-up'))
    chmodSync(at('backups'), 0o700)
    writeFileSync(at('sound.db'), readFileSync(at('calendar.db')))
    writeFileSync(at('calendar.db'), 'no database at all')
    const { status, stderr } = backUp('1')
    expect([status, stderr]).toEqual([1, `sqlite:${at('calendar.db')} is not a SQLite database.\n`])
    expect(files()).toEqual(before)
    writeFileSync(at('calendar.db'), readFileSync(at('sound.db')))

    const db = new Sqlite(at('calendar.db'))
    db.exec(
      "INSERT INTO reservations (site, length_class, start, event_id, end, observer, revision, doc, masked) VALUES ('saf', 0, 0, 'from nowhere', 60, 'nobody', 1, '{', NULL)",
    )
    const found = backUp('1')
    db.exec('DELETE FROM reservations')
    db.close()
    const [unchecked, ...others] = files().filter((name) => !before.includes(name))
    expect([found.status, unchecked, others]).toEqual([3, expect.stringMatching(/Z\.unchecked$/), []])
    expect(found.stderr).toBe(`${at('backups')}/${unchecked} did not pass its check and is no backup\n`)
    rmSync(at(`backups/${unchecked}`))
    // The server does not count it as a backup either.
    expect(existsSync(at('.calendar.db.backed-up'))).toBe(false)
  })

  it.each(['0', '-1', 'all', '1 2'])('rejects %s as the number of backups to keep', (keep) => {
    const before = files()
    expect(backUp(keep)).toMatchObject({ status: 2, stderr: expect.stringContaining('KEEP must be') as string })
    expect(files()).toEqual(before)
  })
})
