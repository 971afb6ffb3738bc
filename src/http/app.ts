import { Hono } from 'hono'
import { Failure } from '../domain/failure.ts'
import type { Log } from '../ops/log.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { ChangeStream } from '../background/change-stream.ts'
import type { Admission } from './admission/control.ts'
import { callerEndpoints } from './endpoints/me.ts'
import { listEndpoints } from './endpoints/browsing.ts'
import { mountChanges } from './endpoints/changes.ts'
import type { Endpoint, Deps } from './endpoint.ts'
import type { Authenticator } from './auth.ts'
import { type Env, mountEndpoint } from './route.ts'
import { type PublicConfig, mountConfig } from './endpoints/config.ts'
import { mountHealth } from './pages/health.ts'
import { problemOf, problemResponse } from './problem.ts'
import { preflight } from './respond.ts'
import { reservationEndpoints } from './endpoints/reserving.ts'
import { projectChangeEndpoints } from './endpoints/project-changes.ts'
import { mountWeb } from './pages/web.ts'

/** Every endpoint of the wire contract, in the order of the documentation. */
export const ENDPOINTS: readonly Endpoint[] = [...reservationEndpoints, ...listEndpoints, ...projectChangeEndpoints, ...callerEndpoints]

/** All that a request is counted under, the endpoints aside. */
export const ROUTES = [...ENDPOINTS.map(({ name }) => name), 'changes', 'config', 'sites', 'docs', 'health', 'metrics', 'page', 'unknown', 'busy']

export interface AppOptions extends Deps {
  /** Where the endpoints are, as `/dev`. */
  readonly base: string
  readonly identity: Authenticator
  readonly config: PublicConfig
  /** Undefined where changes are not told as they happen. */
  readonly changeStream: ChangeStream | undefined
  readonly log: Log
  readonly metrics: Metrics
  /** What a request may take, and under what address its client is counted. */
  readonly admissionOf: (bindings: unknown) => Admission
  /** Names a request, in its answer and in the log. */
  readonly newId: (bindings: unknown) => string
  /** Whether pages may be compressed on their way out. */
  readonly compress: boolean
  /** False once the server is stopping. */
  readonly accepting: () => boolean
  /** Whether the metrics are for whoever sent a request. */
  readonly mayReadMetrics: (bindings: unknown) => boolean
  /** Sets the metrics that say how much there is of something now. */
  readonly measure: () => void | Promise<void>
}

/** The service as a `fetch` function, for whatever serves it. */
export function createApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>()
  options.metrics.expectRoutes(ROUTES)
  app.use(async (c, next) => {
    const startedAt = performance.now()
    c.set('id', options.newId(c.env))
    c.set('route', 'unknown')
    c.set('admission', options.admissionOf(c.env))
    await next()
    record(c.get('id'), c.req.method, c.get('route'), c.res.status, performance.now() - startedAt, options)
  })
  app.options('*', () => preflight())
  for (const endpoint of ENDPOINTS) mountEndpoint(app, `${options.base}/${endpoint.name}`, endpoint, options, options.identity)
  mountChanges(app, options.base, options.changeStream, options.identity)
  mountConfig(app, options.base, options.config)
  mountHealth(app, options)
  // Last, since a page's address could be anything.
  for (const root of ['', options.base]) mountWeb(app, root, { ...options.config, base: options.base, compress: options.compress })

  app.notFound((c) => notFound(app, c.req.method, c.req.path, c.req.header('accept'), c.get('id')))
  app.onError((error, c) => {
    const problem = problemOf(error)
    // Nothing is wrong: it was asked too much. That is counted by itself.
    if (problem.code === 'busy') c.set('route', 'busy')
    else if (problem.status >= 500) options.log.error({ id: c.get('id'), err: error }, 'request failed')
    if (problem.code === 'conflict') options.metrics.conflicts.inc()
    return problemResponse(problem, c.req.header('accept'), c.get('id'))
  })
  return app
}

function record(id: string, method: string, route: string, status: number, ms: number, { log, metrics }: AppOptions): void {
  metrics.requests.inc({ route, status })
  metrics.latency.observe({ route }, ms / 1000)
  log.info({ id, method, route, status, ms: Math.round(ms * 100) / 100 }, 'request')
}

/** A path that exists is there for other methods only; or not for whoever asks. */
function notFound(app: Hono<Env>, method: string, path: string, accept: string | undefined, id: string): Response {
  const methods = app.routes.filter((route) => route.path === path && route.method !== 'ALL').map(({ method }) => method)
  if (methods.length === 0 || methods.includes(method === 'HEAD' ? 'GET' : method)) {
    return problemResponse(problemOf(new Failure('not_found', 'There is nothing at this address.')), accept, id)
  }
  const detail = 'This address does not answer that method.'
  const response = problemResponse({ status: 405, code: 'method_not_allowed', detail, details: [], extra: {} }, accept, id)
  response.headers.set('Allow', [...new Set([...methods, 'OPTIONS'])].join(', '))
  return response
}
