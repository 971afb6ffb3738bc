import { beforeEach, describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/interval.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend, type Amendment } from '../../src/service/amend.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { SiteWindow, Store } from '../../src/store/port.ts'
import { eventOf } from '../../src/wire/event.ts'
import { applyChanges, changeShape } from '../../src/wire/event-input.ts'
import { emptied, waiting } from '../outbox.ts'
import {
  ada,
  bo,
  from,
  grace,
  lookingInto,
  memoryStore,
  on,
  saf,
  type TestWorld,
  TODAY,
  asItIs,
  proposed,
  worldOf,
} from '../context.ts'

describe('amending', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store, { hasProjectsService: true })
  })

  const make = async (overrides: Parameters<typeof proposed>[0] = {}, override = false) =>
    (await reserve(proposed(overrides), override ? grace : (overrides.by ?? ada), { override }, context)).reservation

  /** The fields that a client sends replace those of the current reservation. */
  const send = (id: string, body: object, by: Actor = ada, more: Partial<Amendment> = {}) =>
    amend(
      {
        reference: { id },
        change: (before) => applyChanges(before, changeShape.parse(body), context.now()),
        override: false,
        ...more,
      },
      by,
      context,
    )
  const stored = async (id: string) => (await store.find(id))[0]

  it('changes the fields it contains and keeps the others', async () => {
    const adas = await make({
      kind: 'project',
      project: { name: 'M31', createdAt: '2030' },
      priority: 'time_critical',
      note: 'bring a jacket',
      extra: { rate: 0.1 },
    })
    context.time = TODAY + 60
    const { reservation, revision } = await send(adas.id, { title: 'M31, again', filter: 'Ha' })
    const expected = { ...adas, title: 'M31, again', extra: { rate: 0.1, filter: 'Ha' }, modified: TODAY + 60 }
    expect({ reservation, revision }).toEqual({ reservation: expected, revision: 2 })
    expect(await stored(adas.id)).toEqual({ reservation: expected, revision: 2 })
  })

  it('reads no overlaps for an actor who may not amend', async () => {
    const adas = await make()
    const places: SiteWindow[] = []
    const looking = { ...context, store: lookingInto(store, places), conflicts: 'warn' } as const
    const moving = (by: Actor, override: boolean) =>
      amend(
        { reference: { id: adas.id }, change: (before) => ({ ...before, end: before.end + HOUR }), override },
        by,
        looking,
      )
    await expect(moving(bo, false)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(moving(ada, true)).rejects.toMatchObject({ code: 'forbidden' })
    expect(places).toEqual([])
    await moving(ada, false)
    expect(places).toMatchObject([{ during: { start: adas.end } }])
  })

  it('ignores a changed observer', async () => {
    const adas = await make()
    await send(adas.id, { event_id: 'another', creator_id: bo.id, reservation_note: 'x' })
    const { observer, creator } = adas
    expect(await stored(adas.id)).toMatchObject({ reservation: { id: adas.id, observer, creator, note: 'x' } })
  })

  it('accepts unchanged texts that are longer than allowed now', async () => {
    const long = (character: string) => character.repeat(5000)
    const old = proposed({
      creator: long('c'),
      title: long('t'),
      resource: long('r'),
      project: { name: long('p'), createdAt: '2020' },
      note: long('n'),
    })
    await importRow(old, context)
    const { reservation } = await send(old.id, { ...eventOf(old), end: '2030-03-09T05:00:00Z' })
    expect(reservation).toEqual({ ...old, end: on(9, '05:00') })
    for (const field of ['title', 'resourceId', 'project_id', 'reservation_note']) {
      const other = { ...eventOf(old), [field]: `${long('x')}#2020` }
      await expect(send(old.id, other)).rejects.toMatchObject({ code: 'malformed', details: [{ field }] })
    }
  })

  it('changes nothing if the new time is taken', async () => {
    const adas = await make()
    const bos = await make({ by: bo, ...from(9, '06:00', '07:00') })
    const move = send(adas.id, {
      start: '2030-03-09T06:30:00Z',
      end: '2030-03-09T08:00:00Z',
      reservation_note: 'moved',
    })
    await expect(move).rejects.toMatchObject({ code: 'conflict', conflicting: [bos] })
    expect(await stored(adas.id)).toEqual({ reservation: adas, revision: 1 })
    expect(await store.history(adas.id)).toHaveLength(1)
    expect(await waiting(store)).toEqual([])
  })

  it.each([
    ['is not theirs', bo, {}, {}, 'forbidden'],
    ['is asked for by nobody', anonymous, {}, {}, 'unauthenticated'],
    ['would become maintenance', ada, { reservation_type: 'maintenance' }, {}, 'forbidden'],
    ['would end before it starts', ada, { end: '2030-03-01T00:00:00Z' }, {}, 'malformed'],
    ['was decided on an older revision', ada, { reservation_note: 'x' }, { expected: [7] }, 'stale'],
    ['asks to override', ada, { reservation_note: 'x' }, { override: true }, 'forbidden'],
  ] as const)('is refused when it %s', async (_, by, body, more, code) => {
    const adas = await make()
    await expect(send(adas.id, body, by, more)).rejects.toMatchObject({ code })
    expect(await stored(adas.id)).toEqual({ reservation: adas, revision: 1 })
  })

  it('is rejected without such a reservation, or without one at the given start', async () => {
    const adas = await make()
    await expect(send('nobody', { reservation_note: 'x' })).rejects.toMatchObject({ code: 'not_found' })
    const stale = send(adas.id, { reservation_note: 'x' }, ada, { reference: { id: adas.id, start: adas.start + 1 } })
    await expect(stale).rejects.toMatchObject({ code: 'not_found' })
  })

  it('succeeds with the expected revision', async () => {
    const adas = await make()
    await expect(send(adas.id, { reservation_note: 'x' }, ada, { expected: [1] })).resolves.toMatchObject({
      revision: 2,
    })
  })

  it('may move onto time that it already has', async () => {
    const adas = await make(from(9, '03:00', '06:00'))
    await make({ by: bo, ...from(9, '07:00', '08:00') })
    await send(adas.id, { start: '2030-03-09T04:00:00Z', end: '2030-03-09T07:00:00Z' })
    expect(await stored(adas.id)).toMatchObject({ reservation: from(9, '04:00', '07:00') })
  })

  it('keeps an existing overlap, but does not let it grow', async () => {
    const adas = await make(from(9, '03:00', '05:00'))
    const overlapping = await make({ by: bo, ...from(9, '04:00', '07:00') }, true)
    await send(adas.id, { reservation_note: 'still here' })
    await send(adas.id, { start: '2030-03-09T02:00:00Z' })
    await send(adas.id, { end: '2030-03-09T04:30:00Z' })
    expect(await stored(adas.id)).toMatchObject({ reservation: { start: on(9, '02:00'), end: on(9, '04:30') } })
    const growth = send(adas.id, { end: '2030-03-09T04:31:00Z' })
    await expect(growth).rejects.toMatchObject({ code: 'conflict', conflicting: [overlapping] })
  })

  it('conflicts with reservations at the site it moves to', async () => {
    const adas = await make()
    await make({ by: bo, site: 'mrc1' })
    await expect(send(adas.id, { site: 'mrc1' })).rejects.toMatchObject({ code: 'conflict' })
    await send(adas.id, { site: 'mrc2' })
    expect(await store.list({ sites: [saf.code], during: adas }, asItIs)).toEqual([])
    expect(await stored(adas.id)).toMatchObject({ reservation: { site: 'mrc2', resource: 'mrc2' } })
  })

  it('lets an admin override, and records it', async () => {
    const adas = await make()
    const bos = await make({ by: bo, ...from(9, '06:00', '07:00') })
    const over = { start: '2030-03-09T06:30:00Z', end: '2030-03-09T08:00:00Z' }
    expect(await send(adas.id, over, grace, { override: true })).toMatchObject({ overlapping: [{ reservation: bos }] })
    expect((await store.history(adas.id))[1]).toMatchObject({ by: grace.id, via: 'amend', overlapping: [bos.id] })
  })

  it('writes messages for both projects if it changes from one to the other, and none otherwise', async () => {
    const [m31, m42] = [
      { name: 'M31', createdAt: '2030' },
      { name: 'M42', createdAt: '2030' },
    ]
    const adas = await make({ project: m31 })
    await emptied(store)
    await send(adas.id, { project_id: 'M31#2030', reservation_note: 'x' })
    expect(await waiting(store)).toEqual([])
    await send(adas.id, { project_id: 'M42#2030' })
    expect(await emptied(store)).toEqual([
      { action: 'remove-project-event', project: m31, reservation: adas.id },
      { action: 'add-project-event', project: m42, reservation: adas.id },
    ])
    await send(adas.id, { project_id: 'none' })
    expect(await emptied(store)).toEqual([{ action: 'remove-project-event', project: m42, reservation: adas.id }])
  })

  it('is a change even if it keeps its length', async () => {
    const adas = await make()
    const shift = (before: Reservation) => ({ ...before, start: before.start + HOUR, end: before.end + HOUR })
    await amend({ reference: { id: adas.id }, change: shift, override: false }, ada, context)
    expect(await stored(adas.id)).toMatchObject({ reservation: { start: adas.start + HOUR, end: adas.end + HOUR } })
  })
})
