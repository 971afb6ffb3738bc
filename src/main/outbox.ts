import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR } from '../domain/interval.ts'
import { isForReceiver } from '../domain/outbox-message.ts'
import { webhookOf } from '../http/webhook.ts'
import type { Log } from '../ops/log.ts'
import { type Metrics, startingAtZero } from '../ops/metrics.ts'
import type { Settings } from '../ops/settings.ts'
import {
  type Destination,
  type OutboxWorker,
  type DrainResult,
  openOutboxWorker,
  type DeliveryOutcome,
  DELIVERY_OUTCOMES,
} from '../background/outbox-worker.ts'
import { projectsDestination } from '../background/projects-destination.ts'
import { receiverDestination } from '../background/receiver-destination.ts'
import { projectsAt } from '../sources/projects.ts'
import { receiverAt } from '../sources/receiver.ts'
import type { Claim, Store } from '../store/port.ts'
import { elapsed } from './clock.ts'
import { now } from './wiring.ts'

/** Pause between two polls of the outbox, and its maximum while the service or the store fails. */
const PAUSE_MS = 1000
const MAX_PAUSE_MS = 15_000
/** How long a server that stops waits for webhooks in progress, in milliseconds. */
const STOP_WITHIN_MS = 5000

/** The outcomes of webhooks. */
const WEBHOOK_OUTCOMES = ['delivered', 'postponed', 'given_up'] as const satisfies readonly DeliveryOutcome[]

/** Called with the outcome of each message. */
type OnOutcome = (outcome: DeliveryOutcome, claim: Claim) => void

/**
 * A worker for each destination, so that none waits for another. They log failed deliveries, by ids only, and report every outcome
 * to `count`.
 */
export function outboxWorkersOf(
  destinations: readonly Destination[],
  { outbox }: Store,
  { log, count }: { log: Log; count: OnOutcome },
): OutboxWorker[] {
  return destinations.map((destination) =>
    openOutboxWorker({
      outbox,
      destination,
      now,
      elapsed,
      newToken: randomUUID,
      pause: () => sleep(PAUSE_MS, undefined, { ref: false }),
      onOutcome: (claim, outcome, err) => {
        count(outcome, claim)
        if (outcome !== 'delivered') logFailure(log, claim, outcome, err)
      },
      onError: (err) => log.error({ err }, 'outbox: store failed during a delivery'),
    }),
  )
}

/**
 * The projects service, and each receiver. Each is to be made once in a process, since it knows when it has cleaned up.
 * @param stopping aborts the webhooks in progress
 */
export function destinationsOf(store: Store, settings: Settings, stopping?: AbortSignal): Destination[] {
  const { PROJECTS_URL, OUTBOX_MAX_AGE_HOURS, WEBHOOKS, WEBHOOK_SECRETS } = settings
  const clocks = { now, elapsed, random: Math.random }
  const projects =
    PROJECTS_URL === undefined
      ? []
      : [projectsDestination({ ...clocks, projects: projectsAt(PROJECTS_URL), maxAge: OUTBOX_MAX_AGE_HOURS * HOUR })]
  const receivers = [...WEBHOOKS].map(([name, url]) =>
    receiverDestination({
      ...clocks,
      name,
      receiver: receiverAt({ url, keys: WEBHOOK_SECRETS.get(name) ?? [] }, stopping),
      history: (id, range) => store.history(id, range),
      outbox: store.outbox,
      webhookOf,
    }),
  )
  return [...projects, ...receivers]
}

function logFailure(log: Log, claim: Claim, outcome: DeliveryOutcome, err: Error | undefined): void {
  const { message, revision, attempts } = claim
  const to = isForReceiver(message) ? { receiver: message.receiver } : { verb: message.action }
  // Expected if the projects service has no route to remove events, so no warning.
  const level = outcome === 'not_removed' ? 'info' : 'warn'
  log[level]({ event_id: message.reservation, revision, ...to, attempts, outcome, err }, 'outbox: delivery failed')
}

/** Starts delivering messages, until it is stopped. */
export function startOutboxWorkers(store: Store, settings: Settings, log: Log, metrics: Metrics) {
  startCountersAtZero(settings, metrics)
  const count: OnOutcome = (outcome, { message, lapsed }) => {
    if (isForReceiver(message)) metrics.webhooks.inc({ receiver: message.receiver, outcome })
    else metrics.deliveries.inc({ outcome })
    if (lapsed) metrics.lapsedClaims.inc()
  }
  const [stopping, aborting] = [new AbortController(), new AbortController()]
  const workers = outboxWorkersOf(destinationsOf(store, settings, aborting.signal), store, { log, count })
  const running = workers.map((worker) => deliverUntil(stopping.signal, worker, log))
  return {
    stop: async () => {
      stopping.abort()
      const timer = setTimeout(() => aborting.abort(), STOP_WITHIN_MS)
      await Promise.all(running)
      clearTimeout(timer)
    },
  }
}

/** At zero, so that Prometheus sees the first increase. */
function startCountersAtZero({ PROJECTS_URL, WEBHOOKS }: Settings, metrics: Metrics): void {
  if (PROJECTS_URL !== undefined) startingAtZero(metrics.deliveries, { outcome: DELIVERY_OUTCOMES })
  startingAtZero(metrics.webhooks, { receiver: [...WEBHOOKS.keys()], outcome: WEBHOOK_OUTCOMES })
}

async function deliverUntil(signal: AbortSignal, worker: OutboxWorker, log: Log): Promise<void> {
  const onClaimError = (err: unknown): DrainResult => {
    log.error({ err }, 'outbox: claim failed')
    return 'failing'
  }
  let pause = PAUSE_MS
  while (!signal.aborted) {
    const drained = await worker.drain(() => signal.aborted).catch(onClaimError)
    pause = drained === 'failing' ? Math.min(MAX_PAUSE_MS, pause * 2) : PAUSE_MS
    await sleep(pause * (1 - Math.random() / 2), undefined, { signal }).catch(() => undefined)
  }
}
