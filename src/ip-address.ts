import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * Parses an IP address. An IPv4 address that is written as IPv6 becomes IPv4. The zone after a `%`, as in `fe80::1%eth0`, is
 * ignored: it only names a network of this machine.
 *
 * @returns undefined if it is not an IP address
 */
export function parseIpAddress(written: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const [text = ''] = written.split('%', 1)
  if (isIP(text) === 0) return undefined
  try {
    return ipaddr.process(text)
  } catch {
    // Node and the library may not agree about every text.
    return undefined
  }
}

/** Whether a host, as a name or an address, in brackets or not, is this machine itself. */
export function isLoopback(host: string): boolean {
  const text = host.replace(/^\[(.*)\]$/, '$1')
  return text.toLowerCase() === 'localhost' || parseIpAddress(text)?.range() === 'loopback'
}
