import type { Actor } from '../src/domain/observer.ts'
import { HOUR, type Instant, type Interval } from '../src/domain/interval.ts'
import type { Reservation } from '../src/domain/reservation.ts'
import type { Site } from '../src/domain/site.ts'
import { windowsOf } from '../src/service/commit.ts'
import type { ServiceContext } from '../src/service/context.ts'
import { openDatabase } from '../src/store/sqlite/open.ts'
import { sqliteStore } from '../src/store/sqlite/sqlite-store.ts'
import type { Change, Outline, SiteWindow, Store } from '../src/store/port.ts'
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

/** The telescopes of an enclosure: `WEMA1`, `WEMA2` and so on, at `saf`. */
export const enclosureOf = (wema: string, count = 2): ReadonlyMap<string, Site> =>
  new Map(Array.from({ length: count }, (_, n) => [`${wema}${n + 1}`, { ...saf, code: `${wema}${n + 1}`, wema }]))

/** Parses an ISO 8601 time, without the code under test. */
export const at = (iso: string): Instant => Date.parse(iso) / 1000

/** The time at which every test starts. */
export const TODAY = at('2030-03-01T00:00:00Z')

/** An instant in March 2030: `on(9, '02:00')`. */
export const on = (day: number, time: string): Instant => at(`2030-03-${String(day).padStart(2, '0')}T${time}:00Z`)

/** An interval within one day of March 2030. */
export const from = (day: number, start: string, end: string): Interval => ({
  start: on(day, start),
  end: on(day, end),
})

/** A service context with a clock that the test sets. */
export interface TestWorld extends ServiceContext {
  time: Instant
}

export function worldOf(store: Store, overrides: Partial<ServiceContext> = {}): TestWorld {
  const context: TestWorld = {
    time: TODAY,
    now: () => context.time,
    store,
    conflictPolicy: 'deny',
    writeGuard: 'guarded',
    sites: new Map([[saf.code, saf]]),
    sizeOf: eventCodec.sizeOf,
    hasProjectsService: false,
    ...overrides,
  }
  return context
}

let newEvents = 0

/** A proposed reservation of Ada, or of `by`: an hour at `saf`, eight days ahead, with a new id. */
export function proposed({ by = ada, ...overrides }: Partial<Reservation> & { by?: Person } = {}): Reservation {
  const start = overrides.start ?? on(9, '03:00')
  return {
    id: `wish-${++newEvents}`,
    site: saf.code,
    start,
    end: start + HOUR,
    observer: by.id,
    creator: by.name,
    title: `${by.name} looks at M31`,
    kind: 'realtime',
    origin: 'ptr',
    resource: overrides.site ?? saf.code,
    project: undefined,
    priority: 'standard',
    note: '',
    modified: TODAY,
    extra: {},
    ...overrides,
  }
}

/** What a store tells of a reservation in outline. */
export const outlineOf = ({ id, site, start, end, observer, kind }: Reservation): Outline => ({
  id,
  site,
  start,
  end,
  observer,
  kind,
})

/** Returns its argument: for lists and histories that are not to be masked. */
export const asItIs = <T>(one: T): T => one

export const memoryStore = (): Store => sqliteStore(openDatabase(':memory:'), eventCodec)

/** Commits changes without the rules of `service/`. */
export function changing(
  store: Store,
  changes: readonly Pick<Change, 'before' | 'after' | 'messages'>[],
): Promise<void> {
  const touched = changes.flatMap(({ before, after }) => [
    ...(before ? [before.reservation] : []),
    ...(after ? [after] : []),
  ])
  return store.change(
    {
      ids: [...new Set(touched.map(({ id }) => id))],
      windows: () => touched.flatMap((one) => windowsOf(one, new Map())),
    },
    () => ({
      changes: changes.map((change) => ({ ...change, at: TODAY, by: 'import', via: 'import' })),
      answer: undefined,
    }),
  )
}

/** The same store, which also adds the windows that changes read to `places`. */
export const lookingInto = (store: Store, places: SiteWindow[]): Store => ({
  ...store,
  change: ({ windows, ...scope }, decide) =>
    store.change(
      {
        ...scope,
        ...(windows && {
          windows: (named) => {
            const sought = windows(named)
            places.push(...sought)
            return sought
          },
        }),
      },
      decide,
    ),
})
