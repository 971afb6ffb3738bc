import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { makeDemoData } from '../../src/cli/demo-data.ts'
import { conflictingPairs } from '../../src/store/integrity.ts'
import type { Stored } from '../../src/domain/reservation.ts'
import { defaultSites } from '../../src/main/default-sites.ts'
import { readSites } from '../../src/ops/sites.ts'
import type { Store } from '../../src/store/port.ts'
import { DAY } from '../../src/domain/interval.ts'
import { at, memoryStore, worldOf } from '../context.ts'
import { command, folder } from './folder.ts'

let store: Store
beforeEach(() => (store = memoryStore()))
afterEach(() => store.close())

const worldAt = (time: string) =>
  Object.assign(worldOf(store, { sites: readSites(defaultSites).sites }), { time: at(time) })

async function kept(): Promise<Stored[]> {
  const found: Stored[] = []
  for await (const one of store.all()) found.push(one)
  return found.toSorted(
    (a, b) => a.reservation.site.localeCompare(b.reservation.site) || a.reservation.start - b.reservation.start,
  )
}

it('demo data has reservations of every site, kind, origin and priority, and no conflicts', async () => {
  const { created, alreadyThere, taken } = await makeDemoData(worldAt('2026-11-26T12:00:00Z'))
  const all = await kept()
  expect([created, alreadyThere, taken]).toEqual([all.length, 0, 0])
  expect(created).toBeGreaterThan(500)
  const values = (of: (one: Stored['reservation']) => string) => new Set(all.map(({ reservation }) => of(reservation)))
  expect(values(({ site }) => site).size).toBe(defaultSites.length)
  expect(values(({ kind }) => kind)).toEqual(new Set(['realtime', 'project', 'maintenance']))
  expect(values(({ origin }) => origin)).toEqual(new Set(['ptr', 'lco']))
  expect(values(({ priority }) => priority)).toEqual(new Set(['standard', 'low_priority', 'time_critical']))
  expect([...conflictingPairs(all)]).toEqual([])
})

it('demo data is the same if it is made again, and is extended some days later', async () => {
  await makeDemoData(worldAt('2026-11-26T12:00:00Z'))
  const before = await kept()
  expect(await makeDemoData(worldAt('2026-11-26T18:00:00Z'))).toEqual({
    created: 0,
    alreadyThere: before.length,
    taken: 0,
  })
  expect(await kept()).toEqual(before)
  await makeDemoData(worldAt('2026-11-29T12:00:00Z'))
  const after = await kept()
  expect(after).toEqual(expect.arrayContaining(before))
  expect(after.length).toBeGreaterThan(before.length + 50)
})

it('demo data does not change existing reservations', async () => {
  const context = worldAt('2026-11-26T12:00:00Z')
  await makeDemoData(context)
  const [{ reservation } = expect.fail()] = (await kept()).filter(({ reservation: { kind } }) => kind === 'realtime')
  const other = memoryStore()
  await other.change({ ids: ['mine'] }, () => ({
    changes: [
      {
        after: { ...reservation, id: 'mine', observer: 'auth0|me' },
        at: context.time - DAY,
        by: 'auth0|me',
        via: 'reserve',
      },
    ],
    answer: undefined,
  }))
  const { taken } = await makeDemoData({ ...context, store: other })
  expect(taken).toBeGreaterThan(0)
  expect((await other.find('mine')).length).toBe(1)
  await other.close()
})

it('demo data has no conflicts and writes no messages, even with CONFLICTS=warn and a projects service', async () => {
  const context = Object.assign(worldAt('2026-11-26T12:00:00Z'), { conflictPolicy: 'warn', hasProjectsService: true })
  await makeDemoData(context)
  expect([...conflictingPairs(await kept())]).toEqual([])
  expect(await store.outbox.backlog()).toMatchObject({ depth: 0 })
})

it('making demo data can be interrupted', async () => {
  const controller = new AbortController()
  controller.abort('SIGINT')
  await expect(makeDemoData(worldAt('2026-11-26T12:00:00Z'), controller.signal)).rejects.toMatchObject({
    code: 'interrupted',
    exit: 130,
  })
})

describe('demo-data', () => {
  const commandIn =
    (environment: Record<string, string>) =>
    (...args: string[]) =>
      command(environment, ['demo-data', ...args])

  it('fills an empty calendar, and one with reservations only with --add', async () => {
    const at = folder()
    const run = commandIn({ STORE: `sqlite:${at('calendar.db')}` })
    const first = await run('--json')
    expect(first.code).toBe(EXIT.done)
    expect(JSON.parse(first.out)).toMatchObject({ store: `sqlite:${at('calendar.db')}`, already_there: 0, taken: 0 })
    const { created } = JSON.parse(first.out) as { created: number }
    expect(await run()).toMatchObject({
      code: EXIT.unable,
      out: '',
      err: expect.stringContaining('has reservations already') as string,
    })
    // A night may have ended since the first run.
    const { out } = await run('--add')
    expect(Number(/ (\d+) already there/.exec(out)?.[1])).toBeGreaterThan(created / 2)
  })

  it('is rejected if an issuer is configured, and creates no file', async () => {
    const at = folder()
    const run = commandIn({ STORE: `sqlite:${at('calendar.db')}`, AUTH_ISSUER: 'https://issuer.example.org/' })
    expect(await run()).toMatchObject({
      code: EXIT.settings,
      out: '',
      err: expect.stringContaining('AUTH_ISSUER') as string,
    })
    expect(await command({ STORE: `sqlite:${at('calendar.db')}` }, ['check'])).toMatchObject({ code: EXIT.unable })
  })
})
