import type { Hono } from 'hono'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { Following } from '../service/follow.ts'
import type { World } from '../service/world.ts'
import type { About } from './about.ts'
import { mountDocs } from './docs.ts'
import { type Env, page } from './mount.ts'
import { API_HEADERS } from './respond.ts'

interface Operation {
  readonly base: string
  readonly about: About
  readonly world: World
  readonly following: Following | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly accepting: () => boolean
  /** Whether the metrics are for whoever sent this request. */
  readonly mayReadMetrics: (bindings: unknown) => boolean
  /** Sets the metrics that say how much there is of something now. */
  readonly measure: () => void | Promise<void>
}

const DEMO = 'DEMO identity: anyone who reaches this server can sign in as anyone. Set AUTH_ISSUER for real use.'

/** What operators and their machines look at: health, metrics and documentation. */
export function mountOperation(app: Hono<Env>, operation: Operation): void {
  const { metrics, world, following } = operation
  for (const root of ['', operation.base]) mountPages(app, root, operation)
  // Beside the endpoints everybody would read them, and on Lambda each container counts only its own.
  page(app, 'metrics', '/metrics', async (c) => {
    if (!operation.mayReadMetrics(c.env)) return c.notFound()
    // A store that does not answer is when the other figures are wanted most.
    const backlog = await world.store.outbox.backlog().catch(() => undefined)
    metrics.outbox.set(backlog?.depth ?? Number.NaN)
    metrics.outboxAge.set(backlog ? Math.max(0, world.now() - (backlog.oldest ?? world.now())) : Number.NaN)
    metrics.longLists.set(world.store.longLists.inside())
    metrics.longListsWaiting.set(world.store.longLists.waiting())
    metrics.streams.set(following?.count() ?? 0)
    metrics.streamsBehind.set(following?.behind() ?? 0)
    metrics.streamsWaiting.set(following?.waiting() ?? 0)
    await operation.measure()
    return new Response(await metrics.registry.metrics(), { headers: { ...API_HEADERS, 'Content-Type': metrics.registry.contentType, 'Cache-Control': 'no-store' } })
  })
}

/** What is at the root, and beside the endpoints too, since a gateway may lead only there. */
function mountPages(app: Hono<Env>, root: string, operation: Operation): void {
  const { about, base } = operation
  const json = (value: unknown, status = 200) =>
    new Response(JSON.stringify(value), { status, headers: { ...API_HEADERS, 'Cache-Control': 'no-store' } })

  page(app, 'health', `${root}/health/live`, () => json({ status: 'ok' }))
  for (const path of ['health', 'health/ready']) {
    page(app, 'health', `${root}/${path}`, async () => {
      const { status, writable, ready } = await stateOf(operation)
      const demo = about.demo ? { demo: DEMO } : {}
      return json({ status, writable, version: about.version, stage: about.stage, ...demo }, ready ? 200 : 503)
    })
  }
  mountDocs(app, root, base)
}

/** Whoever can be read is ready: telescopes go on reading, though nothing can be changed. */
async function stateOf({ accepting, world, log }: Operation) {
  if (!accepting()) return { status: 'stopping', writable: false, ready: false }
  const { unreadable, unwritable } = await world.store.condition()
  if (unreadable !== undefined) {
    log.error({ why: unreadable }, 'the store does not answer')
    return { status: `the store does not answer: ${unreadable}`, writable: false, ready: false }
  }
  return { status: unwritable === undefined ? 'ok' : `read only: ${unwritable}`, writable: unwritable === undefined, ready: true }
}
