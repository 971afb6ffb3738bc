import { expect } from 'vitest'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { BEGINNING, DAY, FOREVER, HOUR } from '../../src/domain/interval.ts'
import { canonical } from '../../src/domain/canonical.ts'
import { Failure } from '../../src/domain/failure.ts'
import type { Project } from '../../src/domain/project.ts'
import type { Reservation, Revision, Stored } from '../../src/domain/reservation.ts'
import { amend } from '../../src/service/amend.ts'
import { attachProject } from '../../src/service/attach-project.ts'
import { cancel } from '../../src/service/cancel.ts'
import { expireLco } from '../../src/service/expire-lco.ts'
import { importRow } from '../../src/service/import.ts'
import { reserve } from '../../src/service/reserve.ts'
import { restore } from '../../src/service/restore.ts'
import type { World } from '../../src/service/world.ts'
import type { Claim, Pending, Store } from '../../src/store/store.ts'
import { claimed, joined, waiting } from '../outbox.ts'
import { ada, bo, changing, grace, memoryStore, on, TODAY, asItIs, wish, worldOf } from '../world.ts'

/** Something one does to reservations of its own, at sites of its own. */
export interface Deed {
  readonly name: string
  /** What is written beforehand, one change after the other. */
  readonly beforehand: Parameters<typeof changing>[1]
  /** With the claims of all messages there are about its reservations. */
  readonly does: (world: World, claims: readonly Claim[]) => Promise<unknown>
  /** The ids of the reservations it is about, and the observers and sites that have them. */
  readonly ids: readonly string[]
  readonly observer: string
  readonly sites: readonly string[]
}

const m31: Project = { name: 'M31', createdAt: '2030-01-01' }
const m42: Project = { name: 'M42', createdAt: '2030-02-02' }

/** What a deed is made of: its cast, and reservations of theirs. */
interface Cast {
  readonly adas: { readonly role: 'observer'; readonly id: string; readonly name: string }
  readonly here: string
  readonly there: string
  /** Of Ada, at `here`, unless it says otherwise. */
  readonly one: (given?: Partial<Reservation>) => Reservation
}

type Told = Pick<Deed, 'does'> & Partial<Deed>

const DEEDS: Record<string, (cast: Cast) => Told> = {
  reserve: ({ one, adas }) => ({
    does: (world) => reserve(one({ project: m31 }), adas, { override: false }, world),
  }),
  'reserve for a month': ({ one }) => ({
    does: (world) => reserve(one({ kind: 'maintenance', end: on(9, '03:00') + 30 * DAY }), grace, { override: false }, world),
  }),
  'amend, moving in time': ({ one, adas }) => ({
    beforehand: [{ after: one() }],
    does: (world) => amending(one().id, { start: on(10, '05:00'), end: on(10, '06:30') }, adas, world),
  }),
  'amend, staying where it is': ({ one, adas }) => ({
    beforehand: [{ after: one() }],
    does: (world) => amending(one().id, { note: 'clouds' }, adas, world),
  }),
  'amend, moving to another site and project': ({ one, there, adas }) => ({
    sites: [one().site, there],
    beforehand: [{ after: one({ project: m31 }) }],
    does: (world) => amending(one().id, { site: there, project: m42 }, adas, world),
  }),
  cancel: ({ one, adas }) => ({
    beforehand: [{ after: one({ project: m31 }) }],
    does: (world) => cancel({ reference: { id: one().id } }, adas, world),
  }),
  restore: ({ one, adas }) => ({
    beforehand: [{ after: one({ project: m31 }) }, { before: { reservation: one({ project: m31 }), revision: 1 } }],
    does: (world) => restore({ id: one().id, number: 1, override: false }, adas, world),
  }),
  'attach a project': ({ one }) => ({
    ids: [one().id, second(one).id],
    beforehand: [{ after: one() }, { after: second(one) }],
    does: (world) => attachProject(m31, [{ id: one().id }, { id: second(one).id }], anonymous, world),
  }),
  'detach a project': ({ one }) => ({
    beforehand: [{ after: one({ project: m31 }) }],
    does: (world) => attachProject(undefined, [{ id: one().id }], anonymous, world),
  }),
  'expire what LCO planned': ({ one, here }) => ({
    ids: [one().id, second(one).id],
    beforehand: [{ after: one({ origin: 'lco', project: m31 }) }, { after: second(one, { origin: 'lco', project: m42 }) }],
    does: (world) => expireLco(here, on(9, '00:00'), anonymous, world),
  }),
  'import a row': ({ one }) => ({
    does: (world) => importRow(one({ project: m31 }), world),
  }),
  'deliver a message': ({ one }) => ({
    beforehand: [{ after: one({ project: m31 }), messages: [joined(one().id), joined(one().id, 'M42')] }],
    does: (world, [claim]) => world.store.outbox.remove(claim!),
  }),
  'postpone a message': ({ one }) => ({
    beforehand: [{ after: one({ project: m31 }), messages: [joined(one().id)] }],
    does: (world, [claim]) => world.store.outbox.postpone(claim!, TODAY + HOUR, true),
  }),
  'postpone a message that was not answered': ({ one }) => ({
    beforehand: [{ after: one({ project: m31 }), messages: [joined(one().id)] }],
    does: (world, [claim]) => world.store.outbox.postpone(claim!, TODAY, false),
  }),
}

