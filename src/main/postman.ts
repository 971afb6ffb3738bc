import type { Instant } from '../domain/interval.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { type Delivery, tellProjects } from '../service/tell-projects.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Store } from '../store/store.ts'
import { now } from './wiring.ts'

/** Rounds to the projects service: each tells it what is due at an instant, and `count` what became of each letter. */
export function roundsOf(store: Store, url: string, log: Log, count: (outcome: Delivery) => void) {
  const projects = projectsAt(url)
  return (at: Instant) =>
    tellProjects(store.outbox, projects, at, ({ number, attempts }, outcome, err) => {
      count(outcome)
      if (outcome !== 'delivered') log.warn({ letter: number, attempts, outcome, err }, 'the projects service was not told')
    })
}

/** Tells the projects service what there is to tell, every second, one round at a time. */
export function startPostman(store: Store, url: string, log: Log, metrics: Metrics) {
  const tell = roundsOf(store, url, log, (outcome) => metrics.deliveries.inc({ outcome }))
  let round: Promise<unknown> | undefined
  const deliver = () => tell(now()).catch((err: unknown) => log.error({ err }, 'the outbox cannot be read'))
  const timer = setInterval(() => {
    round ??= deliver().finally(() => {
      round = undefined
    })
  }, 1000)
  return {
    stop: async () => {
      clearInterval(timer)
      await round
    },
  }
}
