import { Failure } from '../domain/failure.ts'
import { anonymous } from '../domain/observer.ts'
import type { Actor } from '../domain/observer.ts'
import { inTime } from '../sources/patience.ts'
import { serviceFinder } from './service-keys.ts'
import type { ServiceOptions } from './service-keys.ts'
import { bearerFinder, tokenIn } from './tokens.ts'
import type { TokenOptions } from './tokens.ts'

/** How long, in milliseconds, a request waits for the issuer: for its keys, and then for what it tells of somebody. */
const PATIENCE = { keys: 5000, userinfo: 2000 }
/** What may be answered as to a stranger does not wait as long. */
const HURRY = { keys: 1000, userinfo: 1000 }

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
  /** @param hurried whether a stranger would be answered too, so that who asks is no reason to wait for long */
  of(credentials: Credentials, hurried?: boolean): Promise<Asker>
}

const stranger: Asker = { actor: anonymous }

/** Says who asks, from what a request brings. */
export function identity(options: IdentityOptions): Identity {
  const serviceOf = serviceFinder(options)
  const bearerOf = bearerFinder(options)

  const observerOf = async (token: string, hurried: boolean): Promise<Actor> => {
    const patience = hurried ? HURRY : PATIENCE
    const bearer = await inTime(bearerOf(token), patience.keys, () => new Failure('unavailable', 'Sign-ins take too long to check at the moment; try again soon.'))
    const { sub: id, name, roles } = bearer
    // A name matters to what is written alone.
    if (roles && (hurried || name !== undefined)) return { role: roleOf(roles), id, name }
    const told = options.issuer && (await inTime(options.issuer.tell(token, id), patience.userinfo, () => new Error('late')).catch(() => undefined))
    return { role: roleOf(roles ?? told?.roles ?? []), id, name: name ?? told?.name }
  }
  return {
    async of({ authorization, apiKey, address }, hurried = false) {
      if (!authorization && !apiKey) return stranger
      try {
        if (apiKey) return { actor: serviceOf(apiKey, address) }
        const token = tokenIn(authorization ?? '')
        return token ? { actor: await observerOf(token, hurried) } : stranger
      } catch (error) {
        if (error instanceof Failure) return { actor: anonymous, refused: error }
        throw error
      }
    },
  }
}

const roleOf = (roles: readonly string[]) => (roles.includes('admin') ? 'admin' : 'observer')
