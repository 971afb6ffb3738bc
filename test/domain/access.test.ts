import { describe, expect, it } from 'vitest'
import {
  assertMayAmend, assertMayCancel, assertMayCreate, assertMayOverride, assertMayTidy, assertMayTouch, eyesOf, masked, mayTidy, seenBy,
} from '../../src/domain/access.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { ada, bo, grace, scheduler, TODAY, wish } from '../world.ts'

type Verdict = 'yes' | 'unauthenticated' | 'forbidden'

const verdictOf = (judge: () => void): unknown => {
  try {
    judge()
    return 'yes'
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}

const actors: Record<string, Actor> = { anonymous, ada, bo, admin: grace, service: scheduler }
const adas = (given: Partial<Reservation> = {}) => wish({ by: ada, ...given })
const maintenance = adas({ kind: 'maintenance' })
const lco = adas({ origin: 'lco' })
const lowPriority = adas({ priority: 'low_priority' })
const plain = adas()

const create = (reservation: Reservation) => (by: Actor) => assertMayCreate(by, reservation)
const amend = (before: Reservation, after: Partial<Reservation>) => (by: Actor) => assertMayAmend(by, before, { ...before, ...after })
const cancel = (reservation: Reservation) => (by: Actor) => assertMayCancel(by, reservation)

const no401 = 'unauthenticated'
const no403 = 'forbidden'

describe('who may', () => {
  // Everything here is Ada's.
  const table: [string, (by: Actor) => void, Record<keyof typeof actors, Verdict>][] = [
    ['create', create(plain), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['create maintenance', create(maintenance), { anonymous: no401, ada: no403, bo: no403, admin: 'yes', service: 'yes' }],
    ['create of origin lco', create(lco), { anonymous: no401, ada: no403, bo: no403, admin: 'yes', service: 'yes' }],
    ['amend', amend(plain, { note: 'x' }), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['amend low priority', amend(lowPriority, { note: 'x' }), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['turn into maintenance', amend(plain, { kind: 'maintenance' }), { anonymous: no401, ada: no403, bo: no403, admin: 'yes', service: 'yes' }],
    ['amend what is maintenance', amend(maintenance, { note: 'x' }), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['turn into lco', amend(plain, { origin: 'lco' }), { anonymous: no401, ada: no403, bo: no403, admin: 'yes', service: 'yes' }],
    ['amend what is lco', amend(lco, { note: 'x' }), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['delete', cancel(plain), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['delete low priority', cancel(lowPriority), { anonymous: no401, ada: 'yes', bo: 'yes', admin: 'yes', service: 'yes' }],
    ['restore', (by) => assertMayTouch(by, plain), { anonymous: no401, ada: 'yes', bo: no403, admin: 'yes', service: 'yes' }],
    ['tidy, guarded', (by) => assertMayTidy(by, 'guarded'), { anonymous: 'yes', ada: 'yes', bo: 'yes', admin: 'yes', service: 'yes' }],
    ['tidy, strict', (by) => assertMayTidy(by, 'strict'), { anonymous: no401, ada: 'yes', bo: 'yes', admin: 'yes', service: 'yes' }],
    ['override', (by) => assertMayOverride(by, true), { anonymous: no403, ada: no403, bo: no403, admin: 'yes', service: 'yes' }],
    ['not override', (by) => assertMayOverride(by, false), { anonymous: 'yes', ada: 'yes', bo: 'yes', admin: 'yes', service: 'yes' }],
  ]

  it.each(table)('%s', (_, judge, expected) => {
    const verdicts = Object.entries(actors).map(([name, by]) => [name, verdictOf(() => judge(by))])
    expect(Object.fromEntries(verdicts)).toEqual(expected)
  })

  it('tidy what has ended: only admins and services', () => {
    const [over, going] = [adas({ start: TODAY - 60, end: TODAY }), adas({ start: TODAY - 60, end: TODAY + 1 })]
    const tidying = (reservation: Reservation) => Object.entries(actors).filter(([, by]) => mayTidy(by, reservation, TODAY)).map(([name]) => name)
    expect(tidying(over)).toEqual(['admin', 'service'])
    expect(tidying(going)).toEqual(Object.keys(actors))
  })

  it('is told in the words of the contract when it is not theirs', () => {
    expect(() => assertMayTouch(bo, plain)).toThrow('You may only modify your own events.')
  })
})

describe('what is seen', () => {
  const reservation = adas({ creator: 'ada@example.org', title: 'ask ada@example.org', note: 'a@b' })

  it.each([
    ['a stranger', anonymous, false],
    ['another observer', bo, false],
    ['whose it is', ada, true],
    ['an admin', grace, true],
    ['a service', scheduler, true],
  ] as const)('whole or masked: by %s', (_, by, whole) => {
    expect(seenBy(eyesOf(by), reservation)).toEqual(whole ? reservation : { ...reservation, creator: 'ada', title: 'ask ada' })
  })

  it('keeps a name without an address, and is a string even where nothing is left', () => {
    const plain = { ...reservation, creator: 'Ada Lovelace', title: '@night' }
    expect(masked(plain)).toEqual({ ...plain, title: '' })
  })
})
