import type { IncomingMessage, ServerResponse } from 'node:http'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/** Headers that proxies, tunnels and CDNs add to requests. */
const FORWARDING_HEADERS =
  /^(forwarded|via|cdn-loop|true-client-ip|x-(forwarded|original|envoy|amzn|amz-cf|azure)\b.*|x-(real|client|cluster-client|appengine-user)-ip|(cf|fly|fastly|akamai)-.+)$/

/**
 * Whether a request comes from this machine and is meant for it. Listening on loopback does not ensure that: a proxy may
 * forward to it, and a foreign page may use a name that resolves to 127.0.0.1 (DNS rebinding).
 */
export function isLoopbackRequest({ headersDistinct: headers }: IncomingMessage): boolean {
  const { host: hosts = [], origin: origins = [] } = headers
  if (hosts.length !== 1 || !hosts.every((host) => LOOPBACK.test(host))) return false
  // Our own pages have no referrer, and so send `null`.
  if (!origins.every((origin) => origin === 'null' || LOOPBACK.test(origin.replace(/^https?:\/\//, '')))) return false
  return !Object.keys(headers).some((name) => FORWARDING_HEADERS.test(name))
}

/** Rejects a request with 403 and a JSON string, as all errors of the calendar. */
export function reject(response: ServerResponse): void {
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  }
  const sentence =
    'The demo signs people in on its own machine only, and not through a proxy. Set AUTH_ISSUER for real use.'
  response.writeHead(403, headers).end(JSON.stringify(sentence))
}
