import type { IncomingMessage } from 'node:http'
import { isPollQuery, MOST_BYTES_OF_A_POLL } from './poll.ts'

/** What a request is, as far as it can be told before its body is there. */
export type Kind =
  /** Whether the calendar is well: whoever restarts it must not be misled by its being busy. */
  | 'health'
  /** The demo's issuer is asked. */
  | 'demo'
  | 'poll'
  /** It is one if its body is one's. */
  | 'perhaps poll'
  /** An endpoint, to which something is sent. */
  | 'post'
  | 'other'

const HEALTH = ['/health', '/health/live', '/health/ready']

/** @param base where the endpoints are, as `/dev` */
export function openKinds(base: string, demoIssuer: string | undefined): (request: IncomingMessage) => Kind {
  const health = new Set([...HEALTH, ...HEALTH.map((path) => `${base}${path}`)])
  const siteEvents = `${base}/siteevents`
  return ({ method, url = '', headers }) => {
    if (demoIssuer !== undefined && url.startsWith(demoIssuer)) return 'demo'
    if (method === 'POST') {
      if (url === siteEvents && Number(headers['content-length'] ?? Infinity) <= MOST_BYTES_OF_A_POLL) return 'perhaps poll'
      return url.startsWith(`${base}/`) ? 'post' : 'other'
    }
    if (method !== 'GET' && method !== 'HEAD') return 'other'
    if (url.startsWith(siteEvents) && url[siteEvents.length] === '?') return isPollQuery(url.slice(siteEvents.length + 1)) ? 'poll' : 'other'
    return health.has(url) ? 'health' : 'other'
  }
}

/** RFC 9112: what stands in front may have gone by the other one. Node would take the first. */
export function hasTwoHosts({ rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  return hosts > 1
}
