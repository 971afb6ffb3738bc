import { expect } from 'vitest'
import { type Actor, anonymous } from '../../src/domain/observer.ts'
import { MIN_INSTANT, DAY, MAX_INSTANT, HOUR } from '../../src/domain/interval.ts'
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
import type { ServiceContext } from '../../src/service/context.ts'
import type { Claim, PendingMessage, Store } from '../../src/store/port.ts'
import { claimed, joined, waiting, toProjects } from '../outbox.ts'
import { ada, bo, changing, grace, memoryStore, on, TODAY, asItIs, proposed, worldOf } from '../context.ts'

/** One operation of the service, with its own reservations and sites. */
export interface Operation {
  readonly name: string
  /** The changes that are written before the operation. */
  readonly prepare: Parameters<typeof changing>[1]
  /** Runs the operation, with the claims of all messages about its reservations. */
  readonly run: (context: ServiceContext, claims: readonly Claim[]) => Promise<unknown>
  /** The ids of its reservations, and their observers and sites. */
  readonly ids: readonly string[]
  readonly observer: string
  readonly sites: readonly string[]
}

const m31: Project = { name: 'M31', createdAt: '2030-01-01' }
const m42: Project = { name: 'M42', createdAt: '2030-02-02' }

/** What an operation is built from: actors, and their reservations. */
interface Actors {
  readonly adas: { readonly role: 'observer'; readonly id: string; readonly name: string }
  readonly here: string
  readonly there: string
  /** By default Ada's, at `here`. */
  readonly one: (overrides?: Partial<Reservation>) => Reservation
}

type Told = Pick<Operation, 'run'> & Partial<Operation>

const OPERATIONS: Record<string, (actors: Actors) => Told> = {
  reserve: ({ one, adas }) => ({
    run: (context) => reserve(one({ project: m31 }), adas, { override: false }, context),
  }),
  'reserve for a month': ({ one }) => ({
    run: (context) =>
      reserve(one({ kind: 'maintenance', end: on(9, '03:00') + 30 * DAY }), grace, { override: false }, context),
  }),
  'amend, moving in time': ({ one, adas }) => ({
    prepare: [{ after: one() }],
    run: (context) => amending(one().id, { start: on(10, '05:00'), end: on(10, '06:30') }, adas, context),
  }),
  'amend, staying where it is': ({ one, adas }) => ({
    prepare: [{ after: one() }],
    run: (context) => amending(one().id, { note: 'clouds' }, adas, context),
  }),
  'amend, moving to another site and project': ({ one, there, adas }) => ({
    sites: [one().site, there],
    prepare: [{ after: one({ project: m31 }) }],
    run: (context) => amending(one().id, { site: there, project: m42 }, adas, context),
  }),
  cancel: ({ one, adas }) => ({
    prepare: [{ after: one({ project: m31 }) }],
    run: (context) => cancel({ reference: { id: one().id } }, adas, context),
  }),
  restore: ({ one, adas }) => ({
    prepare: [{ after: one({ project: m31 }) }, { before: { reservation: one({ project: m31 }), revision: 1 } }],
    run: (context) => restore({ id: one().id, number: 1, override: false }, adas, context),
  }),
  'attach a project': ({ one }) => ({
    ids: [one().id, second(one).id],
    prepare: [{ after: one() }, { after: second(one) }],
    run: (context) => attachProject(m31, [{ id: one().id }, { id: second(one).id }], anonymous, context),
  }),
  'detach a project': ({ one }) => ({
    prepare: [{ after: one({ project: m31 }) }],
    run: (context) => attachProject(undefined, [{ id: one().id }], anonymous, context),
  }),
  'expire what LCO planned': ({ one, here }) => ({
    ids: [one().id, second(one).id],
    prepare: [{ after: one({ origin: 'lco', project: m31 }) }, { after: second(one, { origin: 'lco', project: m42 }) }],
    run: (context) => expireLco(here, on(9, '00:00'), anonymous, context),
  }),
  'import a row': ({ one }) => ({
    run: (context) => importRow(one({ project: m31 }), context),
  }),
  'deliver a message': ({ one }) => ({
    prepare: [{ after: one({ project: m31 }), messages: [joined(one().id), joined(one().id, 'M42')] }],
    run: (context, [claim]) => context.store.outbox.remove(claim!),
  }),
  'postpone a message': ({ one }) => ({
    prepare: [{ after: one({ project: m31 }), messages: [joined(one().id)] }],
    run: (context, [claim]) => context.store.outbox.postpone(claim!, TODAY + HOUR, true),
  }),
  'give a message back': ({ one }) => ({
    prepare: [{ after: one({ project: m31 }), messages: [joined(one().id)] }],
    run: (context, [claim]) => context.store.outbox.giveBack(claim!, TODAY),
  }),
  'postpone a message that was not answered': ({ one }) => ({
    prepare: [{ after: one({ project: m31 }), messages: [joined(one().id)] }],
    run: (context, [claim]) => context.store.outbox.postpone(claim!, TODAY, false),
  }),
}

