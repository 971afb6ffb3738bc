import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { waiting } from '../outbox.ts'
import { ada, bo, from, grace, memoryStore, on, type TestWorld, proposed, worldOf } from '../context.ts'

let context: TestWorld
beforeEach(() => void (context = worldOf(memoryStore(), { hasProjectsService: true })))
afterEach(() => context.store.close())

const outcomeOf = async (row: Reservation) => (await importRow(row, context)).outcome
const move = (id: string, start: number) =>
  amend(
    { reference: { id }, change: (before) => ({ ...before, start, end: start + HOUR }), override: false },
    ada,
    context,
  )
const rename = (id: string) =>
  amend({ reference: { id }, change: (before) => ({ ...before, title: 'renamed' }), override: false }, ada, context)

describe('importing a row', () => {
  it('stores all of it, with a revision, and writes no message', async () => {
    const row = proposed({ project: { name: 'M31', createdAt: 'then' }, note: 'n'.repeat(5000), modified: 7 })
    expect(await importRow(row, context)).toEqual({ outcome: 'imported', overlapping: [] })
    expect(await context.store.find(row.id)).toEqual([{ reservation: row, revision: 1 }])
    expect(await context.store.history(row.id)).toMatchObject([
      { by: 'import', via: 'import', at: context.time, after: row },
    ])
    expect(await waiting(context.store)).toEqual([])
  })

  it('again changes nothing', async () => {
    const row = proposed()
    await importRow(row, context)
    expect(await outcomeOf({ ...row, modified: 1 })).toBe('already there')
    expect(await context.store.history(row.id)).toHaveLength(1)
  })

  it('that was amended or moved since changes nothing', async () => {
    const row = proposed()
    await importRow(row, context)
    await rename(row.id)
    expect(await outcomeOf(row)).toBe('already there')
    await move(row.id, on(9, '05:00'))
    expect(await outcomeOf(row)).toBe('already there')
    expect(await context.store.find(row.id)).toMatchObject([
      { reservation: { title: 'renamed', start: on(9, '05:00') }, revision: 3 },
    ])
  })

  it('that was deleted since does not restore it; one that was restored is already there', async () => {
    const row = proposed()
    await importRow(row, context)
    await cancel({ reference: { id: row.id } }, ada, context)
    expect(await outcomeOf(row)).toBe('deleted here')
    await restore({ id: row.id, number: 1, override: false }, ada, context)
    expect(await outcomeOf(row)).toBe('already there')
  })

  it('that differs overwrites nothing', async () => {
    const row = proposed()
    await importRow(row, context)
    expect(await outcomeOf({ ...row, title: 'another' })).toBe('differs')
    expect(await context.store.find(row.id)).toEqual([{ reservation: row, revision: 1 }])
  })

  it('imports duplicate rows, and distinguishes them', async () => {
    const [first, second] = [proposed({ id: 'twice' }), proposed({ id: 'twice', start: on(9, '06:00') })]
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['imported', 'imported'])
    await cancel({ reference: { id: 'twice', start: first.start } }, ada, context)
    expect([await outcomeOf(first), await outcomeOf(second)]).toEqual(['deleted here', 'already there'])
  })

  it('under an id that was created here is skipped', async () => {
    const created = proposed()
    await reserve(created, ada, { override: false }, context)
    expect(await outcomeOf({ ...created, start: on(20, '03:00'), end: on(20, '04:00') })).toBe('differs')
    expect(await outcomeOf(created)).toBe('already there')
  })

  it('allows and records overlaps among imported rows', async () => {
    const [adas, bos, own] = [proposed(), proposed({ by: bo }), proposed()]
    await importRow(adas, context)
    expect(await importRow(bos, context)).toEqual({ outcome: 'imported', overlapping: [adas.id] })
    expect(await importRow(own, context)).toEqual({ outcome: 'imported', overlapping: [bos.id] })
    expect(await context.store.history(bos.id)).toMatchObject([{ overlapping: [adas.id] }])
  })

  it('skips a row that would double-book a reservation created here', async () => {
    const created = proposed({ by: bo })
    await reserve(created, bo, { override: false }, context)
    const row = proposed(from(9, '03:30', '05:00'))
    expect(await importRow(row, context)).toEqual({ outcome: 'conflict', overlapping: [created.id] })
    expect(await context.store.history(row.id)).toEqual([])
    expect(await outcomeOf(proposed({ by: bo, ...from(9, '03:30', '05:00') }))).toBe('imported')
  })

  it('imports such a row if the policy is warn', async () => {
    const created = proposed({ by: bo })
    await reserve(created, bo, { override: false }, context)
    expect(await importRow(proposed(), { ...context, conflictPolicy: 'warn' })).toEqual({
      outcome: 'imported',
      overlapping: [created.id],
    })
  })

  it('never lets a concurrent import and reservation both have the time', async () => {
    const row = proposed()
    const [imported, reserved] = await Promise.allSettled([
      importRow(row, context),
      reserve(proposed({ by: bo }), bo, { override: false }, context),
    ])
    expect(imported).toMatchObject({ status: 'fulfilled', value: { outcome: 'imported' } })
    expect(reserved.status).toBe('rejected')
  })

  it('lets observers and admins amend it afterwards', async () => {
    const row = proposed({ by: bo, note: 'n'.repeat(5000) })
    await importRow(row, context)
    const change = (before: Reservation) => ({ ...before, title: 'by Grace' })
    await expect(amend({ reference: { id: row.id }, change, override: false }, grace, context)).resolves.toMatchObject({
      revision: 2,
    })
  })
})
