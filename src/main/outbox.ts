import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR } from '../domain/interval.ts'
import type { Log } from '../ops/log.ts'
import { type Metrics, startingAtZero } from '../ops/metrics.ts'
import type { Settings } from '../ops/settings.ts'
import {
  type OutboxWorker,
  type DrainResult,
  openOutboxWorker,
  type DeliveryOutcome,
  DELIVERY_OUTCOMES,
} from '../background/outbox-worker.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Claim, Store } from '../store/port.ts'
import { elapsed } from './clock.ts'
import { now } from './wiring.ts'

/** Pause between two polls of the outbox, and its maximum while the service or the store fails. */
const PAUSE_MS = 1000
const MAX_PAUSE_MS = 15_000

/** Opens a worker that logs failed deliveries, by ids only, and reports every outcome to `count`. */
export function outboxWorkerOf(
  store: Store,
  url: string,
  settings: Settings,
  log: Log,
  count: (outcome: DeliveryOutcome, claim: Claim) => void,
): OutboxWorker {
  return openOutboxWorker({
    outbox: store.outbox,
    projects: projectsAt(url),
    now,
    elapsed,
    newToken: randomUUID,
    random: Math.random,
    maxAge: settings.OUTBOX_MAX_AGE_HOURS * HOUR,
    onOutcome: (claim, outcome, err) => {
      count(outcome, claim)
      if (outcome === 'delivered') return
      const { message, revision, attempts } = claim
      // Expected if the projects service has no route to remove events, so no warning.
      const level = outcome === 'not_removed' ? 'info' : 'warn'
      log[level](
        { event_id: message.reservation, revision, verb: message.action, attempts, outcome, err },
        'outbox: delivery failed',
      )
    },
    onError: (err) => log.error({ err }, 'outbox: delivery outcome not recorded'),
  })
}

/** Starts delivering messages to the projects service, until it is stopped. */
export function startOutboxWorker(store: Store, url: string, settings: Settings, log: Log, metrics: Metrics) {
  // At zero, so that Prometheus sees the first increase.
  startingAtZero(metrics.deliveries, { outcome: DELIVERY_OUTCOMES })
  const worker = outboxWorkerOf(store, url, settings, log, (outcome, { lapsed }) => {
    metrics.deliveries.inc({ outcome })
    if (lapsed) metrics.lapsedClaims.inc()
  })
  const stopping = new AbortController()
  const { signal } = stopping
  const onClaimError = (err: unknown): DrainResult => {
    log.error({ err }, 'outbox: claim failed')
    return 'failing'
  }

  async function run(): Promise<void> {
    let pause = PAUSE_MS
    while (!signal.aborted) {
      const drained = await worker.drain(() => signal.aborted).catch(onClaimError)
      pause = drained === 'failing' ? Math.min(MAX_PAUSE_MS, pause * 2) : PAUSE_MS
      await sleep(pause * (1 - Math.random() / 2), undefined, { signal }).catch(() => undefined)
    }
  }

  const running = run()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
