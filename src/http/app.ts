import { Hono } from 'hono'
import { Failure } from '../domain/failure.ts'
import { ROUTE_NAMES, ROUTES } from './endpoints/index.ts'
import type { AppOptions } from './options.ts'
import { problemOf, problemResponse } from './problem.ts'
import { preflight } from './respond.ts'
import type { Env } from './route.ts'

/** The service as a `fetch` function, for the adapters. */
export function createApp(options: AppOptions): Hono<Env> {
  const app = new Hono<Env>()
  options.metrics.expectRoutes(ROUTE_NAMES)
  app.use(async (c, next) => {
    const startedAt = performance.now()
    c.set('id', options.newId(c.env))
    c.set('route', 'unknown')
    c.set('admission', options.admissionOf(c.env))
    await next()
    record(c.get('id'), c.req.method, c.get('route'), c.res.status, performance.now() - startedAt, options)
  })
  app.options('*', () => preflight())
  for (const [name, routesOf] of Object.entries(ROUTES)) {
    for (const { method, path, handle } of routesOf(options)) {
      app.on(method, path, (c) => {
        c.set('route', name)
        return handle(c)
      })
    }
  }

  app.notFound((c) => notFound(app, c.req.method, c.req.path, c.req.header('accept'), c.get('id')))
  app.onError((error, c) => {
    const problem = problemOf(error)
    // Overload is no fault: it is counted separately.
    if (problem.code === 'busy') c.set('route', 'busy')
    else if (problem.status >= 500) options.log.error({ id: c.get('id'), err: error }, 'request failed')
    if (problem.code === 'conflict') options.metrics.conflicts.inc()
    return problemResponse(problem, c.req.header('accept'), c.get('id'))
  })
  return app
}

function record(
  id: string,
  method: string,
  route: string,
  status: number,
  ms: number,
  { log, metrics }: AppOptions,
): void {
  metrics.requests.inc({ route, status })
  metrics.latency.observe({ route }, ms / 1000)
  log.info({ id, method, route, status, ms: Math.round(ms * 100) / 100 }, 'request')
}

/** 405 if the path has routes for other methods only, else 404. */
function notFound(app: Hono<Env>, method: string, path: string, accept: string | undefined, id: string): Response {
  const methods = app.routes
    .filter((route) => route.path === path && route.method !== 'ALL')
    .map((route) => route.method)
  if (methods.length === 0 || methods.includes(method === 'HEAD' ? 'GET' : method)) {
    return problemResponse(problemOf(new Failure('not_found', 'There is nothing at this address.')), accept, id)
  }
  const detail = 'This address does not answer that method.'
  const response = problemResponse(
    { status: 405, code: 'method_not_allowed', detail, details: [], extra: {} },
    accept,
    id,
  )
  response.headers.set('Allow', [...new Set([...methods, 'OPTIONS'])].join(', '))
  return response
}
