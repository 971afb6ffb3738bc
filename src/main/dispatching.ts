import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR } from '../domain/interval.ts'
import type { Log } from '../ops/log.ts'
import { type Metrics, startingAtZero } from '../ops/metrics.ts'
import type { Settings } from '../ops/settings.ts'
import { type Dispatcher, type Drained, openDispatcher, type Outcome, OUTCOMES } from '../service/dispatcher.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Claim, Store } from '../store/store.ts'
import { elapsed } from './clock.ts'
import { now } from './wiring.ts'

/** How soon the outbox is looked into again; and at most, while the service or the store fails. */
const PAUSE_MS = 1000
const LONGEST_PAUSE_MS = 15_000

/** What came of messages goes to the log, by ids alone, and to `count`. */
export function dispatcherOf(store: Store, url: string, settings: Settings, log: Log, count: (outcome: Outcome, claim: Claim) => void): Dispatcher {
  return openDispatcher({
    outbox: store.outbox,
    projects: projectsAt(url),
    now,
    elapsed,
    newToken: randomUUID,
    chance: Math.random,
    maxAge: settings.OUTBOX_MAX_AGE_HOURS * HOUR,
    report: (claim, outcome, err) => {
      count(outcome, claim)
      if (outcome === 'delivered') return
      const { message, revision, attempts } = claim
      // Whoever has not set up removing is not warned each time.
      const level = outcome === 'not_removed' ? 'info' : 'warn'
      log[level]({ event_id: message.reservation, revision, verb: message.what, attempts, outcome, err }, 'the projects service was not told')
    },
    trouble: (err) => log.error({ err }, 'what became of a message cannot be kept'),
  })
}

/** Tells the projects service what there is to tell, until it is stopped. */
export function startDispatching(store: Store, url: string, settings: Settings, log: Log, metrics: Metrics) {
  // So that the first of a kind is seen to be one more than none.
  startingAtZero(metrics.deliveries, { outcome: OUTCOMES })
  const dispatcher = dispatcherOf(store, url, settings, log, (outcome, { lapsed }) => {
    metrics.deliveries.inc({ outcome })
    if (lapsed) metrics.lapsedClaims.inc()
  })
  const stopping = new AbortController()
  const { signal } = stopping
  const unreadable = (err: unknown): Drained => {
    log.error({ err }, 'messages cannot be claimed')
    return 'failing'
  }

  async function run(): Promise<void> {
    let pause = PAUSE_MS
    while (!signal.aborted) {
      const drained = await dispatcher.drain(() => signal.aborted).catch(unreadable)
      pause = drained === 'failing' ? Math.min(LONGEST_PAUSE_MS, pause * 2) : PAUSE_MS
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
