import { describe, expect, it } from 'vitest'
import {
  assertMayAmend,
  assertMayCancel,
  assertMayCreate,
  assertMayOverride,
  assertMayModifyUnauthenticated,
  assertMayModify,
  creatorNameFor,
  viewerOf,
  mayModifyUnauthenticated,
  visibleTo,
} from '../../src/domain/access.ts'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { ada, bo, grace, scheduler, TODAY, proposed } from '../context.ts'

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
const adas = (overrides: Partial<Reservation> = {}) => proposed({ by: ada, ...overrides })
const maintenance = adas({ kind: 'maintenance' })
const lco = adas({ origin: 'lco' })
const lowPriority = adas({ priority: 'low_priority' })
const background = adas({ priority: 'background' })
const urgent = adas({ priority: 'time_critical' })
const plain = adas()

const create = (reservation: Reservation) => (by: Actor) => assertMayCreate(by, reservation)
const amend = (before: Reservation, after: Partial<Reservation>) => (by: Actor) =>
  assertMayAmend(by, before, { ...before, ...after })
const cancel = (reservation: Reservation) => (by: Actor) => assertMayCancel(by, reservation)

type Verdicts = Record<keyof typeof actors, Verdict>

const trusted: Verdicts = {
  anonymous: 'unauthenticated',
  ada: 'forbidden',
  bo: 'forbidden',
  admin: 'yes',
  service: 'yes',
}
const owner: Verdicts = { ...trusted, ada: 'yes' }
const signedIn: Verdicts = { ...owner, bo: 'yes' }
const everyone: Verdicts = { ...signedIn, anonymous: 'yes' }

describe('who may', () => {
  // All reservations here are Ada's.
  const table: [string, (by: Actor) => void, Verdicts][] = [
    ['create', create(plain), owner],
    ['create maintenance', create(maintenance), trusted],
    ['create of origin lco', create(lco), trusted],
    ['amend', amend(plain, { note: 'x' }), owner],
    ['amend what is of low priority', amend(lowPriority, { note: 'x' }), owner],
    ['turn into maintenance', amend(plain, { kind: 'maintenance' }), trusted],
    ['amend what is maintenance', amend(maintenance, { note: 'x' }), owner],
    ['turn into lco', amend(plain, { origin: 'lco' }), trusted],
    ['amend what is lco', amend(lco, { note: 'x' }), owner],
    ['delete', cancel(plain), owner],
    ['amend what is of the background', amend(background, { note: 'x' }), owner],
    ['delete what is of low priority', cancel(lowPriority), signedIn],
    ['delete what is of the background', cancel(background), signedIn],
    ['delete what is urgent', cancel(urgent), owner],
    ['restore', (by) => assertMayModify(by, plain), owner],
    ['tidy, guarded', (by) => assertMayModifyUnauthenticated(by, 'guarded'), everyone],
    ['tidy, strict', (by) => assertMayModifyUnauthenticated(by, 'strict'), signedIn],
    ['override', (by) => assertMayOverride(by, true), { ...trusted, anonymous: 'forbidden' }],
    ['not override', (by) => assertMayOverride(by, false), everyone],
  ]

  it.each(table)('%s', (_, judge, expected) => {
    const verdicts = Object.entries(actors).map(([name, by]) => [name, verdictOf(() => judge(by))])
    expect(Object.fromEntries(verdicts)).toEqual(expected)
  })

  it('modify ended reservations without signing in: only admins and services', () => {
    const [over, going] = [adas({ start: TODAY - 60, end: TODAY }), adas({ start: TODAY - 60, end: TODAY + 1 })]
    const tidying = (reservation: Reservation) =>
      Object.keys(actors).filter((name) => mayModifyUnauthenticated(actors[name]!, reservation, TODAY))
    expect(tidying(over)).toEqual(['admin', 'service'])
    expect(tidying(going)).toEqual(Object.keys(actors))
  })

  it('gets the sentence of the contract if it is not theirs', () => {
    expect(() => assertMayModify(bo, plain)).toThrow('You may only modify your own events.')
  })
})

describe('the name of a new reservation', () => {
  const nameless = { ...ada, name: undefined }
  const unavailable = { ...nameless, isNameUnavailable: true }
  const chief = { ...grace, name: 'grace@example.org' } as const

  it.each([
    ['an observer, whatever they say', ada, 'Grace Hopper (admin)', ada.id, ada.name],
    ['an observer who sends it back masked', ada, 'ada', ada.id, ada.name],
    ['an observer who says nothing', ada, undefined, ada.id, ada.name],
    ['an observer without a name, as they say', nameless, 'Ada', ada.id, 'Ada'],
    ['an observer without a name who says nothing', nameless, undefined, ada.id, 'Observer'],
    [
      'an observer whose name is unavailable, and nothing requested',
      unavailable,
      'Grace Hopper (admin)',
      ada.id,
      'Observer',
    ],
    [
      'an admin whose name is unavailable, as requested',
      { ...grace, name: undefined, isNameUnavailable: true },
      'Bo',
      bo.id,
      'Bo',
    ],
    ['an admin for somebody', grace, 'Bo', bo.id, 'Bo'],
    ['an admin for themselves, as they say', chief, 'Observatory', chief.id, 'Observatory'],
    ['an admin who copies their own', chief, 'grace', chief.id, chief.name],
    ['an admin who copies one of another of that name', chief, 'grace', bo.id, 'grace'],
    ['a service, as it says', scheduler, 'Bo', bo.id, 'Bo'],
    ['a service that says nothing', scheduler, undefined, scheduler.id, scheduler.name],
  ] as const)('is that of %s', (_, by, output, whose, name) => {
    expect(creatorNameFor(by, output, whose)).toBe(name)
  })
})

describe('what is seen', () => {
  const reservation = adas({ creator: 'ada@example.org', title: 'ask ada@example.org', note: 'a@b' })

  it.each([
    ['an anonymous caller', anonymous, false],
    ['another observer', bo, false],
    ['whose it is', ada, true],
    ['an admin', grace, true],
    ['a service', scheduler, true],
  ] as const)('whole or masked: by %s', (_, by, whole) => {
    expect(visibleTo(viewerOf(by), reservation)).toEqual(
      whole ? reservation : { ...reservation, creator: 'ada', title: 'ask ada' },
    )
  })
})
