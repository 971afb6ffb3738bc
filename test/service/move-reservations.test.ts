import { beforeEach, describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { moveReservations, type MoveOutcome } from '../../src/service/move-reservations.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, bo, from, grace, memoryStore, on, proposed, type TestWorld, worldOf } from '../context.ts'

describe('moving', () => {
  let store: Store
  let context: TestWorld
  beforeEach(() => {
    store = memoryStore()
    context = worldOf(store)
  })

  const make = async (overrides: Parameters<typeof proposed>[0] = {}) =>
    (await reserve(proposed(overrides), overrides.by ?? ada, { override: false }, context)).reservation
  const movedTo = (before: Reservation, { site, start, end }: Pick<Reservation, 'site' | 'start' | 'end'>) => ({
    ...before,
    site,
    start,
    end,
  })
  async function move(id: string, start: number | undefined, world = context): Promise<MoveOutcome | undefined> {
    const options = { movedTo, overridesRules: false }
    return (await moveReservations([{ id, start, site: undefined }], options, grace, world))[0]
  }

  it('keeps the length that the reservation has by then, if it changes between the reading and the move', async () => {
    const { id, start } = await make(from(9, '03:00', '04:00'))
    const change = (before: Reservation) => ({ ...before, end: start + 90 * MINUTE })
    let reads = 0
    const find: Store['find'] = async (one) => {
      const found = await store.find(one)
      reads += 1
      if (reads === 1) await amend({ reference: { id }, change, override: false }, ada, context)
      return found
    }
    expect(await move(id, on(10, '03:00'), worldOf({ ...store, find }))).toMatchObject({
      status: 'moved',
      written: { reservation: from(10, '03:00', '04:30'), revision: 3 },
    })
    expect(reads).toBe(2)
  })

  it('starts on a full minute at either side, though what is taken does not', async () => {
    const half = MINUTE / 2
    const [start, end] = [on(9, '05:00') + half, on(9, '05:40') + half]
    const adas = await make({ start, end })
    await make({ by: bo, start: end, end: on(9, '06:40') + half })
    expect(await move(adas.id, undefined)).toMatchObject({ written: { reservation: from(9, '04:20', '05:00') } })
    await move(adas.id, start)
    await make({ by: bo, start: on(9, '03:00'), end: start })
    expect(await move(adas.id, undefined)).toMatchObject({ written: { reservation: from(9, '06:41', '07:21') } })
  })
})
