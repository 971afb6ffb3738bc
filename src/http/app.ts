import { ROUTE_NAMES, ROUTES } from './endpoints/index.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'
import type { AppOptions } from './options.ts'
import { answerNotFound } from './pages/not-found.ts'
import { problemOf, problemResponse } from './problem.ts'
import { openRouter } from './router.ts'

/** The calendar over HTTP, for the adapters. It answers every request: an error becomes a problem. */
export type App = (request: HttpRequest) => Promise<HttpResponse>

export function createApp(options: AppOptions): App {
  options.metrics.expectRoutes(ROUTE_NAMES)
  const match = openRouter(
    Object.fromEntries(Object.entries(ROUTES).map(([name, routesOf]) => [name, routesOf(options)])),
    answerNotFound,
  )
  return async (request) => {
    const startedAt = performance.now()
    const { method, path } = request
    const { name, handle } = match(method, path)
    let route = name
    let response: HttpResponse
    try {
      response = await handle(request, path.slice(path.lastIndexOf('/') + 1))
    } catch (error) {
      const problem = problemOf(error)
      // Overload is no fault: it is counted separately.
      if (problem.code === 'busy') route = 'busy'
      else if (problem.status >= 500) options.log.error({ id: request.id, err: error }, 'request failed')
      if (problem.code === 'conflict' || problem.extra.conflicts) options.metrics.conflicts.inc()
      response = problemResponse(problem, request.header('accept'))
    }
    record(request, route, response.status, performance.now() - startedAt, options)
    return method === 'HEAD' ? { ...response, body: undefined } : response
  }
}

function record(
  { id, method }: HttpRequest,
  route: string,
  status: number,
  ms: number,
  { logRequest, metrics }: AppOptions,
): void {
  metrics.requests.inc(route, status)
  metrics.latency.observe(route, ms / 1000)
  logRequest({ id, method, route, status, ms: Math.round(ms * 100) / 100 })
}
