import { beforeEach, describe, expect, it } from 'vitest'
import { Conflict } from '../../src/domain/conflict.ts'
import { HOUR } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { waiting } from '../outbox.ts'
import {
  ada,
  bo,
  from,
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

const plainly = { override: false }

describe('reserving', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store)
  })

  it('creates a reservation, and returns it with its revision', async () => {
    const adas = proposed()
    expect(await reserve(adas, ada, plainly, context)).toEqual({ reservation: adas, revision: 1, overlapping: [] })
    expect(await store.find(adas.id)).toEqual([{ reservation: adas, revision: 1 }])
  })

  it('lets exactly one of two simultaneous observers have a night', async () => {
    const night = from(9, '02:00', '12:00')
    const outcomes = await Promise.allSettled([
      reserve(proposed({ ...night }), ada, plainly, context),
      reserve(proposed({ by: bo, ...night }), bo, plainly, context),
    ])
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  it('allows back-to-back reservations, and overlaps of one observer', async () => {
    await reserve(proposed(from(9, '02:00', '03:00')), ada, plainly, context)
    await reserve(proposed({ by: bo, ...from(9, '03:00', '04:00') }), bo, plainly, context)
    await reserve(proposed(from(9, '01:00', '03:00')), ada, plainly, context)
    expect(await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toHaveLength(3)
  })

  it('rejects taken time with its conflicts and the free dark time before and after', async () => {
    const bos = proposed({ by: bo, ...from(9, '05:00', '07:00') })
    await reserve(bos, bo, plainly, context)
    const expected = proposed(from(9, '06:00', '07:00'))
    const rejection = await reserve(expected, ada, plainly, context).catch((error: unknown) => error)
    expect(rejection).toBeInstanceOf(Conflict)
    const { conflicting, free } = rejection as Conflict
    expect(conflicting).toEqual([bos])
    expect(free?.before?.end).toBe(bos.start)
    expect(free?.after?.start).toBe(bos.end)
    for (const offered of [free!.before!, free!.after!])
      expect(offered.end - offered.start).toBeGreaterThanOrEqual(HOUR)
  })

  it('offers no time in the past', async () => {
    context.time = on(9, '05:30')
    await reserve(proposed({ by: bo, ...from(9, '05:00', '07:00') }), bo, plainly, context)
    const rejection = await reserve(proposed(from(9, '06:00', '07:00')), ada, plainly, context).catch(
      (error: unknown) => error,
    )
    const { free } = rejection as Conflict
    expect(free?.before).toBeUndefined()
    expect(free?.after?.start).toBe(on(9, '07:00'))
  })

  it('offers no free time at a site of unknown location', async () => {
    await reserve(proposed({ by: bo, site: 'mrc1' }), bo, plainly, context)
    const rejection = await reserve(proposed({ site: 'mrc1' }), ada, plainly, context).catch((error: unknown) => error)
    expect(rejection).toMatchObject({ code: 'conflict', free: undefined })
  })

  it.each([
    [
      'an observer, whatever name was known',
      ada,
      { creator: 'Observer', title: 'M31' },
      { creator: 'Ada', title: 'M31' },
      true,
    ],
    [
      'an observer, whose title followed the name',
      ada,
      { creator: 'Observer', title: 'Observer' },
      { creator: 'Ada', title: 'Ada' },
      true,
    ],
    [
      'an observer who says another title',
      ada,
      { creator: 'Observer', title: 'Observer' },
      { creator: 'Ada', title: 'M31' },
      false,
    ],
    [
      'an admin whose name was not known',
      grace,
      { creator: 'Observer', title: 'M31' },
      { creator: 'Grace', title: 'M31' },
      true,
    ],
    [
      'an admin whose name is not known any more',
      grace,
      { creator: 'Grace', title: 'M31' },
      { creator: 'Observer', title: 'M31' },
      true,
    ],
    [
      'an admin who says another name',
      grace,
      { creator: 'Grace', title: 'M31' },
      { creator: 'Bo', title: 'M31' },
      false,
    ],
    [
      'a service that says another name',
      scheduler,
      { creator: 'Ada', title: 'M31' },
      { creator: 'Bo', title: 'M31' },
      false,
    ],
  ] as const)('tells a retry from another wish: %s', async (_, by, first, again, isRetry) => {
    const created = await reserve(proposed({ id: 'same', by, ...first }), by, plainly, context)
    const second = await reserve(proposed({ id: 'same', by, ...again }), by, plainly, context).catch(
      ({ code }: { code: string }) => code,
    )
    expect(second).toEqual(isRetry ? created : 'conflict')
  })

  it('lets an admin override a conflict, and records it in the history', async () => {
    const { reservation: adas } = await reserve(proposed(), ada, plainly, context)
    const over = proposed({ by: grace })
    await expect(reserve(over, grace, plainly, context)).rejects.toMatchObject({ code: 'conflict' })
    const created = await reserve(over, grace, { override: true }, context)
    expect(created.overlapping).toEqual([{ reservation: adas, revision: 1 }])
    expect(await store.history(over.id)).toMatchObject([{ by: grace.id, overlapping: [adas.id] }])
  })

  it('does not let an observer override, even without a conflict', async () => {
    await expect(reserve(proposed(), ada, { override: true }, context)).rejects.toMatchObject({ code: 'forbidden' })
    expect(await store.list({ sites: [saf.code], during: from(9, '00:00', '12:00') }, asItIs)).toEqual([])
  })

  it('allows conflicts and lists them if the policy is warn', async () => {
    const warning = worldOf(store, { conflictPolicy: 'warn' })
    const { reservation: adas } = await reserve(proposed(), ada, plainly, warning)
    const bos = proposed({ by: bo })
    const created = await reserve(bos, bo, plainly, warning)
    expect(created.overlapping.map(({ reservation }) => reservation.id)).toEqual([adas.id])
    expect(await store.history(bos.id)).toMatchObject([{ overlapping: [adas.id] }])
  })

  it('answers a retry of the same caller, and stores the reservation once', async () => {
    const adas = proposed({ modified: TODAY })
    await reserve(adas, ada, plainly, context)
    const again = await reserve({ ...adas, modified: TODAY + 60 }, ada, plainly, context)
    expect(again).toEqual({ reservation: adas, revision: 1, overlapping: [] })
    expect(await store.history(adas.id)).toHaveLength(1)
  })

  it('answers a retry, though more reservations than a quota can count have been made since', async () => {
    const bound = worldOf(store, { networkRules: { perNight: HOUR } })
    const adas = proposed({ site: 'elsewhere' })
    await reserve(adas, ada, plainly, bound)
    const seconds = Array.from({ length: 2001 }, (_, n) => proposed({ start: adas.start + n, end: adas.start + n + 1 }))
    const changes = seconds.map((after) => ({ after, at: TODAY, by: 'service:x', via: 'reserve' }) as const)
    await store.change({ ids: [] }, () => ({ changes, answer: undefined }))
    await expect(reserve(proposed({ site: 'elsewhere' }), ada, plainly, bound)).rejects.toMatchObject({
      code: 'too_large',
    })
    expect(await reserve(adas, ada, plainly, bound)).toMatchObject({ reservation: adas, revision: 1 })
  })

  it.each([
    ['with other content', { note: 'another' }, ada],
    ['from another caller', {}, grace],
  ])('rejects an id in use %s', async (_, change, caller) => {
    const adas = proposed()
    await reserve(adas, ada, plainly, context)
    await expect(reserve({ ...adas, ...change }, caller, plainly, context)).rejects.toMatchObject({ code: 'conflict' })
    expect(await store.find(adas.id)).toEqual([{ reservation: adas, revision: 1 }])
  })

  it.each([
    ['nobody', anonymous, {}, 'unauthenticated'],
    ['an observer for another', bo, {}, 'forbidden'],
    ['an observer for maintenance', ada, { kind: 'maintenance' }, 'forbidden'],
    ['an observer of origin lco', ada, { origin: 'lco' }, 'forbidden'],
    ['anybody who wants it to end before it starts', ada, { end: 0 }, 'malformed'],
  ] as const)('refuses %s', async (_, by, overrides, code) => {
    const rejected = proposed({ ...overrides })
    await expect(reserve(rejected, by, plainly, context)).rejects.toMatchObject({ code })
    expect(await store.history(rejected.id)).toEqual([])
  })

  it('lets a service reserve for anyone', async () => {
    const lco = proposed({ by: bo, origin: 'lco' })
    await reserve(lco, scheduler, plainly, context)
    expect(await store.history(lco.id)).toMatchObject([{ by: 'service:scheduler', after: { observer: bo.id } }])
  })

  it('writes messages only with a projects service', async () => {
    const project = { name: 'M31', createdAt: '2030' }
    await reserve(proposed({ project }), ada, plainly, context)
    expect(await waiting(store)).toEqual([])
    const adas = proposed({ project })
    await reserve(adas, ada, plainly, worldOf(store, { hasProjectsService: true }))
    const message = { action: 'add-project-event', project, reservation: adas.id }
    expect(await waiting(store)).toEqual([{ message, revision: 1, writtenAt: TODAY, attempts: 0, due: 0 }])
  })
})
