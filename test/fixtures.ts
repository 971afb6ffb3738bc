import { toProjects } from './outbox.ts'
import { DAY, HOUR, MINUTE } from '../src/domain/interval.ts'
import type { Reference, Reservation } from '../src/domain/reservation.ts'
import { amend } from '../src/service/amend.ts'
import { attachProject } from '../src/service/attach-project.ts'
import { cancel } from '../src/service/cancel.ts'
import { reserve } from '../src/service/reserve.ts'
import { restore } from '../src/service/restore.ts'
import type { ArchiveEntry, PendingMessage, Store } from '../src/store/port.ts'
import { ada, bo, grace, on, scheduler, TODAY, proposed, worldOf } from './context.ts'

const M31 = { name: 'M 31 #2 “LRGB”', createdAt: '2030-01-01T00:00:00Z' }

/** Fields nobody has a rule for, in no order of their own; and names that JavaScript has a use for. */
const ODD = JSON.parse(`{
  "zeta": 0.1, "alpha": null, "10": "ten", "9": 9, "Étoile": "☄️ é", "deep": {"b": [1, 2.5e-7, -3, {"y": [], "x": {}}], "a": true},
  "constructor": "mine", "__proto__": {"b": 1, "a": 2}, "empty": "", "long": 123456789012345, "email": "kept@as.it.is"
}`) as Reservation['extra']

const importedRow = (overrides: Partial<Reservation> & { id: string; site: string }) => ({
  reservation: proposed(overrides),
  revision: 0,
})

const archiveEntry = (id: string, overrides: Partial<ArchiveEntry>): ArchiveEntry => ({
  id,
  reservations: [],
  history: [],
  messages: [],
  ...overrides,
})

const messageTo = (reservation: string, name: string, attempts: number, due: number): PendingMessage => ({
  message: { action: 'remove-project-event', project: { name, createdAt: 'long ago' }, reservation },
  revision: 4,
  writtenAt: TODAY - HOUR,
  attempts,
  due,
})

/** What was there before there was a history, or of what only a message is left. */
const OLD: readonly ArchiveEntry[] = [
  archiveEntry('old', { reservations: [importedRow({ id: 'old', site: 'old', extra: ODD })] }),
  archiveEntry('old-amended', { reservations: [importedRow({ id: 'old-amended', site: 'old-amended' })] }),
  archiveEntry('old-cancelled', { reservations: [importedRow({ id: 'old-cancelled', site: 'old-cancelled' })] }),
  archiveEntry('old-twins', {
    reservations: [2, 8].map((hour) => importedRow({ id: 'old-twins', site: 'old-twins', start: TODAY + hour * HOUR })),
  }),
  archiveEntry('old-closure', {
    reservations: [
      importedRow({ id: 'old-closure', site: 'old-closure', end: on(9, '03:00') + 1826 * DAY, kind: 'maintenance' }),
    ],
  }),
  archiveEntry('old-overlap', { reservations: [importedRow({ id: 'old-overlap', site: 'old', observer: bo.id })] }),
  archiveEntry('only-a-message', { messages: [messageTo('only-a-message', 'NGC 7000', 3, TODAY + 5 * MINUTE)] }),
]

/** Every id that `furnish` makes. */
export const FIXTURE_ENTRIES = [
  ...OLD.map(({ id }) => id),
  'made',
  'odd',
  'amended',
  'elsewhere',
  'cancelled',
  'restored',
  'twins',
  'one-twin-gone',
  'no-twin-left',
  'over',
  'lco',
  'closed',
  'told',
  'told-of-the-end',
]

/**
 * Fills an empty store with all that a store can hold, each at a site of its own name: standing, deleted, restored,
 * moved, overlapping, from before there was a history, one id at two starts, messages of every sort.
 */
export async function fillStore(store: Store): Promise<void> {
  await store.archive.importAll(OLD)
  await store.archive.finalize()
  const context = worldOf(store, { sites: new Map(), hasProjectsService: true })
  const make = (id: string, overrides: Parameters<typeof proposed>[0] = {}, override = false) =>
    reserve(proposed({ id, site: id, ...overrides }), overrides.by ?? ada, { override }, context)
  const edit = (reference: Reference, changed: Partial<Reservation>) =>
    amend(
      { reference, change: (before) => ({ ...before, ...changed, modified: context.now() }), override: false },
      ada,
      context,
    )

  await make('made')
  await make('odd', { extra: ODD, note: 'seeing < 2″; it’s \\fine\n', priority: 'time_critical', resource: 'a dome' })
  await make('amended')
  for (const minute of [1, 2, 3]) {
    context.time = TODAY + minute
    await edit({ id: 'amended' }, { note: `for the ${minute}. time`, extra: { minute, list: [minute] } })
  }
  await make('elsewhere')
  await edit({ id: 'elsewhere' }, { site: 'there', start: on(10, '02:00'), end: on(10, '02:30') })
  await make('cancelled')
  await cancel({ reference: { id: 'cancelled' } }, grace, context)
  await make('restored')
  await cancel({ reference: { id: 'restored' } }, ada, context)
  await restore({ id: 'restored', number: 1, override: false }, ada, context)
  await edit({ id: 'old-amended' }, { title: 'a new title' })
  await cancel({ reference: { id: 'old-cancelled' } }, ada, context)

  for (const id of ['twins', 'one-twin-gone', 'no-twin-left']) await makeDuplicateRows(store, id)
  await edit({ id: 'twins', start: on(9, '08:00') }, { note: 'this one' })
  for (const id of ['one-twin-gone', 'no-twin-left'])
    await cancel({ reference: { id, start: on(9, '02:00') } }, ada, context)
  await cancel({ reference: { id: 'no-twin-left', start: on(9, '08:00') } }, ada, context)

  await make('over', { by: grace, site: 'made' }, true)
  await make('lco', { by: scheduler, origin: 'lco', creator: 'submitter', title: 'via LCO' })
  await make('closed', { by: grace, kind: 'maintenance', end: on(9, '03:00') + 300 * DAY })

  await make('told', { kind: 'project', project: M31 })
  await attachProject({ name: 'M42', createdAt: '2' }, [{ id: 'told' }], grace, context)
  const [now, until] = [context.now(), context.now() + MINUTE]
  const { claims } = await store.outbox.claim({ now, until, limit: 1000, token: 'furnishing' })
  for (const claim of claims) {
    const isAdded = toProjects(claim.message).action === 'add-project-event'
    await store.outbox.postpone(claim, isAdded ? now + 5 * MINUTE : 0, true)
  }
  await make('told-of-the-end', { kind: 'project', project: M31 })
  await cancel({ reference: { id: 'told-of-the-end' } }, ada, context)
}

/** As only an import can: service/ lets nobody make a second one under an id. */
async function makeDuplicateRows(store: Store, id: string): Promise<void> {
  for (const time of ['02:00', '08:00']) {
    const after = proposed({ id, site: id, start: on(9, time) })
    const windows = () => [{ site: id, during: after }]
    const answer = { changes: [{ after, at: TODAY, by: 'import', via: 'import' as const }], answer: undefined }
    await store.change({ ids: [id], windows }, () => answer)
  }
}

/** All of a store's archive entries, by id. */
export async function entriesOf(store: Pick<Store, 'archive'>): Promise<Map<string, ArchiveEntry>> {
  const all: ArchiveEntry[] = []
  for await (const one of store.archive.entries()) all.push(one)
  return new Map(all.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((one) => [one.id, one]))
}