/** Deeds that are refused, and write nothing. */
const REFUSED: Record<string, (cast: Cast) => Told> = {
  'reserve what is taken': ({ one, adas }) => ({
    ids: [one().id, second(one).id, `${one().id} again`],
    beforehand: [{ after: one() }, { after: second(one, { start: on(9, '04:00'), observer: bo.id }) }],
    does: (world) => reserve({ ...one(), id: `${one().id} again`, start: on(9, '04:30'), end: on(9, '05:30') }, adas, { override: false }, world),
  }),
  'amend onto what is taken': ({ one, adas }) => ({
    ids: [one().id, second(one).id],
    beforehand: [{ after: one() }, { after: second(one, { observer: bo.id }) }],
    does: (world) => amending(one().id, { end: on(9, '05:30') }, adas, world),
  }),
  'reserve an id again for something else': ({ one, adas }) => ({
    beforehand: [{ after: one() }],
    does: (world) => reserve(one({ start: on(11, '03:00') }), adas, { override: false }, world),
  }),
  'cancel what is not there': ({ one, adas }) => ({
    does: (world) => cancel({ reference: { id: one().id } }, adas, world),
  }),
  "cancel another's": ({ one }) => ({
    beforehand: [{ after: one() }],
    does: (world) => cancel({ reference: { id: one().id } }, bo, world),
  }),
}

const second = (one: Cast['one'], given: Partial<Reservation> = {}) => {
  const { id } = one()
  return one({ id: `${id} too`, start: on(9, '05:00'), end: on(9, '06:00'), ...given })
}

const amending = (id: string, to: Partial<Reservation>, by: Actor, world: World) =>
  amend({ reference: { id }, change: (before) => ({ ...before, ...to }), override: false }, by, world)

function deedsOf(told: typeof DEEDS): Deed[] {
  return Object.entries(told).map(([name, tell], index) => {
    const here = `${name.replaceAll(/\W+/g, '-').slice(0, 24)}-${index}`
    const adas = { ...ada, id: `${ada.id} who would ${name}` }
    const one = (given: Partial<Reservation> = {}) => wish({ id: name, site: here, by: adas, ...given })
    const there = `${here}-there`
    const cast = { adas, here, there, one }
    return { name, beforehand: [], ids: [name], observer: adas.id, sites: [here], ...tell(cast) }
  })
}

export const deeds: readonly Deed[] = deedsOf(DEEDS)
export const refusedDeeds: readonly Deed[] = deedsOf(REFUSED)

/** Writes what all of some deeds need beforehand, in few changes. */
export async function prepare(store: Store, some: readonly Deed[]): Promise<void> {
  const rounds = Math.max(...some.map(({ beforehand }) => beforehand.length))
  for (let round = 0; round < rounds; round += 1) {
    const changes = some.flatMap(({ beforehand }) => beforehand[round] ?? [])
    for (let from = 0; from < changes.length; from += store.together) await changing(store, changes.slice(from, from + store.together))
  }
}

