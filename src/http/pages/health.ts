import type { Hono } from 'hono'
import type { Log } from '../../ops/log.ts'
import type { Metrics } from '../../ops/metrics.ts'
import type { ChangeStream } from '../../background/change-stream.ts'
import type { ServiceContext } from '../../service/context.ts'
import type { PublicConfig } from '../endpoints/config.ts'
import { mountDocs } from './docs.ts'
import { type Env, getRoute } from '../route.ts'
import { API_HEADERS } from '../respond.ts'

interface HealthOptions {
  readonly base: string
  readonly config: PublicConfig
  readonly context: ServiceContext
  readonly changeStream: ChangeStream | undefined
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
export function mountHealth(app: Hono<Env>, options: HealthOptions): void {
  const { metrics, context, changeStream } = options
  for (const root of ['', options.base]) mountPages(app, root, options)
  // Beside the endpoints everybody would read them, and on Lambda each container counts only its own.
  getRoute(app, 'metrics', '/metrics', async (c) => {
    if (!options.mayReadMetrics(c.env)) return c.notFound()
    // A store that does not answer is when the other figures are wanted most.
    const backlog = await context.store.outbox.backlog().catch(() => undefined)
    metrics.outbox.set(backlog?.depth ?? Number.NaN)
    metrics.outboxAge.set(backlog ? Math.max(0, context.now() - (backlog.oldest ?? context.now())) : Number.NaN)
    metrics.longLists.set(context.store.longLists.active())
    metrics.longListsWaiting.set(context.store.longLists.waiting())
    metrics.streams.set(changeStream?.count() ?? 0)
    metrics.streamsBehind.set(changeStream?.backfilling() ?? 0)
    metrics.streamsWaiting.set(changeStream?.bufferedChars() ?? 0)
    await options.measure()
    return new Response(await metrics.registry.metrics(), { headers: { ...API_HEADERS, 'Content-Type': metrics.registry.contentType, 'Cache-Control': 'no-store' } })
  })
}

/** What is at the root, and beside the endpoints too, since a gateway may lead only there. */
function mountPages(app: Hono<Env>, root: string, options: HealthOptions): void {
  const { config, base } = options
  const json = (value: unknown, status = 200) =>
    new Response(JSON.stringify(value), { status, headers: { ...API_HEADERS, 'Cache-Control': 'no-store' } })

  getRoute(app, 'health', `${root}/health/live`, () => json({ status: 'ok' }))
  for (const path of ['health', 'health/ready']) {
    getRoute(app, 'health', `${root}/${path}`, async () => {
      const { status, writable, ready } = await readiness(options)
      const demo = config.demo ? { demo: DEMO } : {}
      return json({ status, writable, version: config.version, stage: config.stage, ...demo }, ready ? 200 : 503)
    })
  }
  mountDocs(app, root, base)
}

/** Whoever can be read is ready: telescopes go on reading, though nothing can be changed. */
async function readiness({ accepting, context, log }: HealthOptions) {
  if (!accepting()) return { status: 'stopping', writable: false, ready: false }
  const { unreadable, unwritable } = await context.store.health()
  if (unreadable !== undefined) {
    log.error({ why: unreadable }, 'store unavailable')
    return { status: `the store does not answer: ${unreadable}`, writable: false, ready: false }
  }
  return { status: unwritable === undefined ? 'ok' : `read only: ${unwritable}`, writable: unwritable === undefined, ready: true }
}
