import { beforeEach, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { PlannedQuery, Store } from '../../src/store/port.ts'
import {
  ada,
  grace,
  memoryStore,
  on,
  saf,
  scheduler,
  type TestWorld,
  TODAY,
  asItIs,
  proposed,
  worldOf,
} from '../context.ts'

const m31 = { name: 'M31', createdAt: '2030-01-01' }
const m42 = { name: 'M42', createdAt: '2030-01-01' }
const cutoff = on(9, '03:00')

describe('expiring the LCO schedule', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store, { hasProjectsService: true })
  })

  const lcos = async (overrides: Parameters<typeof proposed>[0] = {}) => {
    const planned = proposed({ by: scheduler, origin: 'lco', start: cutoff + HOUR, ...overrides })
    return (await reserve(planned, scheduler, { override: true }, context)).reservation
  }
  const stands = async (id: string) => (await store.find(id)).length > 0

  it('deletes only reservations that start after the cutoff', async () => {
    const kept = [
      await lcos({ start: cutoff }),
      await lcos({ start: cutoff - HOUR, end: cutoff + HOUR }),
      await lcos({ site: 'mrc1' }),
      await lcos({ origin: 'ptr' }),
    ]
    const removed = [await lcos({ start: cutoff + 1 }), await lcos({ start: cutoff + 900 * DAY })]
    await expireLco(saf.code, cutoff, anonymous, context)
    for (const { id } of kept) expect(await stands(id)).toBe(true)
    for (const { id } of removed) expect(await stands(id)).toBe(false)
    expect((await store.history(removed[0]!.id))[1]).toMatchObject({
      by: 'anonymous',
      via: 'expire-lco',
      after: undefined,
    })
  })

  it.each<[string, Partial<Reservation>]>([
    ['moved to the cutoff', { start: cutoff, end: cutoff + HOUR }],
    ['moved to another site', { site: 'mrc1' }],
    ['taken over by another origin', { origin: 'ptr' }],
  ])('keeps a reservation that is %s after it was found', async (_, changed) => {
    const { id } = await lcos()
    const change = (before: Reservation) => ({ ...before, ...changed })
    async function* planned(query: PlannedQuery) {
      yield* store.planned(query)
      await amend({ reference: { id }, change, override: true }, grace, context)
    }
    await expireLco(saf.code, cutoff, anonymous, { ...context, store: { ...store, planned } })
    expect(await store.find(id)).toMatchObject([{ reservation: changed }])
  })

  it('returns the projects of the deleted reservations, each once', async () => {
    await lcos({ project: m42 })
    await lcos({ project: m31 })
    await lcos({ project: { ...m31 } })
    await lcos()
    await lcos({ start: cutoff, project: { name: 'kept', createdAt: '2030' } })
    const projects = await expireLco(saf.code, cutoff, anonymous, context)
    expect(projects.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([m31, m42])
    expect(await expireLco(saf.code, cutoff, anonymous, context)).toEqual([])
  })

  it('lets only admins and services delete ended reservations', async () => {
    const over = await lcos({ start: TODAY - HOUR, end: TODAY, project: m31 })
    expect(await expireLco(saf.code, TODAY - DAY, anonymous, context)).toEqual([])
    expect(await stands(over.id)).toBe(true)
    expect(await expireLco(saf.code, TODAY - DAY, scheduler, context)).toEqual([m31])
    expect(await stands(over.id)).toBe(false)
  })

  it('deletes any number of reservations', async () => {
    await Promise.all(Array.from({ length: 230 }, (_, index) => lcos({ start: cutoff + HOUR + index * MINUTE })))
    await expireLco(saf.code, cutoff, anonymous, context)
    expect(await store.list({ sites: [saf.code], during: { start: cutoff, end: cutoff + DAY } }, asItIs)).toEqual([])
  })

  it('requires signing in under the strict write guard', async () => {
    const strict = worldOf(store, { writeGuard: 'strict' })
    const { id } = await lcos({ project: m31 })
    await expect(expireLco(saf.code, cutoff, anonymous, strict)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(await stands(id)).toBe(true)
    expect(await expireLco(saf.code, cutoff, ada, strict)).toEqual([m31])
  })
})
