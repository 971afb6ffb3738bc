import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import Sqlite from 'better-sqlite3'
import { exportSPKI, generateKeyPair } from 'jose'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { AUDIENCE, openIssuer, type TestIssuer } from '../issuer.ts'
import { minute, post, withToken } from '../process/calendar.ts'
import { blocksUnder, machine, type Machine } from './machine.ts'

// Each test starts Node.js up to ten times.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

/** The commands of the guide. */
const [commands = ''] = blocksUnder('Commands')
const [backUp = '', backUpByName = ''] = blocksUnder('Backup')
const [choose = '', restore = ''] = blocksUnder('Restore')
const [upgrade = ''] = blocksUnder('Upgrade')
const [goBack = ''] = blocksUnder('Rollback')
const [bothKeys = '', newKeyAlone = ''] = blocksUnder('Key rotation', 'ini')
const [exchangeKey = ''] = blocksUnder('Key rotation')
const RESTART = 'systemctl restart photonranch-calendar'
/** Replace OLD-KEY and NEW-KEY of the guide. */
const [OLD, NEW] = ['9b1f6c07d2e84a35b0c96d1e7f4a2853', '27d5a8e04c9b4f61835a0be7f196c3d4']
/** The name of a backup in the guide. */
const EXAMPLE = 'calendar-2030-06-20T180000Z.db'

let issuer: TestIssuer
let its: Machine
beforeEach(async () => {
  issuer = await openIssuer()
  its = await machine(settings())
  await its.run('systemctl start photonranch-calendar')
  expect(await its.up()).toBe('ready')
})
afterEach(async () => {
  await its.remove()
  await issuer.close()
})

const settings = (...more: string[]) => [
  `AUTH_ISSUER=${issuer.url}`,
  `AUTH_AUDIENCE=${AUDIENCE}`,
  `SERVICE_KEYS=scheduler:${OLD}`,
  ...more,
]

let minutes = 0

