import { DAY, HOUR, MINUTE } from '../src/domain/interval.ts'
import type { Reference, Reservation } from '../src/domain/reservation.ts'
import { amend } from '../src/service/amend.ts'
import { attachProject } from '../src/service/attach-project.ts'
import { cancel } from '../src/service/cancel.ts'
import { reserve } from '../src/service/reserve.ts'
import { restore } from '../src/service/restore.ts'
import type { Dossier, Pending, Store } from '../src/store/store.ts'
import { ada, bo, grace, on, scheduler, TODAY, wish, worldOf } from './world.ts'

const M31 = { name: 'M 31 #2 “LRGB”', createdAt: '2030-01-01T00:00:00Z' }

/** Fields nobody has a rule for, in no order of their own; and names that JavaScript has a use for. */
const ODD = JSON.parse(`{
  "zeta": 0.1, "alpha": null, "10": "ten", "9": 9, "Étoile": "☄️ é", "deep": {"b": [1, 2.5e-7, -3, {"y": [], "x": {}}], "a": true},
  "constructor": "mine", "__proto__": {"b": 1, "a": 2}, "empty": "", "long": 123456789012345, "email": "kept@as.it.is"
}`) as Reservation['extra']

const fromBefore = (given: Partial<Reservation> & { id: string; site: string }) => ({ reservation: wish(given), revision: 0 })

const dossier = (id: string, given: Partial<Dossier>): Dossier => ({ id, standing: [], history: [], messages: [], ...given })

const messageTo = (reservation: string, name: string, attempts: number, due: number): Pending => ({
  message: { what: 'remove-project-event', project: { name, createdAt: 'long ago' }, reservation },
  revision: 4,
  writtenAt: TODAY - HOUR,
  attempts,
  due,
})

/** What was there before there was a history, or of what only a message is left. */
const OLD: readonly Dossier[] = [
  dossier('old', { standing: [fromBefore({ id: 'old', site: 'old', extra: ODD })] }),
  dossier('old-amended', { standing: [fromBefore({ id: 'old-amended', site: 'old-amended' })] }),
  dossier('old-cancelled', { standing: [fromBefore({ id: 'old-cancelled', site: 'old-cancelled' })] }),
  dossier('old-twins', {
    standing: [2, 8].map((hour) => fromBefore({ id: 'old-twins', site: 'old-twins', start: TODAY + hour * HOUR })),
  }),
  dossier('old-closure', {
    standing: [fromBefore({ id: 'old-closure', site: 'old-closure', end: on(9, '03:00') + 1826 * DAY, kind: 'maintenance' })],
  }),
  dossier('old-overlap', { standing: [fromBefore({ id: 'old-overlap', site: 'old', observer: bo.id })] }),
  dossier('only-a-message', { messages: [messageTo('only-a-message', 'NGC 7000', 3, TODAY + 5 * MINUTE)] }),
]

/** Every id that `furnish` makes. */
export const FURNISHED = [
  ...OLD.map(({ id }) => id),
  'made', 'odd', 'amended', 'elsewhere', 'cancelled', 'restored', 'twins', 'one-twin-gone', 'no-twin-left',
  'over', 'lco', 'closed', 'told', 'told-of-the-end',
]

/**
 * Fills an empty store with all that a store can hold, each at a site of its own name: standing, deleted, restored,
 * moved, overlapping, from before there was a history, one id at two starts, messages of every sort.
 */
export async function furnish(store: Store): Promise<void> {
  await store.archive.adopt(OLD)
  await store.archive.settle()
  const world = worldOf(store, { sites: new Map(), tellsProjects: true })
  const make = (id: string, given: Parameters<typeof wish>[0] = {}, override = false) =>
    reserve(wish({ id, site: id, ...given }), given.by ?? ada, { override }, world)
  const edit = (reference: Reference, changed: Partial<Reservation>) =>
    amend({ reference, change: (before) => ({ ...before, ...changed, modified: world.now() }), override: false }, ada, world)

  await make('made')
  await make('odd', { extra: ODD, note: 'seeing < 2″; it’s \\fine\n', priority: 'time_critical', resource: 'a dome' })
  await make('amended')
  for (const minute of [1, 2, 3]) {
    world.time = TODAY + minute
    await edit({ id: 'amended' }, { note: `for the ${minute}. time`, extra: { minute, list: [minute] } })
  }
  await make('elsewhere')
  await edit({ id: 'elsewhere' }, { site: 'there', start: on(10, '02:00'), end: on(10, '02:30') })
  await make('cancelled')
  await cancel({ reference: { id: 'cancelled' } }, grace, world)
  await make('restored')
  await cancel({ reference: { id: 'restored' } }, ada, world)
  await restore({ id: 'restored', number: 1, override: false }, ada, world)
  await edit({ id: 'old-amended' }, { title: 'a new title' })
  await cancel({ reference: { id: 'old-cancelled' } }, ada, world)

  for (const id of ['twins', 'one-twin-gone', 'no-twin-left']) await makeTwins(store, id)
  await edit({ id: 'twins', start: on(9, '08:00') }, { note: 'this one' })
  for (const id of ['one-twin-gone', 'no-twin-left']) await cancel({ reference: { id, start: on(9, '02:00') } }, ada, world)
  await cancel({ reference: { id: 'no-twin-left', start: on(9, '08:00') } }, ada, world)

  await make('over', { by: grace, site: 'made' }, true)
  await make('lco', { by: scheduler, origin: 'lco', creator: 'submitter', title: 'via LCO' })
  await make('closed', { by: grace, kind: 'maintenance', end: on(9, '03:00') + 300 * DAY })

  await make('told', { kind: 'project', project: M31 })
  await attachProject({ name: 'M42', createdAt: '2' }, [{ id: 'told' }], grace, world)
  const [now, until] = [world.now(), world.now() + MINUTE]
  const { claims } = await store.outbox.claim({ now, until, limit: 1000, token: 'furnishing' })
  for (const claim of claims) {
    const isAdded = claim.message.what === 'add-project-event'
    await store.outbox.postpone(claim, isAdded ? now + 5 * MINUTE : 0, true)
  }
  await make('told-of-the-end', { kind: 'project', project: M31 })
  await cancel({ reference: { id: 'told-of-the-end' } }, ada, world)
}

/** As only an import can: service/ lets nobody make a second one under an id. */
async function makeTwins(store: Store, id: string): Promise<void> {
  for (const time of ['02:00', '08:00']) {
    const after = wish({ id, site: id, start: on(9, time) })
    const around = () => [{ site: id, during: after }]
    const answer = { changes: [{ after, at: TODAY, by: 'import', via: 'import' as const }], answer: undefined }
    await store.change({ named: [id], around }, () => answer)
  }
}

/** All of a store's dossiers, by id. */
export async function dossiersOf(store: Pick<Store, 'archive'>): Promise<Map<string, Dossier>> {
  const all: Dossier[] = []
  for await (const one of store.archive.dossiers()) all.push(one)
  return new Map(all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [one.id, one]))
}
