import { createHash, timingSafeEqual } from 'node:crypto'
import type { Actor } from '../domain/observer.ts'
import { refusal } from './tokens.ts'

/**
 * Says which service a key is of, in the same time whichever it is and however much of it is right.
 * @param serviceKeys the keys of trusted programs, by their names
 */
export function serviceFinder(serviceKeys: ReadonlyMap<string, string>): (key: string) => Actor {
  const services = [...serviceKeys].map(([name, key]) => ({
    digest: digestOf(key),
    actor: { role: 'service', id: `service:${name}`, name } satisfies Actor,
  }))
  return (key) => {
    const digest = digestOf(key)
    let found: Actor | undefined
    for (const service of services) if (timingSafeEqual(digest, service.digest)) found = service.actor
    if (!found) throw refusal('The service key is not known.')
    return found
  }
}

const digestOf = (key: string): Buffer => createHash('sha256').update(key).digest()