/** What came of a deed, as its caller sees it. */
export type Outcome = { readonly answer: unknown } | { readonly refused: string } | { readonly bug: unknown }

export async function outcomeOf(done: Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await done }
  } catch (error) {
    return error instanceof Failure ? { refused: error.code } : { bug: error }
  }
}

/** All there is of a deed's reservations. */
export interface Truth {
  readonly standing: readonly Stored[]
  readonly history: readonly Revision[]
  /** What projects are yet to be told. */
  readonly messages: readonly Pending[]
}

/**
 * What a store says of some deeds' reservations. That each history leads to what stands is asserted on the way.
 * @param messages all that are not delivered
 */
export async function truthOf(store: Store, some: readonly Deed[], messages: readonly Pending[]): Promise<Map<Deed, Truth>> {
  const truths = some.map(async (deed): Promise<[Deed, Truth]> => {
    const found = await Promise.all(deed.ids.map((id) => store.find(id)))
    const histories = await Promise.all(deed.ids.map((id) => store.history(id)))
    for (const [index, history] of histories.entries()) {
      expect(history.map(({ number }) => number)).toEqual(history.map((_, before) => before + 1))
      expect(history.at(-1)?.after).toEqual(found[index]?.[0]?.reservation)
      expect(found[index]?.[0]?.revision).toBe(history.at(-1)?.after && history.length)
    }
    const theirs = messages.filter(({ message }) => deed.ids.includes(message.reservation))
    return [deed, { standing: found.flat(), history: histories.flat(), messages: inSomeOrder(theirs) }]
  })
  return new Map(await Promise.all(truths))
}

/** Asserts that a store lists what it finds, at the sites of some deeds and of their observers. */
export async function assertListed(store: Store, truth: ReadonlyMap<Deed, Truth>): Promise<void> {
  for (const [deed, { standing }] of truth) {
    const listed = await store.list({ sites: deed.sites, during: { start: BEGINNING, end: FOREVER } }, asItIs)
    expect(listed.toSorted(byId)).toEqual(standing.toSorted(byId))
    const owned = await store.list({ observer: deed.observer, endingFrom: BEGINNING }, asItIs)
    expect(owned.toSorted(byId)).toEqual(standing.filter(({ reservation }) => reservation.observer === deed.observer).toSorted(byId))
  }
}

/** Always the same one: messages have none. */
const inSomeOrder = (messages: readonly Pending[]) => messages.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1))

const byId = (a: Stored, b: Stored) => (a.reservation.id < b.reservation.id ? -1 : 1)

/** What a deed comes to where nothing befalls it, done once and done twice: what SQLite makes of it. */
export interface Model {
  readonly before: Truth
  readonly once: { readonly outcome: Outcome; readonly truth: Truth }
  readonly twice: { readonly outcome: Outcome; readonly truth: Truth }
}

export async function modelOf(deed: Deed): Promise<Model> {
  const before = await done(deed, 0)
  return { before: before.truth, once: await done(deed, 1), twice: await done(deed, 2) }
}

async function done(deed: Deed, times: number): Promise<{ outcome: Outcome; truth: Truth }> {
  const store = memoryStore()
  await prepare(store, [deed])
  const claims = claimsOf(deed, await claimed(store))
  const world = worldFor(store)
  let outcome: Outcome = { answer: undefined }
  for (let time = 0; time < times; time += 1) outcome = await outcomeOf(deed.does(world, claims))
  const truth = (await truthOf(store, [deed], await waiting(store))).get(deed) as Truth
  await store.close()
  return { outcome, truth }
}

/** Those that are a deed's, in an order that is always the same. */
export const claimsOf = (deed: Deed, claims: readonly Claim[]): Claim[] =>
  claims.filter(({ message }) => deed.ids.includes(message.reservation)).toSorted((a, b) => (a.message.project.name < b.message.project.name ? -1 : 1))

/** Nobody seeks dark time at sites whose place on Earth is not known. */
export const worldFor = (store: Store): World => worldOf(store, { sites: new Map(), tellsProjects: true })