/** Reserves a free minute. @returns its id when the server has acknowledged it */
async function reserve(headers: Record<string, string> = { 'X-Api-Key': OLD }): Promise<string> {
  const n = minutes++
  const { status, value } = await post(
    `${its.base}/newevent`,
    { event_id: `minute-${n}`, site: 'saf', start: minute(n), end: minute(n + 1) },
    headers,
  )
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(value)}`)
  return `minute-${n}`
}

const statusWith = (headers: Record<string, string>) =>
  reserve(headers).then(
    () => 200,
    (error: Error) => Number.parseInt(error.message, 10),
  )

async function missingOf(ids: readonly string[]): Promise<string[]> {
  const { value } = await post(`${its.base}/siteevents`, { site: 'saf', start: minute(0), end: minute(minutes + 1) })
  const there = new Set((value as { event_id: string }[]).map(({ event_id }) => event_id))
  return ids.filter((id) => !there.has(id))
}

/** Starts eight concurrent writers, which reserve until they are stopped. */
function writers() {
  const acknowledged: string[] = []
  const orders = { stop: false }
  const done = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!orders.stop) acknowledged.push(await reserve())
    }),
  )
  const stop = async () => {
    orders.stop = true
    await done
  }
  return { acknowledged, stop }
}

const chosen = (backup: string) => choose.replace(EXAMPLE, backup)

describe('backup and restore', () => {
  it('restores everything that was acknowledged before a backup made during writes', async () => {
    const writing = writers()
    while (writing.acknowledged.length < 200) await reserve()
    const before = [...writing.acknowledged]
    const output = await its.run(backUp)
    const [backup = '', ...others] = its.backups()
    await writing.stop()
    const after = await reserve()
    expect(output).toContain(': 0 problems')
    const created = await its.backedUpAt()
    expect(created).toBe(Math.floor(statSync(its.at(`var/lib/photonranch-calendar-backups/${backup}`)).mtimeMs / 1000))
    expect([backup, others]).toEqual([expect.stringMatching(/^calendar-[\dT-]+Z\.db$/), []])
    expect(writing.acknowledged.length).toBeGreaterThan(before.length)

    await its.crash()
    expect(existsSync(its.at('var/lib/photonranch-calendar/calendar.db-wal'))).toBe(true)
    expect(await its.run(commands, chosen(backup), restore)).toContain('calendar.db: 0 problems')
    expect(readdirSync(its.at('var/lib/photonranch-calendar/replaced')).toSorted()).toEqual([
      'calendar.db',
      'calendar.db-server',
      'calendar.db-shm',
      'calendar.db-wal',
    ])
    expect(await its.up()).toBe('ready')
    // The metrics still have the time of the last backup.
    expect(await its.backedUpAt()).toBe(created)
    expect(await missingOf(before)).toEqual([])
    // The server serves the backup, not the store that it replaced.
    expect(await missingOf([after])).toEqual([after])
    expect(await statusWith({ 'X-Api-Key': OLD })).toBe(200)
    // A second restore does not overwrite the store that was set aside.
    await expect(its.run(commands, chosen(backup), restore)).rejects.toThrow('mkdir')
  })

  it('makes a backup with another name beside those named by date', async () => {
    expect(await its.run(commands, backUpByName)).toContain('0 reservations')
    await expect(its.run(commands, backUpByName)).rejects.toThrow('not overwritten')
    expect(its.backups()).toEqual(['before-the-move.db'])
    expect(await its.backedUpAt()).toBe(0)
  })

  it('restores a backup in a container', async () => {
    const [, exec = '', restored = ''] = blocksUnder('In a container')
    const inside = (script: string) => `cd /opt/photonranch-calendar\nexport STORE=sqlite:/data/calendar.db\n${script}`
    await its.run(
      'systemctl stop photonranch-calendar.socket',
      'mkdir /data',
      'mv /var/lib/photonranch-calendar/calendar.db /data/',
    )
    await its.run(inside(/ exec calendar (.*)/.exec(exec)?.[1] ?? ''))
    const [backup = ''] = readdirSync(its.at('data/backups'))
    const script = /-euc '\n([\s\S]*?)'\n/.exec(restored)?.[1] ?? ''
    expect(await its.run(inside(script.replace(EXAMPLE, backup)))).toContain('calendar.db: 0 problems')
    expect(readdirSync(its.at('data')).toSorted()).toEqual([
      '.calendar.db.backed-up',
      'backups',
      'calendar.db',
      'replaced',
    ])
  })
})

describe('upgrade', () => {
  it('keeps all reservations when upgrading and downgrading', async () => {
    const ids = [await reserve(), await reserve()]
    expect(await its.run(upgrade)).toContain('"status":"ok"')
    expect(await missingOf(ids)).toEqual([])
    ids.push(await reserve())
    await its.run(goBack)
    expect(await its.up()).toBe('ready')
    expect(await missingOf(ids)).toEqual([])
  })

  it('downgrades from a newer schema by restoring the backup, and changes nothing before', async () => {
    const ids = [await reserve()]
    await its.run(upgrade)
    await its.run('systemctl stop photonranch-calendar.socket')
    makeNewer(its.at('var/lib/photonranch-calendar/calendar.db'))
    await its.run('systemctl start photonranch-calendar', goBack)
    expect(await its.up()).toBe(1)
    expect(its.log()).toContain('this database was written by a newer version of the calendar.')

    const [backup = ''] = its.backups()
    await its.run(commands, chosen(backup), restore)
    expect(await its.up()).toBe('ready')
    expect(await missingOf(ids)).toEqual([])
  })
})

/** Changes a store to the schema of a later version. */
function makeNewer(file: string): void {
  const db = new Sqlite(file)
  db.pragma(`user_version = ${Number(db.pragma('user_version', { simple: true })) + 1}`)
  db.close()
}

describe('changing keys', () => {
  const keyed = (keys: string) =>
    settings().map((line) =>
      line.startsWith('SERVICE_KEYS=') ? keys.trim().replace('OLD-KEY', OLD).replace('NEW-KEY', NEW) : line,
    )

  it('replaces a service key without downtime, and the old key is rejected afterwards', async () => {
    const [old, fresh] = [{ 'X-Api-Key': OLD }, { 'X-Api-Key': NEW }]
    const kept = await reserve(old)
    expect(await statusWith(fresh)).toBe(401)
    its.settings(keyed(bothKeys))
    await its.run(RESTART)
    expect(await its.up()).toBe('ready')
    expect([await statusWith(old), await statusWith(fresh)]).toEqual([200, 200])
    its.settings(keyed(newKeyAlone))
    await its.run(RESTART)
    expect(await its.up()).toBe('ready')
    expect([await statusWith(old), await statusWith(fresh)]).toEqual([401, 200])
    expect(await missingOf([kept])).toEqual([])
  })

  it('accepts a new key of the issuer by itself, and rejects a withdrawn one after a restart', async () => {
    const old = withToken(await issuer.mint())
    expect(await statusWith(old)).toBe(200)
    await issuer.rotate()
    // The server reads the keys of its issuer at most every half minute; after a start, at the first token.
    await its.run(RESTART)
    expect(await its.up()).toBe('ready')
    const fresh = withToken(await issuer.mint())
    expect([await statusWith(fresh), await statusWith(old)]).toEqual([200, 401])
  })

  it('replaces AUTH_PUBLIC_KEY, and rejects tokens of the previous key', async () => {
    const [first, second] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
    const file = its.at('etc/photonranch-calendar/issuer.pem')
    writeFileSync(file, await exportSPKI(first.publicKey))
    its.settings(settings(`AUTH_PUBLIC_KEY=${file}`))
    await its.run(RESTART)
    expect(await its.up()).toBe('ready')
    const old = withToken(await issuer.mint({ roles: [] }, { key: first.privateKey }))
    const fresh = withToken(await issuer.mint({ roles: [] }, { key: second.privateKey }))
    expect([await statusWith(old), await statusWith(fresh)]).toEqual([200, 401])
    writeFileSync(its.at('new.pem'), await exportSPKI(second.publicKey))
    await its.run(exchangeKey)
    expect(await its.up()).toBe('ready')
    expect([await statusWith(old), await statusWith(fresh)]).toEqual([401, 200])

    writeFileSync(its.at('new.pem'), 'no key')
    await its.run(exchangeKey)
    expect(await its.up()).toBe(4)
    expect(its.log()).toContain('AUTH_PUBLIC_KEY must be a PEM public key or certificate')
  })
})
