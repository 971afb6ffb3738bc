import type { IncomingMessage } from 'node:http'
import { isIPv4 } from 'node:net'
import { parseIpAddress, isLoopback } from '../../ip-address.ts'

/** The one key of everything that is not an address, so that inventing some gains nothing. */
const NO_ADDRESS = 'unknown'

/**
 * The key under which an address is rate-limited, however it is written. An IPv6 address counts as its /64, since a
 * client usually has all of it; an IPv4 address written as IPv6 counts as itself. A port is ignored.
 */
export function rateLimitKey(written: string): string {
  const text = written.trim()
  // Nearly every address is one, and parsing it takes twenty times as long.
  if (isIPv4(text)) return text
  const address = parseIpAddress(withoutPort(text))
  if (!address) return NO_ADDRESS
  if (!('parts' in address)) return address.toString()
  return `${address.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(':')}::/64`
}

/** Some proxies write `203.0.113.5:40000`, `[2001:db8::1]:40000` or quotes around it. */
function withoutPort(text: string): string {
  const [, bracketed, dotted] = /^"?(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)"?$/.exec(text) ?? []
  return bracketed ?? dotted ?? text
}

/** The rate-limit key of the address at the other end of a connection. */
export const peerOf = (socket: { readonly remoteAddress?: string | undefined }): string =>
  rateLimitKey(socket.remoteAddress ?? '')

/** The rate-limit key of the client in an `X-Forwarded-For` header: the entry that is `hops` from the end, since each trusted proxy appends one. */
export function forwardedFor(header: string, hops: number): string | undefined {
  let end = header.length
  for (let hop = 1; hop < hops && end >= 0; hop += 1) end = header.lastIndexOf(',', end - 1)
  return end < 0 ? undefined : rateLimitKey(header.slice(header.lastIndexOf(',', end - 1) + 1, end))
}

/** Headers that proxies add to requests. */
const FORWARDING_HEADERS = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip']

/** Whether a request comes from a program on this machine, and not through a proxy. */
export const isFromThisMachine = ({ socket, headers }: IncomingMessage): boolean =>
  isLoopback(socket.remoteAddress ?? '') && FORWARDING_HEADERS.every((name) => headers[name] === undefined)
