import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { DAY } from '../../src/domain/interval.ts'
import { openDatabase } from '../../src/store/sqlite/open.ts'
import { SiteVersions } from '../../src/store/sqlite/site-versions.ts'
import { type SqliteStore, sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { eventCodec } from '../../src/wire/event.ts'
import { changing, memoryStore, proposed, TODAY } from '../context.ts'

let folder: string
let file: string
let store: SqliteStore
let isDamaged: boolean

const open = () =>
  sqliteStore(openDatabase(file), eventCodec, {
    scrub: async () => (isDamaged ? [{ id: 'one', start: TODAY }] : []),
  })
/** The version of sites, once all texts have been scrubbed. */
const versionOf = (...sites: string[]) =>
  vi.waitFor(async () => {
    const version = await store.versionOf(sites)
    if (version === undefined) throw new Error('not yet')
    return version
  })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'versions-'))
  file = join(folder, 'calendar.db')
  isDamaged = false
  store = open()
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

it('the version of sites changes with each change at them, and with no other', async () => {
  const one = proposed({ id: 'one', site: 'saf' })
  const ofSaf = [await versionOf('saf')]
  const [ofAro, ofBoth] = [await versionOf('aro1'), await versionOf('aro1', 'saf')]
  await changing(store, [{ after: one }])
  ofSaf.push(await versionOf('saf'))
  expect(await versionOf('aro1')).toBe(ofAro)
  expect(await versionOf('aro1', 'saf')).not.toBe(ofBoth)
  const [before] = await store.find('one')
  await changing(store, [{ before: before!, after: { ...one, note: 'clouds' } }])
  ofSaf.push(await versionOf('saf'))
  expect(await versionOf('saf')).toBe(ofSaf[2])
  const [noted] = await store.find('one')
  await changing(store, [{ before: noted!, after: { ...one, site: 'aro1' } }])
  ofSaf.push(await versionOf('saf'))
  expect(new Set(ofSaf).size).toBe(4)
  expect(await versionOf('aro1')).not.toBe(ofAro)
})

it('the version of sites changes after a write of another connection, an import and a reopening', async () => {
  const versions = [await versionOf('saf')]
  const other = sqliteStore(openDatabase(file), eventCodec)
  await changing(other, [{ after: proposed() }])
  await other.close()
  expect(await store.versionOf(['saf'])).toBeUndefined()
  versions.push(await versionOf('saf'))
  const reservation = proposed({ id: 'imported', start: TODAY + DAY })
  const entry = { id: 'imported', reservations: [{ reservation, revision: 0 }], history: [], messages: [] }
  await store.archive.importAll([entry])
  versions.push(await versionOf('saf'))
  await store.close()
  store = open()
  versions.push(await versionOf('saf'))
  expect(new Set(versions).size).toBe(4)
})

it('the version of sites is unknown while texts are damaged or not scrubbed, and after the file was moved', async () => {
  expect(await memoryStore().versionOf?.(['saf'])).toBeUndefined()
  await versionOf('saf')
  renameSync(file, `${file}.moved`)
  await expect(store.versionOf(['saf'])).rejects.toMatchObject({ code: 'unavailable' })
  renameSync(`${file}.moved`, file)
  await store.close()
  isDamaged = true
  store = open()
  await vi.waitFor(async () => expect((await store.stats?.())?.damaged).toBe(1))
  expect(await store.versionOf(['saf'])).toBeUndefined()
})

it('a store remembers the versions of 10,000 sites, and renews all when there are more', () => {
  const versions = new SiteVersions(() => 1)
  const changeAt = (site: string) =>
    versions.apply([{ after: proposed({ site }), row: undefined, at: TODAY, by: 'import', via: 'import' }])
  changeAt('first')
  const first = versions.of(['first'])
  for (let n = 0; n < 9_999; n += 1) changeAt(`site-${n}`)
  expect(versions.of(['first'])).toBe(first)
  changeAt('one more')
  expect(versions.of(['first'])).not.toBe(first)
})
