import type { Actor } from '../src/domain/observer.ts'
import { HOUR, type Instant, type Interval } from '../src/domain/interval.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import type { Site } from '../src/domain/site.ts'
import { placeOf } from '../src/service/change.ts'
import type { World } from '../src/service/world.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Change, Place, Store } from '../src/store/store.ts'
import { eventCodec } from '../src/wire/event.ts'

type Person = Exclude<Actor, { role: 'anonymous' }> & { readonly name: string }

/** Two observers. Their names are email addresses, as sign-in services give them, so that masking shows. */
export const ada = { role: 'observer', id: 'auth0|ada', name: 'ada@example.org' } as const satisfies Person
export const bo = { role: 'observer', id: 'auth0|bo', name: 'bo@example.org' } as const satisfies Person
export const grace = { role: 'admin', id: 'auth0|grace', name: 'Grace' } as const satisfies Person
export const scheduler = { role: 'service', id: 'service:scheduler', name: 'scheduler' } as const satisfies Person

export const saf: Site = {
  code: 'saf',
  name: 'Apache Ridge Observatory',
  latitude: 35.554298,
  longitude: -105.870197,
  elevation: 2194,
  timeZone: 'America/Denver',
  enclosure: 'roll-off roof',
}

/** An instant from its ISO 8601 name, by other means than the code under test. */
export const at = (iso: string): Instant => Date.parse(iso) / 1000

/** When every test begins. */
export const TODAY = at('2030-03-01T00:00:00Z')

/** The same time of the first days of March 2030: `on(9, '02:00')`. */
export const on = (day: number, time: string): Instant => at(`2030-03-${String(day).padStart(2, '0')}T${time}:00Z`)

/** From one time to another of a day of March 2030. */
export const from = (day: number, start: string, end: string): Interval => ({ start: on(day, start), end: on(day, end) })

/** A world whose clock is set by hand. */
export interface TestWorld extends World {
  time: Instant
}

export function worldOf(store: Store, overrides: Partial<World> = {}): TestWorld {
  const world: TestWorld = {
    time: TODAY,
    now: () => world.time,
    store,
    conflicts: 'deny',
    guard: 'guarded',
    sites: new Map([[saf.code, saf]]),
    sizeOf: eventCodec.sizeOf,
    tellsProjects: false,
    ...overrides,
  }
  return world
}

let wishes = 0

/** What somebody (Ada, unless `by` says otherwise) may wish for: an hour at `saf`, eight days ahead, under a fresh id. */
export function wish({ by = ada, ...given }: Partial<Reservation> & { by?: Person } = {}): Reservation {
  const start = given.start ?? on(9, '03:00')
  return {
    id: `wish-${++wishes}`,
    site: saf.code,
    start,
    end: start + HOUR,
    observer: by.id,
    creator: by.name,
    title: `${by.name} looks at M31`,
    kind: 'realtime',
    origin: 'ptr',
    resource: given.site ?? saf.code,
    project: undefined,
    priority: 'standard',
    note: '',
    modified: TODAY,
    extra: {},
    ...given,
  }
}

/** Of a list or a history: what is there, as it is. */
export const asItIs = <T>(one: T): T => one

export const memoryStore = (): Store => sqliteStore(openDatabase(':memory:'), eventCodec)

/** Commits changes as they are, past every rule of `service/`. */
export function changing(store: Store, changes: readonly Pick<Change, 'before' | 'after' | 'messages'>[]): Promise<void> {
  const touched = changes.flatMap(({ before, after }) => [...(before ? [before.reservation] : []), ...(after ? [after] : [])])
  return store.change({ named: [...new Set(touched.map(({ id }) => id))], around: () => touched.map((one) => placeOf(one)) }, () => ({
    changes: changes.map((change) => ({ ...change, at: TODAY, by: 'import', via: 'import' })),
    answer: undefined,
  }))
}

/** The same store, which writes down in what places something is looked for. */
export const lookingInto = (store: Store, places: Place[]): Store => ({
  ...store,
  change: ({ around, ...scope }, decide) =>
    store.change({ ...scope, ...(around && { around: (named) => { const sought = around(named); places.push(...sought); return sought } }) }, decide),
})
