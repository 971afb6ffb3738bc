import { viewerOf } from '../../src/domain/access.ts'
import { HOUR, type Instant, secondAt } from '../../src/domain/interval.ts'
import { anonymous } from '../../src/domain/observer.ts'
import { defaultSites } from '../../src/main/default-sites.ts'
import { readSites } from '../../src/ops/sites.ts'
import { isScheduled } from '../../src/service/queries.ts'
import type { Store } from '../../src/store/port.ts'
import { instantOf as parsed, writeTime } from '../../src/wire/time.ts'
import { comingHour, SITES, WEEK } from '../lib.ts'

/** The number of reservations that the ladder starts with. */
export const HISTORY = 10_000
const FUTURE: Instant = Date.UTC(2031, 0, 1) / 1000

/** A request as the load generator sends it. */
export interface LoadRequest {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  readonly headers?: Record<string, string>
}

/** One kind of request whose cost is measured. A new endpoint is added to the ladder by a new case. */
export interface Case {
  readonly title: string
  readonly aim: string
  readonly connections: number
  /** The nth request. They differ, for example in their windows, so that no response can be kept for the next one. */
  readonly request: (n: number, tokens: readonly string[]) => LoadRequest
  /** Reads the same from the store, for the rung `store`. Without it, a case has no such rung. */
  readonly answer?: (body: Readonly<Record<string, string>>, store: Store) => Promise<Uint8Array | string>
  /** Whether each request creates a reservation. As behind a proxy, each client has an address: one address may have 64 requests at a time. */
  readonly writes?: boolean
}

const post = (endpoint: string, body: object, headers: Record<string, string> = {}): LoadRequest => ({
  method: 'POST',
  path: `/dev/${endpoint}`,
  body: JSON.stringify(body),
  headers: { 'Content-Type': 'application/json', ...headers },
})

const siteOf = (n: number): string => SITES[n % SITES.length] ?? ''

const weekOf = (n: number) => ({
  site: siteOf(n),
  start: writeTime(comingHour(n)),
  end: writeTime(comingHour(n) + WEEK),
})

const anyone = viewerOf(anonymous)
const { sites } = readSites(defaultSites)

/** The cases of the ladder, in the order in which they are printed. */
export const CASES: Readonly<Record<string, Case>> = {
  week: {
    title: "siteevents, a telescope's week, moving windows",
    aim: '45 % of bare',
    connections: 16,
    request: (n) => post('siteevents', weekOf(n)),
    answer: ({ site = '', start = '', end = '' }, store) =>
      store.listBytes({ sites: [site], during: { start: parsed(start), end: parsed(end) } }, anyone),
  },
  unchanged: {
    title: 'siteevents, a week that the client has already (304)',
    aim: '50 % of bare',
    connections: 16,
    request: () => ({ method: 'GET', path: `/dev/siteevents?${String(new URLSearchParams(weekOf(40)))}` }),
  },
  instant: {
    title: 'get-event-at-time, moving instants',
    aim: '40 % of bare',
    connections: 16,
    request: (n) => post('get-event-at-time', { site: siteOf(n), time: writeTime(comingHour(n)) }),
    answer: ({ site = '', time = '' }, store) =>
      store.listBytes({ sites: [site], during: secondAt(parsed(time)) }, anyone),
  },
  scheduled: {
    title: 'is-user-scheduled, moving instants',
    aim: 'none',
    connections: 16,
    request: (n) =>
      post('is-user-scheduled', { user_id: `auth0|${n % 500}`, site: siteOf(n), time: writeTime(comingHour(n)) }),
    answer: async ({ user_id: observer = '', site = '', time = '' }, store) =>
      JSON.stringify(await isScheduled(observer, site, parsed(time), { store, sites })),
  },
  create: {
    title: 'newevent, durable, 128 clients',
    aim: '50 % of the CPU and 70 % of the rate of two inserts with group commit',
    connections: 128,
    writes: true,
    request: (n, tokens) => {
      const start = FUTURE + Math.floor(n / SITES.length) * (HOUR / 2)
      const times = { start: writeTime(start), end: writeTime(start + HOUR / 2) }
      const event = { event_id: `made-${n}`, site: siteOf(n), ...times, title: 'NGC 7000' }
      const client = n % tokens.length
      return post('newevent', event, {
        Authorization: `Bearer ${tokens[client]}`,
        'X-Forwarded-For': `203.0.113.${client}`,
      })
    },
  },
}
