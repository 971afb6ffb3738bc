import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import { tellProjects } from '../service/tell-projects.ts'
import { projectsAt } from '../sources/projects.ts'
import type { Store } from '../store/store.ts'
import { now } from './wiring.ts'

/** Tells the projects service what there is to tell, every second, one round at a time. */
export function startPostman(store: Store, url: string, log: Log, metrics: Metrics) {
  const projects = projectsAt(url)
  let round: Promise<unknown> | undefined
  const deliver = () =>
    tellProjects(store.outbox, projects, now(), ({ number, attempts }, outcome, err) => {
      metrics.deliveries.inc({ outcome })
      if (outcome !== 'delivered') log.warn({ letter: number, attempts, outcome, err }, 'the projects service was not told')
    }).catch((err: unknown) => log.error({ err }, 'the outbox cannot be read'))
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
