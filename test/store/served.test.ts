import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { reserve } from '../../src/service/reserve.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { type ServedFile, serveFile } from '../../src/store/sqlite/served-file.ts'
import { type OpenStore, Recovery } from '../../src/store/sqlite/recovery.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { ada, asItIs, from, saf, proposed, TODAY, worldOf } from '../context.ts'
import { descriptorsOf } from './failing-disk.ts'

let folder: string
let file: string
let served: ServedFile
beforeEach(async () => {
  folder = mkdtempSync(join(realpathSync(tmpdir()), 'served-'))
  file = join(folder, 'calendar.db')
  served = await serveFile(file, { codec: eventCodec, now: () => TODAY, report: () => {}, everyMs: 10 })
  await reserve(proposed({ id: 'adas' }), ada, { override: false }, worldOf(served.store))
  // The checkpoint worker has opened the file by then.
  await until(async () => (await served.store.stats?.())?.damaged === 0)
})
afterEach(async () => {
  await served.store.close()
  rmSync(folder, { recursive: true })
})

const list = () => served.store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)
const lock = () => `${file}-server`
const until = (isSo: () => boolean | Promise<boolean>) => vi.waitUntil(isSo, { interval: 5, timeout: 20_000 })
/** Each round recreates the lock file, so two of them contain a complete round. */
async function rounds(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    rmSync(lock(), { force: true })
    await until(() => existsSync(lock()))
  }
}
const moveAll = (to: string) => {
  mkdirSync(to)
  for (const name of readdirSync(folder))
    if (name.startsWith('calendar')) renameSync(join(folder, name), join(to, name))
}

describe('a served file that is moved away with its WAL', () => {
  it.each([
    ['an empty file', () => writeFileSync(file, '')],
    ['another calendar', () => openDatabase(join(folder, 'other.db')).close()],
  ])('is served again when it is back, and its replacement is never served: %s', async (_, make) => {
    const away = join(folder, 'away')
    moveAll(away)
    make()
    if (existsSync(join(folder, 'other.db'))) renameSync(join(folder, 'other.db'), file)
    const before = readFileSync(file)
    await rounds(3)
    await expect(list()).rejects.toMatchObject({ code: 'unavailable' })
    await expect(reserve(proposed(), ada, { override: false }, worldOf(served.store))).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(readFileSync(file)).toEqual(before)
    expect(existsSync(`${file}-wal`)).toBe(false)
    // The server keeps the moved file open.
    expect(descriptorsOf(join(away, 'calendar.db'))).not.toEqual([])

    for (const name of readdirSync(folder)) if (name.startsWith('calendar')) rmSync(join(folder, name))
    for (const name of readdirSync(away)) renameSync(join(away, name), join(folder, name))
    await until(() =>
      list().then(
        (found) => found.length === 1,
        () => false,
      ),
    )
    await rounds(2)
    expect(await list()).toHaveLength(1)
    await until(() =>
      reserve(proposed(), ada, { override: false }, worldOf(served.store)).then(
        () => true,
        () => false,
      ),
    )
  })

  it('stays served if only its lock file is deleted', async () => {
    await rounds(2)
    await until(() =>
      list().then(
        (found) => found.length === 1,
        () => false,
      ),
    )
    await until(() =>
      reserve(proposed(), ada, { override: false }, worldOf(served.store)).then(
        () => true,
        () => false,
      ),
    )
  })
})

it('recovery does not reopen a closed store while another file is in its place', async () => {
  const reopen = vi.fn(async () => {})
  let problem: string | undefined = 'another file is in the place of its file'
  const current = () =>
    ({
      opened: { db: { open: false }, mode: 'shared' },
      store: { checkFile: () => problem, health: () => Promise.resolve({ unreadable: 'it is closed' }) },
    }) as unknown as OpenStore
  const recovery = new Recovery(file, { current, reopen })
  await recovery.run()
  expect(reopen).not.toHaveBeenCalled()
  problem = undefined
  await recovery.run()
  expect(reopen).toHaveBeenCalledOnce()
})
