import { Failure } from '../domain/failure.ts'
import type { HttpRequest, HttpResponse, Route } from './exchange.ts'
import { problemResponse } from './problem.ts'
import { PREFLIGHT } from './respond.ts'

/** What answers a request, and its name in the log and the metrics. */
export interface Match {
  readonly name: string
  readonly handle: Route['handle']
}

/** Finds what answers a request: its route, a preflight, or the error 404 or 405. */
export type Router = (method: string, path: string) => Match

/**
 * @param routes by the names of the matches
 * @param answerNotFound answers a path without a route
 */
export function openRouter(
  routes: Readonly<Record<string, readonly Route[]>>,
  answerNotFound: Match['handle'],
): Router {
  const nowhere = unnamed(answerNotFound)
  const exact = new Map<string, Map<string, Match>>()
  /** By the path up to the last segment, which can be any. */
  const open = new Map<string, OpenMatch>()
  for (const [name, ofName] of Object.entries(routes)) {
    for (const { method, path, handle, isThere } of ofName) {
      if (path.includes(':')) open.set(folderOf(path), { name, handle, isThere })
      else exact.set(path, (exact.get(path) ?? new Map<string, Match>()).set(method, { name, handle }))
    }
  }
  return (method, path) => {
    const asked = method === 'HEAD' ? 'GET' : method
    const methods = exact.get(path)
    const found = methods?.get(asked)
    if (found) return found
    if (asked === 'OPTIONS') return preflight
    if (methods) return notAllowed([...methods.keys()])
    return matchOpen(open, asked, path) ?? nowhere
  }
}

const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)

type OpenMatch = Match & Pick<Route, 'isThere'>

function matchOpen(open: ReadonlyMap<string, OpenMatch>, method: string, path: string): Match | undefined {
  const found = path.endsWith('/') ? undefined : open.get(folderOf(path))
  if (method === 'GET') return found
  return found?.isThere?.(path.slice(folderOf(path).length)) ? notAllowed(['GET']) : undefined
}

const unnamed = (handle: Match['handle']): Match => ({ name: 'unknown', handle })

const preflight = unnamed(() => PREFLIGHT)

export const addressNotFound = (): Failure => new Failure('not_found', 'There is nothing at this address.')

const NOT_ALLOWED = {
  status: 405,
  code: 'method_not_allowed',
  detail: 'This address does not answer that method.',
  details: [],
  extra: {},
} as const

const notAllowed = (methods: readonly string[]): Match =>
  unnamed((request: HttpRequest): HttpResponse => {
    const { headers, ...response } = problemResponse(NOT_ALLOWED, request.header('accept'))
    return { ...response, headers: { ...headers, Allow: [...methods, 'OPTIONS'].join(', ') } }
  })
