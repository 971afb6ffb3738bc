import { beforeEach, describe, expect, it } from 'vitest'
import type { Conflict } from '../../src/domain/conflict.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Reference, Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { SiteWindow, Store } from '../../src/store/port.ts'
import { waiting } from '../outbox.ts'
import { ada, bo, grace, lookingInto, memoryStore, on, type TestWorld, TODAY, proposed, worldOf } from '../context.ts'

describe('restoring', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store, { hasProjectsService: true })
  })

  const make = async (overrides: Parameters<typeof proposed>[0] = {}) =>
    (await reserve(proposed(overrides), overrides.by ?? ada, { override: false }, context)).reservation
  const move = (reference: Reference, start: number) =>
    amend({ reference, change: (before) => ({ ...before, start, end: start + HOUR }), override: false }, ada, context)
  const restoring = (id: string, number: number, by: Actor = ada, override = false) =>
    restore({ id, number, override }, by, context)
  const stored = async (id: string) => (await store.find(id))[0]

  it('brings back a deleted reservation', async () => {
    const adas = await make()
    await cancel({ reference: { id: adas.id } }, ada, context)
    context.time = TODAY + 60
    const restored = { ...adas, modified: TODAY + 60 }
    expect(await restoring(adas.id, 1)).toEqual({ reservation: restored, revision: 3, overlapping: [] })
    expect(await stored(adas.id)).toEqual({ reservation: restored, revision: 3 })
  })

  it('undoes an amendment, and undoes the undoing', async () => {
    const adas = await make()
    await move(adas, on(9, '06:00'))
    await restoring(adas.id, 1)
    expect(await stored(adas.id)).toMatchObject({ reservation: { start: adas.start }, revision: 3 })
    await restoring(adas.id, 2)
    expect(await stored(adas.id)).toMatchObject({ reservation: { start: on(9, '06:00') }, revision: 4 })
  })

  it('is rejected if another observer has the time now, unless an admin overrides', async () => {
    const adas = await make()
    await cancel({ reference: { id: adas.id } }, ada, context)
    const bos = await make({ by: bo })
    await expect(restoring(adas.id, 1)).rejects.toMatchObject({ code: 'conflict', conflicting: [bos] })
    await expect(restoring(adas.id, 1, ada, true)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await stored(adas.id)).toBeUndefined()
    expect(await restoring(adas.id, 1, grace, true)).toMatchObject({ overlapping: [{ reservation: bos }] })
    expect((await store.history(adas.id)).at(-1)).toMatchObject({ via: 'restore', by: grace.id, overlapping: [bos.id] })
  })

  it.each([
    ['the revision that deleted it', 2, ada, 'malformed'],
    ['a revision that never was', 9, ada, 'not_found'],
    ["somebody else's", 1, bo, 'forbidden'],
    ['anything by nobody', 1, anonymous, 'unauthenticated'],
  ] as const)('does not restore %s', async (_, number, by, code) => {
    const { id } = await make()
    await cancel({ reference: { id } }, ada, context)
    await expect(restoring(id, number, by)).rejects.toMatchObject({ code })
    expect(await stored(id)).toBeUndefined()
  })

  it.each([
    ["somebody else's", bo, false],
    ['what is to be laid across others by one who may not', ada, true],
  ] as const)('looks for nothing in the way of %s', async (_, by, override) => {
    const adas = await make()
    await cancel({ reference: { id: adas.id } }, ada, context)
    const places: SiteWindow[] = []
    const looking = { ...context, store: lookingInto(store, places) }
    await expect(restore({ id: adas.id, number: 1, override }, by, looking)).rejects.toMatchObject({
      code: 'forbidden',
    })
    expect(places).toEqual([])
    await restore({ id: adas.id, number: 1, override: false }, ada, looking)
    expect(places).toMatchObject([{ site: adas.site }])
  })

  it('reads no more conflicts than it reports', async () => {
    const adas = await make()
    await cancel({ reference: { id: adas.id } }, ada, context)
    for (let n = 0; n < 105; n += 1) await make({ by: bo, start: adas.start + n, end: adas.start + n + 1 })
    const rejection: unknown = await restoring(adas.id, 1).catch((error: unknown) => error)
    expect(rejection).toMatchObject({ code: 'conflict', hasMore: true })
    expect((rejection as Conflict).conflicting).toHaveLength(100)
  })

  it("does not restore another observer's duplicate row at another start", async () => {
    const adas = await make()
    const bos = proposed({ by: bo, id: adas.id, start: on(9, '08:00') })
    const imported = { after: bos, at: TODAY, by: 'import', via: 'import' } as const
    await store.change({ ids: [adas.id] }, () => ({ changes: [imported], answer: undefined }))
    await expect(restoring(adas.id, 1, bo)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(restoring(adas.id, 2, bo)).resolves.toMatchObject({ reservation: { start: bos.start } })
    await expect(restoring(adas.id, 1, ada)).resolves.toMatchObject({ reservation: { start: adas.start } })
  })

  it('does not let an observer restore maintenance that an admin has ended', async () => {
    const { id } = await make()
    const becoming = (kind: Reservation['kind']) =>
      amend({ reference: { id }, change: (before) => ({ ...before, kind }), override: false }, grace, context)
    await becoming('maintenance')
    await becoming('realtime')
    await expect(restoring(id, 2)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await stored(id)).toMatchObject({ reservation: { kind: 'realtime' }, revision: 3 })
  })

  it('rejects an unknown id', async () => {
    await expect(restoring('nobody', 1)).rejects.toMatchObject({
      code: 'not_found',
      message: 'There is no such event.',
    })
  })

  it('of a duplicate row reads its history again after a concurrent change', async () => {
    const [adas, other] = [proposed({ id: 'twins' }), proposed({ id: 'twins', start: on(9, '08:00') })]
    for (const row of [adas, other]) await importRow(row, context)
    let read = 0
    // Another caller moves it after each of the first two reads of its history.
    const history: Store['history'] = async (id, part = {}) => {
      const chunk = await store.history(id, part)
      if (chunk.length === 0 && ++read <= 2)
        await move({ id, start: on(9, `0${3 + read - 1}:00`) }, on(9, `0${3 + read}:00`))
      return chunk
    }
    const restored = await restore({ id: 'twins', number: 1, override: false }, ada, {
      ...context,
      store: { ...store, history },
    })
    expect(restored).toMatchObject({ reservation: { start: adas.start } })
    expect((await store.find('twins')).map(({ reservation }) => reservation.start)).toEqual([adas.start, other.start])
    await expect(restoring('twins', 2)).resolves.toMatchObject({ reservation: { start: other.start } })
  })

  it('writes a message for the project of the restored reservation', async () => {
    const project = { name: 'M31', createdAt: '2030' }
    const { id } = await make({ project })
    await cancel({ reference: { id } }, ada, context)
    await restoring(id, 1)
    const message = { action: 'add-project-event', project, reservation: id }
    expect(await waiting(store)).toMatchObject([{ message, revision: 3 }])
  })
})