/** Operations that are rejected and write nothing. */
const REFUSED_OPERATIONS: Record<string, (actors: Actors) => Told> = {
  'reserve what is taken': ({ one, adas }) => ({
    ids: [one().id, second(one).id, `${one().id} again`],
    prepare: [{ after: one() }, { after: second(one, { start: on(9, '04:00'), observer: bo.id }) }],
    run: (context) =>
      reserve(
        { ...one(), id: `${one().id} again`, start: on(9, '04:30'), end: on(9, '05:30') },
        adas,
        { override: false },
        context,
      ),
  }),
  'amend onto what is taken': ({ one, adas }) => ({
    ids: [one().id, second(one).id],
    prepare: [{ after: one() }, { after: second(one, { observer: bo.id }) }],
    run: (context) => amending(one().id, { end: on(9, '05:30') }, adas, context),
  }),
  'reserve an id again for something else': ({ one, adas }) => ({
    prepare: [{ after: one() }],
    run: (context) => reserve(one({ start: on(11, '03:00') }), adas, { override: false }, context),
  }),
  'cancel what is not there': ({ one, adas }) => ({
    run: (context) => cancel({ reference: { id: one().id } }, adas, context),
  }),
  "cancel another's": ({ one }) => ({
    prepare: [{ after: one() }],
    run: (context) => cancel({ reference: { id: one().id } }, bo, context),
  }),
}

const second = (one: Actors['one'], overrides: Partial<Reservation> = {}) => {
  const { id } = one()
  return one({ id: `${id} too`, start: on(9, '05:00'), end: on(9, '06:00'), ...overrides })
}

const amending = (id: string, to: Partial<Reservation>, by: Actor, context: ServiceContext) =>
  amend({ reference: { id }, change: (before) => ({ ...before, ...to }), override: false }, by, context)

function operationsOf(reported: typeof OPERATIONS): Operation[] {
  return Object.entries(reported).map(([name, notify], index) => {
    const here = `${name.replaceAll(/\W+/g, '-').slice(0, 24)}-${index}`
    const adas = { ...ada, id: `${ada.id} who would ${name}` }
    const one = (overrides: Partial<Reservation> = {}) => proposed({ id: name, site: here, by: adas, ...overrides })
    const there = `${here}-there`
    const actors = { adas, here, there, one }
    return { name, prepare: [], ids: [name], observer: adas.id, sites: [here], ...notify(actors) }
  })
}

export const operations: readonly Operation[] = operationsOf(OPERATIONS)
export const refusedOperations: readonly Operation[] = operationsOf(REFUSED_OPERATIONS)

/** Writes the preconditions of operations, in few changes. */
export async function prepare(store: Store, some: readonly Operation[]): Promise<void> {
  const rounds = Math.max(...some.map(({ prepare }) => prepare.length))
  for (let round = 0; round < rounds; round += 1) {
    const changes = some.flatMap(({ prepare }) => prepare[round] ?? [])
    for (let from = 0; from < changes.length; from += store.maxBatch)
      await changing(store, changes.slice(from, from + store.maxBatch))
  }
}

/** The outcome of an operation for its caller. */
export type Outcome = { readonly answer: unknown } | { readonly refused: string } | { readonly bug: unknown }

export async function outcomeOf(done: Promise<unknown>): Promise<Outcome> {
  try {
    return { answer: await done }
  } catch (error) {
    return error instanceof Failure ? { refused: error.code } : { bug: error }
  }
}

