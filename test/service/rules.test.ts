import { afterEach, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/interval.ts'
import { RulesBroken } from '../../src/domain/objection.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Rules } from '../../src/domain/rules.ts'
import { amend } from '../../src/service/amend.ts'
import { cancel } from '../../src/service/cancel.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import { brokenBy } from '../../src/service/rules.ts'
import type { ServiceContext } from '../../src/service/context.ts'
import type { ObserverWindow, Store } from '../../src/store/port.ts'
import {
  ada,
  at,
  bo,
  from,
  grace,
  memoryStore,
  on,
  proposed,
  saf,
  scheduler,
  type TestWorld,
  TODAY,
  worldOf,
} from '../context.ts'

let opened: Store | undefined
afterEach(() => opened?.close())

function world(rules: Rules, overrides: Partial<ServiceContext> = {}): TestWorld {
  opened = memoryStore()
  return worldOf(opened, { sites: new Map([[saf.code, { ...saf, rules }]]), ...overrides })
}

/** The codes of the rules that a change breaks. */
async function broken(change: Promise<unknown>): Promise<string[]> {
  try {
    await change
    return []
  } catch (error) {
    if (!(error instanceof RulesBroken)) throw error
    return error.broken.map(({ code }) => code)
  }
}

const plainly = { override: false }
const changing = (
  id: string,
  changes: Partial<Reservation>,
  context: ServiceContext,
  actor: typeof ada | typeof grace = ada,
) => amend({ reference: { id }, change: (before) => ({ ...before, ...changes }), ...plainly }, actor, context)

/** The same context, which adds the observer windows that changes ask for to `asked`. */
const listening = (context: ServiceContext, asked: ObserverWindow[]): ServiceContext => ({
  ...context,
  store: {
    ...context.store,
    change: (scope, decide) =>
      context.store.change(
        {
          ...scope,
          observers: (rows) => {
            const windows = scope.observers?.(rows) ?? []
            asked.push(...windows)
            return windows
          },
        },
        decide,
      ),
  },
})

describe('what is read to keep the rules', () => {
  const COUNTING: Rules = { perNight: HOUR, per7Nights: 3 * HOUR, upcoming: 9, oneAtATime: true }

  it.each([
    ['without rules', {}, ada],
    [
      'for rules that do not count',
      { horizon: 99_999_999, notice: 1, darkness: 'civil', lengths: { realtime: { longest: HOUR } } },
      ada,
    ],
    ['for a service', COUNTING, scheduler],
  ] as const)('is nothing %s', async (_, rules, actor) => {
    const asked: ObserverWindow[] = []
    await reserve(proposed({ by: actor }), actor, plainly, listening(world(rules), asked))
    expect(asked).toEqual([])
  })

  it('is nothing for maintenance, shortening, a new title and deleting', async () => {
    const asked: ObserverWindow[] = []
    const context = listening(world(COUNTING), asked)
    await reserve(proposed({ by: grace, kind: 'maintenance' }), grace, plainly, context)
    const { id } = await importedBy(context, from(10, '03:00', '04:00'))
    await changing(id, { end: on(10, '03:30') }, context)
    await changing(id, { title: 'M 31' }, context)
    await cancel({ reference: { id } }, ada, context)
    expect(asked).toEqual([])
  })

  it("is the owner's, whoever asks", async () => {
    const asked: ObserverWindow[] = []
    const context = listening(world({ upcoming: 9 }), asked)
    const { id } = await importedBy(context, from(10, '03:00', '04:00'))
    await changing(id, { start: on(10, '02:00') }, context, grace)
    await cancel({ reference: { id } }, ada, context)
    await restore({ id, number: 1, ...plainly }, grace, context)
    expect(asked).toEqual([1, 2].map(() => ({ observer: ada.id, endingFrom: TODAY })))
  })
})

/** A reservation of Ada's that is there whatever the rules. */
async function importedBy(context: ServiceContext, interval: Partial<Reservation>): Promise<Reservation> {
  const row = proposed(interval)
  expect(await importRow(row, context)).toMatchObject({ outcome: 'imported' })
  return row
}

describe('rules', () => {
  it('do not bind an import, and what was imported counts', async () => {
    const context = world({ perNight: HOUR, lengths: { realtime: { longest: HOUR } } })
    await importedBy(context, from(9, '03:00', '07:00'))
    expect(await broken(reserve(proposed(from(9, '08:00', '08:10')), ada, plainly, context))).toEqual([
      'hours_per_night',
    ])
  })

  it('are kept although conflicts are let through', async () => {
    const context = world({ upcoming: 1 }, { conflictPolicy: 'warn' })
    await importedBy(context, { ...from(9, '03:00', '04:00'), observer: bo.id })
    const { overlapping } = await reserve(proposed(from(9, '03:00', '04:00')), ada, plainly, context)
    expect(overlapping).toHaveLength(1)
    expect(await broken(reserve(proposed(from(9, '03:00', '04:00')), ada, plainly, context))).toEqual(['upcoming'])
  })

  it('that an admin overrides are recorded in the revision, and no others', async () => {
    const context = world({ upcoming: 1, perNight: MINUTE, cancelNotice: 99 * 24 * HOUR })
    const { id } = await importedBy(context, from(20, '03:00', '04:00'))
    const override = { override: true }
    const made = await reserve(proposed({ ...from(9, '03:00', '04:00'), observer: ada.id }), grace, override, context)
    await amend({ reference: { id }, change: (before) => ({ ...before, title: 'a' }), ...override }, grace, context)
    await cancel({ reference: { id }, ...override }, grace, context)
    expect((await context.store.history(made.reservation.id)).map(({ overridden }) => overridden)).toEqual([
      ['hours_per_night', 'upcoming'],
    ])
    expect((await context.store.history(id)).map(({ overridden }) => overridden)).toEqual([
      undefined,
      undefined,
      ['cancel_notice'],
    ])
  })

  it('count the reservations of the owner alone, whoever else is in the snapshot', () => {
    const context = world({ perNight: HOUR })
    const [adas, bos] = [proposed(from(9, '03:00', '04:00')), proposed({ by: bo, ...from(9, '03:00', '04:00') })]
    const after = proposed(from(9, '05:00', '05:10'))
    expect(brokenBy({ after }, ada, [adas, bos], context)).toHaveLength(1)
    expect(brokenBy({ after }, ada, [bos], context)).toEqual([])
  })

  it('are not for the ids of services', async () => {
    const context = world({ upcoming: 1 })
    for (const day of [9, 10]) await importedBy(context, { ...from(day, '03:00', '04:00'), observer: scheduler.id })
    const wanted = proposed({ ...from(11, '03:00', '04:00'), observer: scheduler.id })
    expect(await broken(reserve(wanted, grace, plainly, context))).toEqual([])
  })
})

describe('the nights that quotas count', () => {
  const wellington = { ...saf, code: 'well', latitude: -41.3, longitude: 174.8, timeZone: 'Pacific/Auckland' }
  const hawaii = { ...saf, code: 'hawaii', latitude: 19.8, longitude: -155.5, timeZone: 'Pacific/Honolulu' }
  const everywhere = (rules: Rules) => {
    const sites = new Map([saf, wellington, hawaii].map((site) => [site.code, site]))
    return world({}, { sites, networkRules: rules })
  }
  const hour = (site: string, start: string, hours = 1) =>
    proposed({ site, start: at(start), end: at(start) + hours * HOUR })
  const reservedOn = async (context: ServiceContext, ...reservations: Reservation[]) => {
    for (const one of reservations) await reserve(one, ada, plainly, context)
  }

  it('go by the clocks of each site, on both sides of the date line', async () => {
    const context = everywhere({ perNight: HOUR })
    // The evening of 8 March in Auckland, 13 hours ahead of UTC, and in Honolulu, 10 hours behind it.
    await reservedOn(context, hour('well', '2030-03-08T09:00:00Z'))
    expect(await broken(reserve(hour('hawaii', '2030-03-09T07:00:00Z'), ada, plainly, context))).toEqual([
      'hours_per_night',
    ])
    expect(await broken(reserve(hour('hawaii', '2030-03-08T07:00:00Z'), ada, plainly, context))).toEqual([])
    // One minute before and after noon in Auckland.
    expect(await broken(reserve(hour('well', '2030-03-08T22:59:00Z'), ada, plainly, context))).toEqual([
      'hours_per_night',
    ])
    expect(await broken(reserve(hour('well', '2030-03-08T23:01:00Z'), ada, plainly, context))).toEqual([])
  })

  it('have 23 or 25 hours where the clocks change', async () => {
    const context = everywhere({ perNight: HOUR })
    // In Denver the clocks go forward on 10 March 2030, so noon comes at 18:00 UTC instead of 19:00.
    await reservedOn(context, hour('saf', '2030-03-09T19:00:00Z'))
    expect(await broken(reserve(hour('saf', '2030-03-10T17:59:00Z'), ada, plainly, context))).toEqual([
      'hours_per_night',
    ])
    expect(await broken(reserve(hour('saf', '2030-03-10T18:00:00Z'), ada, plainly, context))).toEqual([])
  })

  it('are seven in a row by their dates, over a change of the clocks and the date line', async () => {
    const context = everywhere({ per7Nights: 2 * HOUR })
    // The evening of 6 March in Denver, the last hour of the night of 8 March in Auckland.
    await reservedOn(context, hour('saf', '2030-03-07T03:00:00Z'), hour('well', '2030-03-08T22:00:00Z'))
    // Up to the night of 12 March, which ends at noon of the 13th.
    expect(await broken(reserve(hour('hawaii', '2030-03-13T21:59:00Z'), ada, plainly, context))).toEqual([
      'hours_per_7_nights',
    ])
    expect(await broken(reserve(hour('hawaii', '2030-03-13T22:00:00Z'), ada, plainly, context))).toEqual([])
    // From the night of 2 March on, which begins at noon of the 2nd.
    expect(await broken(reserve(hour('well', '2030-03-01T23:00:00Z'), ada, plainly, context))).toEqual([
      'hours_per_7_nights',
    ])
    expect(await broken(reserve(hour('well', '2030-03-01T22:59:00Z'), ada, plainly, context))).toEqual([])
  })

  it('go from noon to noon in UTC where the place is not known', async () => {
    const context = everywhere({ perNight: HOUR })
    await reservedOn(context, hour('nowhere', '2030-03-08T12:00:00Z'))
    expect(await broken(reserve(hour('nowhere', '2030-03-09T11:59:00Z'), ada, plainly, context))).toEqual([
      'hours_per_night',
    ])
    expect(await broken(reserve(hour('nowhere', '2030-03-09T12:00:00Z'), ada, plainly, context))).toEqual([])
  })
})

describe('an observer whose quota is used up', () => {
  it('may exchange one reservation for another', async () => {
    const context = world({ perNight: 2 * HOUR, upcoming: 2 })
    const [early, late] = [proposed(from(9, '03:00', '04:00')), proposed(from(9, '05:00', '06:00'))]
    for (const one of [early, late]) await reserve(one, ada, plainly, context)
    const third = proposed(from(9, '07:00', '08:00'))
    expect(await broken(reserve(third, ada, plainly, context))).toEqual(['hours_per_night', 'upcoming'])
    expect(await broken(changing(early.id, { start: on(9, '07:00'), end: on(9, '08:00') }, context))).toEqual([])
    expect(await broken(changing(early.id, { end: on(9, '08:01') }, context))).toEqual(['hours_per_night'])
    await cancel({ reference: { id: late.id } }, ada, context)
    expect(await broken(reserve(third, ada, plainly, context))).toEqual([])
    expect(await broken(restore({ id: late.id, number: 1, ...plainly }, ada, context))).toEqual([
      'hours_per_night',
      'upcoming',
    ])
  })

  it('may bring back how a reservation was by the rule of the change that this is', async () => {
    const context = world({ perNight: 2 * HOUR })
    const { id } = await importedBy(context, from(9, '03:00', '06:00'))
    await changing(id, { end: on(9, '03:30') }, context)
    expect(await broken(restore({ id, number: 1, ...plainly }, ada, context))).toEqual(['hours_per_night'])
    await restore({ id, number: 1, override: true }, grace, context)
    expect(await broken(restore({ id, number: 2, ...plainly }, ada, context))).toEqual([])
  })
})
