import type { IncomingMessage } from 'node:http'
import { isPollQuery, MAX_POLL_BYTES } from './poll.ts'
import type { RequestTarget } from './request-target.ts'

/** The class of a request, as far as it is known before the body arrives. */
export type RequestClass =
  /** A health check. Not queued: a busy server must not be restarted for being slow. */
  | 'health'
  /** A request to the demo issuer. */
  | 'demo'
  | 'poll'
  /** A poll if its body is a poll's. */
  | 'perhaps poll'
  /** It may have a body. */
  | 'sends'
  | 'other'

const HEALTH_PATHS = ['/health', '/health/live', '/health/ready']
/** Methods whose body is ignored. */
const WITHOUT_BODY = new Set(['GET', 'HEAD', 'OPTIONS'])

/** @param base the path prefix of the endpoints: `/dev` */
export function openClassifier(
  base: string,
  demoIssuer: string | undefined,
): (request: IncomingMessage, target: RequestTarget) => RequestClass {
  const health = new Set([...HEALTH_PATHS, ...HEALTH_PATHS.map((path) => `${base}${path}`)])
  const siteEvents = `${base}/siteevents`
  const classOfGet = ({ path, query }: RequestTarget): RequestClass => {
    if (path === siteEvents) return isPollQuery(query) ? 'poll' : 'other'
    return health.has(path) ? 'health' : 'other'
  }
  return (request, target) => {
    const { method = '', url = '' } = request
    // The issuer is not behind the router, and compares the raw target.
    if (demoIssuer !== undefined && url.startsWith(demoIssuer)) return 'demo'
    if (!WITHOUT_BODY.has(method))
      return method === 'POST' && target.path === siteEvents && isSmall(request) ? 'perhaps poll' : 'sends'
    return method === 'OPTIONS' ? 'other' : classOfGet(target)
  }
}

const isSmall = ({ headers }: IncomingMessage) => Number(headers['content-length'] ?? Infinity) <= MAX_POLL_BYTES

/** Whether a request has several Host headers, which RFC 9112 forbids: a proxy may have used another one than Node does. */
export const hasTwoHosts = ({ headers }: IncomingMessage): boolean => headers.host?.includes(',') ?? false
