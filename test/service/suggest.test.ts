import { beforeEach, describe, expect, it } from 'vitest'
import { Conflict, type FreeTime } from '../../src/domain/conflict.ts'
import { MINUTE } from '../../src/domain/interval.ts'
import { reserve } from '../../src/service/reserve.ts'
import { ada, bo, from, memoryStore, on, type TestWorld, wish, worldOf } from '../world.ts'

const plainly = { override: false }

describe('free dark time near a wish that is refused', () => {
  let world: TestWorld
  beforeEach(() => {
    world = worldOf(memoryStore())
  })

  /** Ada has the time already. */
  async function freeNear(time: ReturnType<typeof from>): Promise<FreeTime | undefined> {
    await reserve(wish(time), ada, plainly, world)
    const refusal = await reserve(wish({ by: bo, ...time }), bo, plainly, world).catch((error: unknown) => error)
    return refusal instanceof Conflict ? refusal.free : undefined
  }

  it('is what is dark and free on either side of it', async () => {
    const { before, after } = (await freeNear(from(9, '05:00', '06:00'))) ?? {}
    expect(before?.end).toBe(on(9, '05:00'))
    expect(after?.start).toBe(on(9, '06:00'))
  })

  it('is never time gone by, not even for a session that has just begun', async () => {
    world.time = on(9, '05:00') + 10
    const { before, after } = (await freeNear(from(9, '05:00', '06:00'))) ?? {}
    expect(before).toBeUndefined()
    expect(after?.start).toBe(on(9, '06:00'))
  })

  it('begins now at the earliest', async () => {
    world.time = on(9, '04:00')
    expect((await freeNear(from(9, '05:00', '06:00')))?.before).toEqual(from(9, '04:00', '05:00'))
  })

  it('is past where what is wanted is', async () => {
    world.time = on(20, '00:00')
    expect((await freeNear(from(9, '05:00', '06:00')))?.before?.end).toBe(on(9, '05:00'))
  })

  it('is not said of a site whose place is not known', async () => {
    const nowhere = { site: 'nowhere', start: on(9, '05:00'), end: on(9, '05:00') + 30 * MINUTE }
    await reserve(wish(nowhere), ada, plainly, world)
    await expect(reserve(wish({ by: bo, ...nowhere }), bo, plainly, world)).rejects.toMatchObject({ free: undefined })
  })
})
