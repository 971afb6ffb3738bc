import { Failure } from '../domain/failure.ts'
import { anonymous } from '../domain/observer.ts'
import type { Actor } from '../domain/observer.ts'
import { inTime } from '../pace.ts'
import type { Told } from '../sources/userinfo.ts'
import { serviceFinder } from './service-keys.ts'
import type { ServiceOptions } from './service-keys.ts'
import { bearerFinder, tokenIn } from './tokens.ts'
import type { TokenOptions } from './tokens.ts'

/**
 * How long, in milliseconds, a request waits for the issuer: for its keys, then for what it tells of somebody, and in all.
 * What may be answered as to a stranger does not wait as long; least of all a poll.
 */
const PATIENCE = {
  ample: { keys: 5000, userinfo: 2000, all: 7000 },
  short: { keys: 1000, userinfo: 1000, all: 2000 },
  poll: { keys: 100, userinfo: 100, all: 100 },
}
export type Patience = keyof typeof PATIENCE

export type IdentityOptions = TokenOptions & ServiceOptions

/** What of a request says who asks. */
export interface Credentials {
  readonly authorization?: string | undefined
  readonly apiKey?: string | undefined
  /** Where it comes from, as it is counted. */
  readonly address: string
}

export interface Asker {
  readonly actor: Actor
  /** Why the credentials do not hold, where some were sent. A read goes on as a stranger's, a write throws it. */
  readonly refused?: Failure
}

export interface Identity {
  /** @param patience how long to wait for whom the issuer says it is: `ample` unless a stranger would be answered too */
  of(credentials: Credentials, patience?: Patience): Promise<Asker>
}

/** Where there is nobody to ask. */
const NOTHING: Told = { roles: [], name: undefined }

const stranger: Asker = { actor: anonymous }

/** Says who asks, from what a request brings. */
export function identity(options: IdentityOptions): Identity {
  const serviceOf = serviceFinder(options)
  const bearerOf = bearerFinder(options)

  const observerOf = async (token: string, patience: Patience): Promise<Actor> => {
    const began = performance.now()
    const { keys, userinfo, all } = PATIENCE[patience]
    const bearer = await inTime(bearerOf(token), keys, () => new Failure('unavailable', 'Sign-ins take too long to check at the moment; try again soon.'))
    const { sub: id, name, roles } = bearer
    // A name matters to what is written alone.
    if (roles && (patience !== 'ample' || name !== undefined)) return { role: roleOf(roles), id, name }
    const left = Math.min(userinfo, began + all - performance.now())
    const told = options.issuer ? await inTime(options.issuer.tell(token, id), left, () => new Error('late')).catch(() => undefined) : NOTHING
    const known = name ?? told?.name
    return { role: roleOf(roles ?? told?.roles ?? []), id, name: known, ...(known === undefined && !told && { untold: true }) }
  }
  return {
    async of({ authorization, apiKey, address }, patience = 'ample') {
      if (!authorization && !apiKey) return stranger
      try {
        if (apiKey) return { actor: serviceOf(apiKey, address) }
        const token = tokenIn(authorization ?? '')
        return token ? { actor: await observerOf(token, patience) } : stranger
      } catch (error) {
        if (error instanceof Failure) return { actor: anonymous, refused: error }
        throw error
      }
    },
  }
}

const roleOf = (roles: readonly string[]) => (roles.includes('admin') ? 'admin' : 'observer')
