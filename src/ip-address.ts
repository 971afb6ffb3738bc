import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * An address as it is written, an IPv4 one written as IPv6 as what it is. The zone behind a `%`, as in `fe80::1%eth0`,
 * is passed over: it says which of this machine's networks the address is in, and may be any text.
 *
 * @returns undefined where it is no address
 */
export function ipAddress(written: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
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
  return text.toLowerCase() === 'localhost' || ipAddress(text)?.range() === 'loopback'
}
