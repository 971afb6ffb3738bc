import { beforeEach, describe, expect, it } from 'vitest'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { cancel } from '../../src/service/cancel.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { emptied } from '../outbox.ts'
import { ada, bo, grace, memoryStore, scheduler, type TestWorld, proposed, worldOf } from '../context.ts'

describe('cancelling', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store, { hasProjectsService: true })
  })

  const adas = async (overrides: Parameters<typeof proposed>[0] = {}) =>
    (await reserve(proposed(overrides), ada, { override: false }, context)).reservation
  const cancelling = (id: string, by: Actor, more: object = {}) => cancel({ reference: { id }, ...more }, by, context)

  it.each([
    ['whose it is', ada, 'standard'],
    ['an admin', grace, 'standard'],
    ['a service', scheduler, 'standard'],
    ['anybody signed in, when it is of low priority', bo, 'low_priority'],
    ['anybody signed in, when it is of the background', bo, 'background'],
  ] as const)('is for %s', async (_, by, priority) => {
    const reservation = await adas({ priority })
    expect(await cancelling(reservation.id, by)).toEqual(reservation)
    expect(await store.find(reservation.id)).toEqual([])
    const last = (await store.history(reservation.id))[1]
    expect(last).toMatchObject({ by: by.id, via: 'cancel', before: reservation, after: undefined })
  })

  it.each([
    ['another observer', bo, 'standard', 'forbidden'],
    ['another observer, when it is urgent', bo, 'time_critical', 'forbidden'],
    ['nobody', anonymous, 'standard', 'unauthenticated'],
    ['nobody, not even of low priority', anonymous, 'low_priority', 'unauthenticated'],
  ] as const)('is not for %s', async (_, by, priority, code) => {
    const reservation = await adas({ priority })
    await expect(cancelling(reservation.id, by)).rejects.toMatchObject({ code })
    expect(await store.find(reservation.id)).toHaveLength(1)
  })

  it('frees the time', async () => {
    const { id } = await adas()
    await cancelling(id, ada)
    await expect(reserve(proposed({ by: bo }), bo, { override: false }, context)).resolves.toMatchObject({
      revision: 1,
    })
  })

  it('is rejected without a reservation, if it has moved, and on an older revision', async () => {
    const { id, start } = await adas()
    await expect(cancelling('nobody', ada)).rejects.toMatchObject({ code: 'not_found' })
    await expect(cancelling(id, ada, { reference: { id, start: start + 1 } })).rejects.toMatchObject({
      code: 'not_found',
    })
    await expect(cancelling(id, ada, { expected: [2] })).rejects.toMatchObject({ code: 'stale' })
    expect(await store.find(id)).toHaveLength(1)
  })

  it('writes a message that it left its project', async () => {
    const project = { name: 'M31', createdAt: '2030' }
    const { id } = await adas({ project })
    expect(await emptied(store)).toHaveLength(1)
    await cancelling(id, ada)
    expect(await emptied(store)).toEqual([{ action: 'remove-project-event', project, reservation: id }])
  })
})
