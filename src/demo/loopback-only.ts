import type { IncomingMessage, ServerResponse } from 'node:http'

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i

/** What proxies, tunnels and content networks add to what they pass on. */
const FORWARDING_HEADERS =
  /^(forwarded|via|cdn-loop|true-client-ip|x-(forwarded|original|envoy|amzn|amz-cf|azure)\b.*|x-(real|client|cluster-client|appengine-user)-ip|(cf|fly|fastly|akamai)-.+)$/

/**
 * Whether a request is from this machine and meant for it. Listening on loopback is not enough for that: a proxy may lead
 * there, and so may the name of a page elsewhere that its owner has let point to 127.0.0.1.
 */
export function isLoopbackRequest({ headersDistinct: headers }: IncomingMessage): boolean {
  const { host: hosts = [], origin: origins = [] } = headers
  if (hosts.length !== 1 || !hosts.every((host) => LOOPBACK.test(host))) return false
  // Ours do not tell where they are from, and so send `null`.
  if (!origins.every((origin) => origin === 'null' || LOOPBACK.test(origin.replace(/^https?:\/\//, '')))) return false
  return !Object.keys(headers).some((name) => FORWARDING_HEADERS.test(name))
}

/** As everywhere, an error is a JSON string. */
export function reject(response: ServerResponse): void {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  const sentence = 'The demo signs people in on its own machine only, and not through a proxy. Set AUTH_ISSUER for real use.'
  response.writeHead(403, headers).end(JSON.stringify(sentence))
}
