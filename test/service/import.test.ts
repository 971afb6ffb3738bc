import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { waiting } from '../outbox.ts'
import { ada, bo, from, grace, memoryStore, on, type TestWorld, wish, worldOf } from '../world.ts'

let world: TestWorld
beforeEach(() => void (world = worldOf(memoryStore(), { tellsProjects: true })))
afterEach(() => world.store.close())

const outcomeOf = async (row: Reservation) => (await importRow(row, world)).outcome
const move = (id: string, start: number) =>
  amend({ reference: { id }, change: (before) => ({ ...before, start, end: start + HOUR }), override: false }, ada, world)
const rename = (id: string) =>
  amend({ reference: { id }, change: (before) => ({ ...before, title: 'renamed' }), override: false }, ada, world)

describe('importing a row', () => {
  it('keeps it whole, with its history, and tells the projects service nothing', async () => {
    const row = wish({ project: { name: 'M31', createdAt: 'then' }, note: 'n'.repeat(5000), modified: 7 })
    expect(await importRow(row, world)).toEqual({ outcome: 'imported', across: [] })
    expect(await world.store.find(row.id)).toEqual([{ reservation: row, revision: 1 }])
    expect(await world.store.history(row.id)).toMatchObject([{ by: 'import', via: 'import', at: world.time, after: row }])
    expect(await waiting(world.store)).toEqual([])
  })

  it('again changes nothing', async () => {
    const row = wish()
    await importRow(row, world)
    expect(await outcomeOf({ ...row, modified: 1 })).toBe('already there')
    expect(await world.store.history(row.id)).toHaveLength(1)
  })

  it('that was amended or moved here leaves it as it is here', async () => {
    const row = wish()
    await importRow(row, world)
    await rename(row.id)
    expect(await outcomeOf(row)).toBe('already there')
    await move(row.id, on(9, '05:00'))
    expect(await outcomeOf(row)).toBe('already there')
    expect(await world.store.find(row.id)).toMatchObject([{ reservation: { title: 'renamed', start: on(9, '05:00') }, revision: 3 }])
  })

  it('that was deleted here does not bring it back; what was restored is there', async () => {
    const row = wish()
    await importRow(row, world)
    await cancel({ reference: { id: row.id } }, ada, world)
    expect(await outcomeOf(row)).toBe('deleted here')
    await restore({ id: row.id, number: 1, override: false }, ada, world)
    expect(await outcomeOf(row)).toBe('already there')
  })

  it('that is not as it was never overwrites what stands', async () => {
    const row = wish()
    await importRow(row, world)
    expect(await outcomeOf({ ...row, title: 'another' })).toBe('differs')
    expect(await world.store.find(row.id)).toEqual([{ reservation: row, revision: 1 }])
  })

  it('lets one id stand at two starts, and tells the two apart', async () => {
    const [first, second] = [wish({ id: 'twice' }), wish({ id: 'twice', start: on(9, '06:00') })]
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['imported', 'imported'])
    await cancel({ reference: { id: 'twice', start: first.start } }, ada, world)
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['deleted here', 'already there'])
  })

  it('under an id that was given here is left out', async () => {
    const made = wish()
    await reserve(made, ada, { override: false }, world)
    expect(await outcomeOf({ ...made, start: on(20, '03:00'), end: on(20, '04:00') })).toBe('differs')
    expect(await outcomeOf(made)).toBe('already there')
  })

  it('keeps and records overlaps among what is imported', async () => {
    const [adas, bos, own] = [wish(), wish({ by: bo }), wish()]
    await importRow(adas, world)
    expect(await importRow(bos, world)).toEqual({ outcome: 'imported', across: [adas.id] })
    expect(await importRow(own, world)).toEqual({ outcome: 'imported', across: [bos.id] })
    expect(await world.store.history(bos.id)).toMatchObject([{ across: [adas.id] }])
  })

  it('leaves out what would double-book a reservation made here', async () => {
    const made = wish({ by: bo })
    await reserve(made, bo, { override: false }, world)
    const row = wish(from(9, '03:30', '05:00'))
    expect(await importRow(row, world)).toEqual({ outcome: 'conflict', across: [made.id] })
    expect(await world.store.history(row.id)).toEqual([])
    expect(await outcomeOf(wish({ by: bo, ...from(9, '03:30', '05:00') }))).toBe('imported')
  })

  it('lets it through where the policy lets everything through', async () => {
    const made = wish({ by: bo })
    await reserve(made, bo, { override: false }, world)
    expect(await importRow(wish(), { ...world, conflicts: 'warn' })).toEqual({ outcome: 'imported', across: [made.id] })
  })

  it('never lets both an import and a reservation made at once have the time', async () => {
    const row = wish()
    const [imported, reserved] = await Promise.allSettled([importRow(row, world), reserve(wish({ by: bo }), bo, { override: false }, world)])
    expect(imported).toMatchObject({ status: 'fulfilled', value: { outcome: 'imported' } })
    expect(reserved.status).toBe('rejected')
  })

  it('is no hindrance to amending it here, by an admin too', async () => {
    const row = wish({ by: bo, note: 'n'.repeat(5000) })
    await importRow(row, world)
    const change = (before: Reservation) => ({ ...before, title: 'by Grace' })
    await expect(amend({ reference: { id: row.id }, change, override: false }, grace, world)).resolves.toMatchObject({ revision: 2 })
  })
})
