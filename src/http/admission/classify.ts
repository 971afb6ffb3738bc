import type { IncomingMessage } from 'node:http'
import { isPollQuery, MAX_POLL_BYTES } from './poll.ts'
import type { Target } from './request-target.ts'

/** What a request is, as far as it can be told before its body is there. */
export type RequestClass =
  /** Whether the calendar is well: whoever restarts it must not be misled by its being busy. */
  | 'health'
  /** The demo's issuer is asked. */
  | 'demo'
  | 'poll'
  /** It is one if its body is one's. */
  | 'perhaps poll'
  /** Something may be sent with it. */
  | 'sends'
  | 'other'

const HEALTH = ['/health', '/health/live', '/health/ready']
/** Nobody reads what is sent with one. */
const SEND_NOTHING = new Set(['GET', 'HEAD', 'OPTIONS'])

/** @param base where the endpoints are, as `/dev` */
export function openClassifier(base: string, demoIssuer: string | undefined): (request: IncomingMessage, target: Target) => RequestClass {
  const health = new Set([...HEALTH, ...HEALTH.map((path) => `${base}${path}`)])
  const siteEvents = `${base}/siteevents`
  return ({ method = '', url = '', headers }, { path, query }) => {
    // It is no part of what is routed, and goes by what was sent.
    if (demoIssuer !== undefined && url.startsWith(demoIssuer)) return 'demo'
    if (!SEND_NOTHING.has(method)) {
      const isSmall = Number(headers['content-length'] ?? Infinity) <= MAX_POLL_BYTES
      return method === 'POST' && path === siteEvents && isSmall ? 'perhaps poll' : 'sends'
    }
    if (method === 'OPTIONS') return 'other'
    if (path === siteEvents) return isPollQuery(query) ? 'poll' : 'other'
    return health.has(path) ? 'health' : 'other'
  }
}

/** RFC 9112: what stands in front may have gone by the other one. Node would take the first. */
export function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1
}
