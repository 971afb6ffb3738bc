import { createHash, timingSafeEqual } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Actor } from '../domain/observer.ts'
import { openQuota } from './admission/quota.ts'
import { tokenError } from './token-auth.ts'

/** The maximum number of wrong keys of an address in a minute. */
const MAX_WRONG_KEYS = 100
const MINUTE_MS = 60_000
const MAX_FAMILIAR = 1000

export interface ServiceOptions {
  /** The keys of trusted programs, by their names. */
  readonly serviceKeys: ReadonlyMap<string, string>
  /** Seconds of the monotonic clock. */
  readonly elapsed: () => number
}

/**
 * Finds the service of a key, in constant time.
 *
 * After too many wrong keys from an address, its keys are rejected for the rest of the minute. Services that have used
 * their key from there before are still accepted, since another program at that address may only have an old key.
 */
export function openServiceKeyAuth({ serviceKeys, elapsed }: ServiceOptions): (key: string, address: string) => Actor {
  const serviceOf = lookup(serviceKeys)
  const wrong = openQuota({
    max: MAX_WRONG_KEYS,
    windowMs: MINUTE_MS,
    message: 'Too many wrong service keys from your address; please wait a minute.',
    clock: () => elapsed() * 1000,
  })
  const familiar = new LRUCache<string, true>({ max: MAX_FAMILIAR })
  return (key, address) => {
    const service = serviceOf(key)
    const location = `${service?.name ?? ''} ${address}`
    if (service && familiar.get(location)) return service
    // Before the caller can learn whether the key is right.
    wrong.take(address, 1)
    if (!service) throw tokenError('The service key is not known.')
    wrong.refund(address, 1)
    familiar.set(location, true)
    return service
  }
}

function lookup(serviceKeys: ReadonlyMap<string, string>) {
  const services = [...serviceKeys].map(([name, key]) => ({
    digest: digestOf(key),
    actor: { role: 'service', id: `service:${name}`, name } satisfies Actor,
  }))
  return (key: string) => {
    const digest = digestOf(key)
    let found: (typeof services)[number]['actor'] | undefined
    for (const service of services) if (timingSafeEqual(digest, service.digest)) found = service.actor
    return found
  }
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest()
