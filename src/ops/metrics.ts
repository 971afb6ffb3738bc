import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Snapshot, Decision, Scope, Store } from '../store/port.ts'
import { storeMetrics } from './store-metrics.ts'

/** The statuses of which somebody is told when they come. */
const TIMED_OPERATIONS = ['401', '429', '500', '502', '503']

export interface MetricsOptions {
  /** How many lines of the log were lost so far. */
  readonly lostLines?: (() => number) | undefined
  readonly version?: string
}

/** What Prometheus reads at `/metrics`. One for each server, so that two in a process do not count together. */
export function openMetrics({ lostLines = () => 0, version = '' }: MetricsOptions = {}) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const levels = {
    connections: new Gauge({ name: 'calendar_connections', help: 'Connections that are open.', registers }),
    waiting: new Gauge({ name: 'calendar_requests_waiting', help: 'Requests that wait for their turn.', registers }),
    unread: new Gauge({ name: 'calendar_unread_bytes', help: 'Bytes that were answered and are not yet taken.', registers }),
  }
  new Gauge({ name: 'calendar_build_info', help: 'Always 1; the version that runs.', labelNames: ['version'], registers }).set({ version }, 1)
  const seconds = new Histogram({
    name: 'calendar_store_seconds',
    help: 'Time the store took, by operation.',
    labelNames: ['operation'],
    buckets: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
    registers,
  })
  for (const operation of ['find', 'list', 'history', 'change']) seconds.zero({ operation })
  const requests = new Counter({ name: 'calendar_requests_total', help: 'Requests, by route and status.', labelNames: ['route', 'status'], registers })
  return {
    registry,
    ...storeMetrics(registers),
    lastPoll: new Gauge({ name: 'calendar_last_poll_timestamp_seconds', help: 'When a telescope last asked for its schedule, by site.', labelNames: ['site'], registers }),
    requests,
    /** Has what alerts ask for be there from the start, for all routes that there are. */
    expectRoutes: (routes: readonly string[]) => void startingAtZero(requests, { route: routes, status: TIMED_OPERATIONS }),
    latency: new Histogram({
      name: 'calendar_request_seconds',
      help: 'Time to answer a request, by route.',
      labelNames: ['route'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    conflicts: new Counter({ name: 'calendar_conflicts_total', help: 'Writes refused because the time or the id was taken.', registers }),
    store: seconds,
    outbox: new Gauge({ name: 'calendar_outbox_depth', help: 'Messages to the projects service not yet delivered.', registers }),
    outboxAge: new Gauge({ name: 'calendar_outbox_oldest_seconds', help: 'How long ago the oldest of them was written; 0 where there is none.', registers }),
    lapsedClaims: new Counter({ name: 'calendar_outbox_claims_lapsed_total', help: 'Messages told again since whoever had them never said what became of them.', registers }),
    polls: new Histogram({
      name: 'calendar_poll_seconds',
      help: "Time from a telescope's poll to its answer.",
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
    refused: startingAtZero(
      new Counter({ name: 'calendar_refused_total', help: 'Requests that were refused for what they would take, by why.', labelNames: ['why'], registers }),
      { why: ['waiting', 'patience', 'misuse', 'bodies', 'unread', 'streams'] },
    ),
    closed: startingAtZero(
      new Counter({ name: 'calendar_connections_closed_total', help: 'Connections that were closed for what they took, by why.', labelNames: ['why'], registers }),
      { why: ['room', 'too_many', 'stalled', 'pipelining'] },
    ),
    /** Sets what says how much there is now. */
    measure({ connections, waiting, unread }: { readonly connections: number; readonly waiting: number; readonly unread: number }) {
      levels.connections.set(connections)
      levels.waiting.set(waiting)
      levels.unread.set(unread)
    },
    longLists: new Gauge({ name: 'calendar_long_lists', help: 'Long lists and histories that are being read.', registers }),
    longListsWaiting: new Gauge({ name: 'calendar_long_lists_waiting', help: 'Those that wait for their turn to be.', registers }),
    streams: new Gauge({ name: 'calendar_streams', help: 'Streams of changes that are open.', registers }),
    streamsBehind: new Gauge({ name: 'calendar_streams_behind', help: 'Those of them that have not caught up.', registers }),
    streamsWaiting: new Gauge({ name: 'calendar_streams_waiting_characters', help: 'What was told to streams and is not yet taken.', registers }),
    deliveries: new Counter({ name: 'calendar_deliveries_total', help: 'Attempts to tell the projects service, by what became of them.', labelNames: ['outcome'], registers }),
    lostLines: new Counter({
      name: 'calendar_log_lines_lost_total',
      help: 'Lines of the log that could not be written, nor kept until they could.',
      registers,
      collect() {
        this.reset()
        this.inc(lostLines())
      },
    }),
  }
}

/** Has each of these values of labels be 0 until it happens, and not absent: else nobody is told of the first time. */
export function startingAtZero<Label extends string>(counter: Counter<Label>, values: Readonly<Record<Label, readonly string[]>>): Counter<Label> {
  let all: Record<string, string>[] = [{}]
  for (const [label, batch] of Object.entries<readonly string[]>(values)) {
    all = all.flatMap((labels) => batch.map((value) => ({ ...labels, [label]: value })))
  }
  for (const labels of all) counter.inc(labels as Record<Label, string>, 0)
  return counter
}

export type Metrics = ReturnType<typeof openMetrics>

/** The same store, with its time measured. */
export function withMetrics(store: Store, metrics: Metrics): Store {
  const timing = async <T>(operation: string, work: Promise<T>): Promise<T> => {
    const done = metrics.store.startTimer({ operation })
    try {
      return await work
    } finally {
      done()
    }
  }
  return {
    ...store,
    find: (id) => timing('find', store.find(id)),
    slotsUnder: (ids) => timing('find', store.slotsUnder(ids)),
    list: (query, valueOf) => timing('list', store.list(query, valueOf)),
    listBytes: (query, viewer, max) => timing('list', store.listBytes(query, viewer, max)),
    history: (id, range) => timing('history', store.history(id, range)),
    change: <T>(scope: Scope, decide: (snapshot: Snapshot) => Decision<T>) =>
      timing('change', store.change(scope, decide)).then((answer) => {
        metrics.lastChange.setToCurrentTime()
        return answer
      }),
  }
}
