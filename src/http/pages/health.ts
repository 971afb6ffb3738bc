import type { AppOptions } from '../options.ts'
import { getRoute, type HttpResponse, type Route } from '../exchange.ts'
import { API_HEADERS } from '../respond.ts'

const DEMO = 'DEMO identity: anyone who reaches this server can sign in as anyone. Set AUTH_ISSUER for real use.'

/** `/health`, `/health/live` and `/health/ready`: at the root, and below the base for a gateway that leads only there. */
export const healthRoutes = (options: AppOptions): Route[] =>
  ['', options.base].flatMap((root) => [
    getRoute(`${root}/health/live`, () => respondJson({ status: 'ok' })),
    getRoute(`${root}/health`, () => respondReadiness(options)),
    getRoute(`${root}/health/ready`, () => respondReadiness(options)),
  ])

async function respondReadiness(options: AppOptions): Promise<HttpResponse> {
  const { demo, version, stage } = options.config
  const { status, writable, ready } = await readiness(options)
  return respondJson({ status, writable, version, stage, ...(demo && { demo: DEMO }) }, ready ? 200 : 503)
}

const respondJson = (value: unknown, status = 200): HttpResponse => ({
  status,
  headers: { ...API_HEADERS, 'Cache-Control': 'no-store' },
  body: JSON.stringify(value),
})

/** A store that can only be read is ready: telescopes go on reading their schedules. */
async function readiness({ accepting, context, log }: AppOptions) {
  if (!accepting()) return { status: 'stopping', writable: false, ready: false }
  const { unreadable, unwritable } = await context.store.health()
  if (unreadable !== undefined) {
    log.error({ why: unreadable }, 'store unavailable')
    return { status: `the store does not answer: ${unreadable}`, writable: false, ready: false }
  }
  return {
    status: unwritable === undefined ? 'ok' : `read only: ${unwritable}`,
    writable: unwritable === undefined,
    ready: true,
  }
}
