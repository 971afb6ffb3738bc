import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { secondAt } from '../../src/domain/interval.ts'
import { isScheduled, isTaken } from '../../src/service/queries.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, bo, from, grace, memoryStore, on, saf, scheduler, type TestWorld, proposed, worldOf } from '../context.ts'

let store: Store
let context: TestWorld
beforeEach(() => {
  store = memoryStore()
  // What needs outlines only must not decode the events of a whole list.
  const list = () => expect.fail('A list was read.')
  context = worldOf({ ...store, list, listBytes: list })
})
afterEach(() => store.close())

const make = (overrides: Parameters<typeof proposed>[0]) =>
  reserve(proposed(overrides), grace, { override: true }, context)

describe('without reading a list', () => {
  it('an observer is scheduled if they have the site, or during maintenance only if that is theirs', async () => {
    await make({ by: ada })
    const at = (observer: string, time: string) => isScheduled(observer, saf.code, on(9, time), context)
    expect([await at(ada.id, '03:00'), await at(ada.id, '04:00'), await at(bo.id, '03:00')]).toEqual([
      true,
      false,
      false,
    ])
    await make({ by: grace, kind: 'maintenance', ...from(9, '03:30', '05:00') })
    expect([await at(ada.id, '03:29'), await at(ada.id, '03:30'), await at(grace.id, '03:30')]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('time is taken by other observers and by maintenance, but not by the observer', async () => {
    await make({ by: ada })
    const taken = (observer: string, during = secondAt(on(9, '03:30'))) => isTaken(observer, saf.code, during, context)
    expect([await taken(ada.id), await taken(bo.id), await taken(bo.id, from(9, '04:00', '05:00'))]).toEqual([
      false,
      true,
      false,
    ])
    await make({ by: grace, kind: 'maintenance', ...from(9, '06:00', '07:00') })
    expect(await taken(grace.id, from(9, '06:30', '08:00'))).toBe(true)
  })

  it('free time near a rejected reservation is found', async () => {
    await make({ by: ada })
    await expect(reserve(proposed({ by: bo }), bo, { override: false }, context)).rejects.toMatchObject({
      free: { after: { start: on(9, '04:00') } },
    })
  })

  it('the LCO schedule is expired', async () => {
    const project = { name: 'M31', createdAt: '2030' }
    await make({ by: scheduler, origin: 'lco', project })
    expect(await expireLco(saf.code, on(8, '00:00'), scheduler, context)).toEqual([project])
    expect(await expireLco(saf.code, on(8, '00:00'), scheduler, context)).toEqual([])
  })
})
