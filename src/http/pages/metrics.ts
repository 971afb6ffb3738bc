import type { Metrics } from '../../ops/metrics.ts'
import type { ServiceContext } from '../../service/context.ts'
import type { AppOptions } from '../options.ts'
import { getRoute, type Route } from '../exchange.ts'
import { API_HEADERS } from '../respond.ts'
import { addressNotFound } from '../router.ts'

/** `/metrics`, for Prometheus. Not below the base, where anyone could read it; and on Lambda each container counts only its own. */
export const metricsRoutes = (options: AppOptions): Route[] => [
  getRoute('/metrics', async (request) => {
    if (!options.mayReadMetrics(request)) throw addressNotFound()
    await measure(options)
    const { registry } = options.metrics
    return {
      status: 200,
      headers: { ...API_HEADERS, 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' },
      body: await registry.metrics(),
    }
  }),
]

async function measure({ metrics, context, changeStream, measure: measureOthers }: AppOptions): Promise<void> {
  await measureOutbox(metrics, context)
  metrics.longLists.set(context.store.longLists.active())
  metrics.longListsWaiting.set(context.store.longLists.waiting())
  metrics.streams.set(changeStream?.count() ?? 0)
  metrics.streamsBehind.set(changeStream?.backfilling() ?? 0)
  metrics.streamsWaiting.set(changeStream?.bufferedChars() ?? 0)
  await measureOthers()
}

/** NaN if the store does not answer: then the other metrics matter most. */
async function measureOutbox(metrics: Metrics, { store, now, receivers = [] }: ServiceContext): Promise<void> {
  const measured = async (receiver?: string) => {
    const backlog = await store.outbox.backlog(receiver).catch(() => undefined)
    const age = backlog ? Math.max(0, now() - (backlog.oldest ?? now())) : Number.NaN
    return { depth: backlog?.depth ?? Number.NaN, failed: backlog?.failed ?? Number.NaN, age }
  }
  const { depth, age } = await measured()
  metrics.outbox.set(depth)
  metrics.outboxAge.set(age)
  for (const receiver of receivers) {
    const backlog = await measured(receiver)
    metrics.webhooksWaiting.set({ receiver }, backlog.depth)
    metrics.webhooksAge.set({ receiver }, backlog.age)
    metrics.webhooksFailed.set({ receiver }, backlog.failed)
  }
}