/** Everything stored about the reservations of an operation. */
export interface StoreContents {
  readonly standing: readonly Stored[]
  readonly history: readonly Revision[]
  /** The undelivered messages. */
  readonly messages: readonly PendingMessage[]
}

/**
 * Everything a store has about the reservations of operations. Asserts that each history leads to the current rows.
 * @param messages all undelivered messages
 */
export async function contentsOf(
  store: Store,
  some: readonly Operation[],
  messages: readonly PendingMessage[],
): Promise<Map<Operation, StoreContents>> {
  const rows: Stored[] = []
  for await (const row of store.all()) rows.push(row)
  const rowsOf = Map.groupBy(rows, ({ reservation }) => reservation.id)
  const allContents = some.map(async (operation): Promise<[Operation, StoreContents]> => {
    const found = operation.ids.map((id) => rowsOf.get(id) ?? [])
    const histories = await Promise.all(operation.ids.map((id) => store.history(id)))
    for (const [index, history] of histories.entries()) {
      expect(history.map(({ number }) => number)).toEqual(history.map((_, before) => before + 1))
      expect(history.at(-1)?.after).toEqual(found[index]?.[0]?.reservation)
      expect(found[index]?.[0]?.revision).toBe(history.at(-1)?.after && history.length)
    }
    const theirs = messages.filter(({ message }) => operation.ids.includes(message.reservation))
    return [operation, { standing: found.flat(), history: histories.flat(), messages: shuffled(theirs) }]
  })
  return new Map(await Promise.all(allContents))
}

/** Asserts that a store lists what it finds, at the sites and for the observers of operations. */
export async function assertListed(store: Store, contents: ReadonlyMap<Operation, StoreContents>): Promise<void> {
  for (const [operation, { standing: stored }] of contents) {
    const listed = await store.list(
      { sites: operation.sites, during: { start: MIN_INSTANT, end: MAX_INSTANT } },
      asItIs,
    )
    expect(listed.toSorted(byId)).toEqual(stored.toSorted(byId))
    const owned = await store.list({ observer: operation.observer, endingFrom: MIN_INSTANT }, asItIs)
    expect(owned.toSorted(byId)).toEqual(
      stored.filter(({ reservation }) => reservation.observer === operation.observer).toSorted(byId),
    )
  }
}

/** A fixed token for all claims. */
const shuffled = (messages: readonly PendingMessage[]) =>
  messages.toSorted((a, b) => (canonical(a) < canonical(b) ? -1 : 1))

const byId = (a: Stored, b: Stored) => (a.reservation.id < b.reservation.id ? -1 : 1)

/** The expected results of an operation, run once and run twice, from a SQLite store without faults. */
export interface Model {
  readonly before: StoreContents
  readonly once: { readonly outcome: Outcome; readonly truth: StoreContents }
  readonly twice: { readonly outcome: Outcome; readonly truth: StoreContents }
}

export async function modelOf(operation: Operation): Promise<Model> {
  const before = await done(operation, 0)
  return { before: before.truth, once: await done(operation, 1), twice: await done(operation, 2) }
}

async function done(operation: Operation, times: number): Promise<{ outcome: Outcome; truth: StoreContents }> {
  const store = memoryStore()
  await prepare(store, [operation])
  const claims = claimsOf(operation, await claimed(store))
  const context = contextFor(store)
  let outcome: Outcome = { answer: undefined }
  for (let time = 0; time < times; time += 1) outcome = await outcomeOf(operation.run(context, claims))
  const contents = (await contentsOf(store, [operation], await waiting(store))).get(operation) as StoreContents
  await store.close()
  return { outcome, truth: contents }
}

/** The messages of an operation, in a fixed order. */
export const claimsOf = (operation: Operation, claims: readonly Claim[]): Claim[] =>
  claims
    .filter(({ message }) => operation.ids.includes(message.reservation))
    .toSorted((a, b) => (toProjects(a.message).project.name < toProjects(b.message).project.name ? -1 : 1))

/** Sites of unknown location have no free dark time. */
export const contextFor = (store: Store): ServiceContext =>
  worldOf(store, { sites: new Map(), hasProjectsService: true, receivers: ['archive'] })
