import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DAY, MAX_INSTANT } from '../../src/domain/interval.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { checkCommand } from '../../src/service/may-command.ts'
import { reserve } from '../../src/service/reserve.ts'
import type { Store } from '../../src/store/port.ts'
import { ada, bo, from, grace, memoryStore, on, proposed, saf, scheduler, type TestWorld, worldOf } from '../context.ts'

let store: Store
let context: TestWorld
beforeEach(() => {
  store = memoryStore()
  context = worldOf(store)
})
afterEach(() => store.close())

const make = (overrides: Parameters<typeof proposed>[0]) =>
  reserve(proposed(overrides), grace, { override: true }, context)

const ask = (observer: string, time: string, actor: Actor = anonymous, roles: readonly string[] = []) =>
  checkCommand({ observer, site: saf.code, at: on(9, time), roles }, actor, context)
const reasonFor = async (...question: Parameters<typeof ask>) => {
  const { allowed, reason } = await ask(...question)
  return `${reason}: ${allowed ? 'yes' : 'no'}`
}

it('is answered until a time that the wire has, in its last second too', async () => {
  const last = MAX_INSTANT - 1
  const question = { observer: ada.id, site: saf.code, at: last, roles: [] }
  expect(await checkCommand(question, anonymous, context)).toEqual({ allowed: true, reason: 'open', until: last })
})

describe('who may command', () => {
  it('is anyone while nothing is reserved, and then whoever holds a reservation', async () => {
    const { reservation } = await make({ by: ada, ...from(9, '03:00', '04:00') })
    await make({ by: bo, site: 'mrc1', ...from(9, '03:00', '04:00') })
    expect(await reasonFor(bo.id, '02:59')).toBe('open: yes')
    expect(await reasonFor(ada.id, '03:00')).toBe('reserved_for_you: yes')
    expect(await reasonFor(bo.id, '03:00')).toBe('reserved_for_another: no')
    expect(await reasonFor(bo.id, '04:00')).toBe('open: yes')
    expect(await ask(bo.id, '03:00')).toMatchObject({ reservation })
    expect(await ask(bo.id, '02:59')).not.toHaveProperty('reservation')
  })

  it('is each of two observers whose reservations overlap', async () => {
    await make({ by: ada, ...from(9, '03:00', '04:00') })
    const { reservation } = await make({ by: bo, ...from(9, '03:30', '04:30') })
    expect(await ask(bo.id, '03:45')).toMatchObject({ reason: 'reserved_for_you', reservation })
    expect(await reasonFor(ada.id, '03:45')).toBe('reserved_for_you: yes')
  })

  it('is only the maker of a closure while it is on, also over reservations', async () => {
    await make({ by: ada, ...from(9, '03:00', '05:00') })
    await make({ by: scheduler, kind: 'maintenance', ...from(9, '03:30', '04:00') })
    expect(await reasonFor(ada.id, '03:30')).toBe('closed: no')
    expect(await reasonFor(scheduler.id, '03:30')).toBe('reserved_for_you: yes')
    expect(await reasonFor(ada.id, '04:00')).toBe('reserved_for_you: yes')
  })

  it('is an admin, if a service says so or if the admin asks with a token', async () => {
    await make({ by: ada, kind: 'maintenance', ...from(9, '03:00', '04:00') })
    expect(await reasonFor(bo.id, '03:00', scheduler, ['observer', 'admin'])).toBe('admin: yes')
    expect(await reasonFor(grace.id, '03:00', grace)).toBe('admin: yes')
    expect(await reasonFor(bo.id, '03:00', scheduler, ['superadministrator'])).toBe('closed: no')
  })

  it.each([
    ['an admin asks about another observer', bo.id, grace],
    ['an observer claims the role', bo.id, bo],
    ['an observer claims the role of an admin', grace.id, bo],
    ['nobody is signed in', grace.id, anonymous],
  ] as const)('is no admin when %s', async (_, observer, actor) => {
    await make({ by: ada, ...from(9, '03:00', '04:00') })
    expect(await reasonFor(observer, '03:00', actor, ['admin'])).toBe('reserved_for_another: no')
  })
})

describe('until when the answer holds', () => {
  const secondsFor = async (...question: Parameters<typeof ask>) => (await ask(...question)).until - on(9, question[1])

  it('is 30 seconds at most for whoever may command', async () => {
    expect(await secondsFor(bo.id, '02:00')).toBe(30)
    await make({ by: ada, ...from(9, '03:00', '04:00') })
    expect(await secondsFor(ada.id, '03:00')).toBe(30)
    expect(await secondsFor(grace.id, '03:00', grace)).toBe(30)
  })

  it('is the next start or end at that telescope', async () => {
    await make({ by: ada, start: on(9, '03:00') + 10, end: on(9, '04:00') - 10 })
    await make({ by: bo, site: 'mrc1', start: on(9, '03:00') + 5, end: on(9, '04:00') })
    expect(await secondsFor(bo.id, '03:00')).toBe(10)
    await make({ by: ada, start: on(9, '05:00'), end: on(9, '05:00') + 7 })
    expect(await secondsFor(ada.id, '05:00')).toBe(7)
  })

  it('is the end of another reservation, or the start of the own one within it, or of a closure', async () => {
    await make({ by: ada, ...from(9, '03:00', '04:00') })
    expect(await secondsFor(bo.id, '03:15')).toBe(45 * 60)
    await make({ by: bo, ...from(9, '03:45', '05:00') })
    expect(await secondsFor(bo.id, '03:15')).toBe(30 * 60)
    await make({ by: scheduler, kind: 'maintenance', ...from(9, '03:40', '03:50') })
    expect(await secondsFor(bo.id, '03:15')).toBe(25 * 60)
  })

  it('is a day at most', async () => {
    await make({ by: grace, kind: 'maintenance', start: on(9, '03:00'), end: on(20, '03:00') })
    expect(await secondsFor(bo.id, '04:00')).toBe(DAY)
  })
})
