import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { storeMetrics } from './store-metrics.ts'
import { RequestCounter, TimeHistogram } from './tallies.ts'

/** Statuses that alerts look for. */
const ALERTED_STATUSES = [401, 429, 500, 502, 503]

/** In seconds. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]

export interface MetricsOptions {
  /** Number of log lines lost so far. */
  readonly lostLines?: (() => number) | undefined
  readonly version?: string
}

/** The metrics of one server. Each server has its own registry, so that two in a process do not add up. */
export function openMetrics({ lostLines = () => 0, version = '' }: MetricsOptions = {}) {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  new Gauge({
    name: 'calendar_build_info',
    help: 'Always 1; the version that runs.',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1)
  return {
    registry,
    lostLines: new Counter({
      name: 'calendar_log_lines_lost_total',
      help: 'Log lines that were lost because they could not be written.',
      registers,
      collect() {
        this.reset()
        this.inc(lostLines())
      },
    }),
    ...storeMetrics(registers),
    store: storeTimes(registers),
    ...requestMetrics(registers),
    ...admissionMetrics(registers),
    ...streamMetrics(registers),
    ...outboxMetrics(registers),
    ...webhookMetrics(registers),
    ...portalMetrics(registers),
  }
}

function storeTimes(registers: Registry[]) {
  const seconds = new TimeHistogram({
    name: 'calendar_store_seconds',
    help: 'Time the store took, by operation.',
    label: 'operation',
    bounds: [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2],
    registers,
  })
  for (const operation of ['find', 'list', 'history', 'change']) seconds.of(operation)
  return seconds
}

// oxlint-disable-next-line max-lines-per-function -- one call or field a line
function requestMetrics(registers: Registry[]) {
  const requests = new RequestCounter({
    name: 'calendar_requests_total',
    help: 'Requests, by route and status.',
    registers,
  })
  return {
    requests,
    /** Starts the counters that alerts use at zero, for all routes. */
    expectRoutes(routes: readonly string[]) {
      for (const route of routes) for (const status of ALERTED_STATUSES) requests.inc(route, status, 0)
    },
    latency: new TimeHistogram({
      name: 'calendar_request_seconds',
      help: 'Time to answer a request, by route.',
      label: 'route',
      bounds: REQUEST_BUCKETS,
      registers,
    }),
    conflicts: new Counter({
      name: 'calendar_conflicts_total',
      help: 'Writes rejected because the time or the id was taken.',
      registers,
    }),
    lastPoll: new Gauge({
      name: 'calendar_last_poll_timestamp_seconds',
      help: 'When a telescope last asked for its schedule, by site.',
      labelNames: ['site'],
      registers,
    }),
    polls: new Histogram({
      name: 'calendar_poll_seconds',
      help: "Time from a telescope's poll to its answer.",
      buckets: REQUEST_BUCKETS,
      registers,
    }),
    longLists: new Gauge({
      name: 'calendar_long_lists',
      help: 'Long lists and histories that are being read.',
      registers,
    }),
    longListsWaiting: new Gauge({
      name: 'calendar_long_lists_waiting',
      help: 'Long lists and histories that wait for their turn.',
      registers,
    }),
  }
}

// oxlint-disable-next-line max-lines-per-function -- one call or field a line
function admissionMetrics(registers: Registry[]) {
  const levels = {
    connections: new Gauge({ name: 'calendar_connections', help: 'Open connections.', registers }),
    waiting: new Gauge({ name: 'calendar_requests_waiting', help: 'Requests in the admission queue.', registers }),
    unread: new Gauge({
      name: 'calendar_unread_bytes',
      help: 'Bytes of answers that clients have not taken yet.',
      registers,
    }),
  }
  return {
    refused: startingAtZero(
      new Counter({
        name: 'calendar_refused_total',
        help: 'Requests rejected by admission control, by reason.',
        labelNames: ['why'],
        registers,
      }),
      { why: ['waiting', 'patience', 'misuse', 'bodies', 'unread', 'streams'] },
    ),
    closed: startingAtZero(
      new Counter({
        name: 'calendar_connections_closed_total',
        help: 'Connections closed by admission control, by reason.',
        labelNames: ['why'],
        registers,
      }),
      { why: ['room', 'too_many', 'stalled', 'pipelining'] },
    ),
    /** Sets the gauges of admission control. */
    measure({
      connections,
      waiting,
      unread,
    }: {
      readonly connections: number
      readonly waiting: number
      readonly unread: number
    }) {
      levels.connections.set(connections)
      levels.waiting.set(waiting)
      levels.unread.set(unread)
    },
  }
}

const streamMetrics = (registers: Registry[]) => ({
  streams: new Gauge({ name: 'calendar_streams', help: 'Open event streams.', registers }),
  streamsBehind: new Gauge({
    name: 'calendar_streams_behind',
    help: 'Event streams that have not caught up with the change feed.',
    registers,
  }),
  streamsWaiting: new Gauge({
    name: 'calendar_streams_waiting_characters',
    help: 'Characters of events that clients of streams have not taken yet.',
    registers,
  }),
})

const outboxMetrics = (registers: Registry[]) => ({
  outbox: new Gauge({
    name: 'calendar_outbox_depth',
    help: 'Messages to the projects service that are not delivered yet.',
    registers,
  }),
  outboxAge: new Gauge({
    name: 'calendar_outbox_oldest_seconds',
    help: 'Age of the oldest message to the projects service that is not delivered yet; 0 if there is none.',
    registers,
  }),
  lapsedClaims: new Counter({
    name: 'calendar_outbox_claims_lapsed_total',
    help: 'Messages claimed again because the claim of another worker lapsed.',
    registers,
  }),
  deliveries: new Counter({
    name: 'calendar_deliveries_total',
    help: 'Delivery attempts to the projects service, by outcome.',
    labelNames: ['outcome'],
    registers,
  }),
})

const webhookMetrics = (registers: Registry[]) => {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: ['receiver'], registers })
  return {
    webhooks: new Counter({
      name: 'calendar_webhooks_total',
      help: 'Attempts to deliver webhooks, by receiver and outcome.',
      labelNames: ['receiver', 'outcome'],
      registers,
    }),
    webhooksWaiting: gauge('calendar_webhooks_waiting', 'Webhooks that are not delivered yet, by receiver.'),
    webhooksAge: gauge(
      'calendar_webhooks_oldest_seconds',
      'Age of the oldest webhook that is not delivered yet, by receiver; 0 if there is none.',
    ),
    webhooksFailed: gauge(
      'calendar_webhooks_failed',
      'Webhooks that were given up and are kept to be redelivered, by receiver.',
    ),
  }
}

const portalMetrics = (registers: Registry[]) => ({
  portalSchedules: startingAtZero(
    new Counter({
      name: 'calendar_portal_schedules_total',
      help: 'Schedules requested from observation portals, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
    { outcome: ['read', 'failed'] },
  ),
  skippedObservations: new Counter({
    name: 'calendar_portal_observations_skipped_total',
    help: 'Malformed observations of observation portals that were left out.',
    registers,
  }),
})

/** Sets a counter to 0 for all combinations of label values: Prometheus does not see the first increase of an absent counter. */
export function startingAtZero<Label extends string>(
  counter: Counter<Label>,
  values: Readonly<Record<Label, readonly string[]>>,
): Counter<Label> {
  let all: Record<string, string>[] = [{}]
  for (const [label, labelValues] of Object.entries<readonly string[]>(values)) {
    all = all.flatMap((labels) => labelValues.map((value) => ({ ...labels, [label]: value })))
  }
  for (const labels of all) counter.inc(labels as Record<Label, string>, 0)
  return counter
}

export type Metrics = ReturnType<typeof openMetrics>
