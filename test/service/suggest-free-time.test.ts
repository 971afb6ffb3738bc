import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { Conflict, type FreeTime } from '../../src/domain/conflict.ts'
import { Failure } from '../../src/domain/failure.ts'
import { HOUR, MINUTE } from '../../src/domain/interval.ts'
import type { Kind } from '../../src/domain/reservation.ts'
import { reserve } from '../../src/service/reserve.ts'
import { MAX_NIGHT } from '../../src/sky/free-time.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, bo, from, grace, memoryStore, on, saf, scheduler, type TestWorld, proposed, worldOf } from '../context.ts'

const plainly = { override: false }

describe('free dark time near a rejected reservation', () => {
  let context: TestWorld
  beforeEach(() => {
    context = worldOf(memoryStore())
  })

  /** Tries to reserve time that Ada has already. */
  async function freeNear(time: ReturnType<typeof from>): Promise<FreeTime | undefined> {
    await reserve(proposed(time), ada, plainly, context)
    const rejection = await reserve(proposed({ by: bo, ...time }), bo, plainly, context).catch(
      (error: unknown) => error,
    )
    return rejection instanceof Conflict ? rejection.free : undefined
  }

  it('is dark and free, before and after it', async () => {
    const { before, after } = (await freeNear(from(9, '05:00', '06:00'))) ?? {}
    expect(before?.end).toBe(on(9, '05:00'))
    expect(after?.start).toBe(on(9, '06:00'))
  })

  it('is never in the past, not even for a session that has just begun', async () => {
    context.time = on(9, '05:00') + 10
    const { before, after } = (await freeNear(from(9, '05:00', '06:00'))) ?? {}
    expect(before).toBeUndefined()
    expect(after?.start).toBe(on(9, '06:00'))
  })

  it('begins now at the earliest', async () => {
    context.time = on(9, '04:00')
    expect((await freeNear(from(9, '05:00', '06:00')))?.before).toEqual(from(9, '04:00', '05:00'))
  })

  it('is in the past if the proposed reservation is', async () => {
    context.time = on(20, '00:00')
    expect((await freeNear(from(9, '05:00', '06:00')))?.before?.end).toBe(on(9, '05:00'))
  })

  it('keeps horizon and notice, but not for a service, nor for maintenance', async () => {
    const rules = { notice: 2 * HOUR, horizon: 5 * HOUR }
    const ruled = { ...context, now: () => on(9, '02:00'), sites: new Map([['saf', { ...saf, rules }]]) }
    await reserve(proposed(from(9, '04:00', '06:00')), scheduler, plainly, ruled)
    const freeFor = async (by: typeof bo | typeof grace | typeof scheduler, kind: Kind = 'realtime') =>
      (
        (await reserve(proposed({ by, kind, ...from(9, '05:00', '06:00') }), by, plainly, ruled).catch(
          (error: unknown) => error,
        )) as Conflict
      ).free
    expect(await freeFor(bo)).toEqual({ after: from(9, '06:00', '08:00') })
    expect(await freeFor(grace)).toEqual({ after: from(9, '06:00', '08:00') })
    expect((await freeFor(grace, 'maintenance'))?.before?.end).toBe(on(9, '04:00'))
    expect((await freeFor(scheduler))?.before?.end).toBe(on(9, '04:00'))
  })

  it('is missing for a site at an unknown location', async () => {
    const nowhere = { site: 'nowhere', start: on(9, '05:00'), end: on(9, '05:00') + 30 * MINUTE }
    await reserve(proposed(nowhere), ada, plainly, context)
    await expect(reserve(proposed({ by: bo, ...nowhere }), bo, plainly, context)).rejects.toMatchObject({
      free: undefined,
    })
  })

  it('yields to the event loop between nights', async () => {
    let [turns, isOn] = [0, true]
    const turn = () => {
      turns += 1
      if (isOn) setImmediate(turn)
    }
    setImmediate(turn)
    // Longer than the darkness of any night there.
    expect(await freeNear(from(9, '02:00', '22:00'))).toEqual({})
    isOn = false
    expect(turns).toBeGreaterThan(29)
  })

  it('is found among very many overlaps in one chunk', async () => {
    const adas = proposed(from(9, '05:00', '06:00'))
    const second = (n: number) => ({ ...adas, id: `old-${n}`, start: on(1, '00:00') + n, end: on(1, '00:00') + n + 1 })
    const chunk = [adas, ...Array.from({ length: 150_000 }, (_, n) => second(2 * n))]
    const crowded = {
      ...context,
      store: {
        ...context.store,
        outlines: async function* () {
          yield chunk
        },
      },
    }
    await reserve(adas, ada, plainly, context)
    // Without a time limit for slow machines.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const rejection = reserve(proposed({ by: bo, ...from(9, '05:00', '06:00') }), bo, plainly, crowded)
    await expect(rejection).rejects.toMatchObject({ code: 'conflict', free: { after: { start: on(9, '06:00') } } })
  })

  it('is found in a gap of just the wanted length', async () => {
    await reserve(proposed({ id: 'later', ...from(9, '06:29', '08:00') }), ada, plainly, context)
    await reserve(proposed({ id: 'last', ...from(9, '08:30', '09:00') }), ada, plainly, context)
    expect((await freeNear(from(9, '06:00', '06:30')))?.after).toEqual(from(9, '08:00', '08:30'))
  })

  it('is not searched if no night is long enough', async () => {
    const long = { start: on(9, '05:00'), end: on(9, '05:00') + MAX_NIGHT + 1 }
    let looks = 0
    const outlines: Store['outlines'] = (place) => ((looks += 1), context.store.outlines(place))
    await reserve(proposed(long), ada, plainly, context)
    const rejection = reserve(proposed({ by: bo, ...long }), bo, plainly, {
      ...context,
      store: { ...context.store, outlines },
    })
    await expect(rejection).rejects.toMatchObject({ code: 'conflict', free: {} })
    expect(looks).toBe(0)
  })

  describe('if the search fails', () => {
    afterEach(() => vi.useRealTimers())
    const outlinesAs = (outlines: Store['outlines']) => ({ ...context, store: { ...context.store, outlines } })

    it.each(['busy', 'unavailable', 'too_large'] as const)('is missing in the rejection: %s', async (code) => {
      const reading = outlinesAs(async function* () {
        yield []
        throw new Failure(code, 'not now')
      })
      const adas = await reserve(proposed(), ada, plainly, context)
      const rejection = reserve(proposed({ by: bo }), bo, plainly, reading)
      await expect(rejection).rejects.toMatchObject({
        code: 'conflict',
        conflicting: [adas.reservation],
        free: undefined,
      })
    })

    it('stops the search after the time limit', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const startedAt = Promise.withResolvers<void>()
      const goesOn = Promise.withResolvers<void>()
      const left = Promise.withResolvers<number>()
      let chunks = 0
      const reading = outlinesAs(async function* () {
        startedAt.resolve()
        await goesOn.promise
        try {
          for (; chunks < 3; chunks += 1) yield []
        } finally {
          left.resolve(chunks)
        }
      })
      await reserve(proposed(), ada, plainly, context)
      const rejected = reserve(proposed({ by: bo }), bo, plainly, reading)
      await startedAt.promise
      vi.advanceTimersByTime(2000)
      await expect(rejected).rejects.toMatchObject({ code: 'conflict', free: undefined })
      goesOn.resolve()
      expect(await left.promise).toBe(0)
    })

    it('reports a bug', async () => {
      const reading = outlinesAs(() => {
        throw new TypeError('a bug')
      })
      await reserve(proposed(), ada, plainly, context)
      await expect(reserve(proposed({ by: bo }), bo, plainly, reading)).rejects.toThrow(TypeError)
    })
  })
})
