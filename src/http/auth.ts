import { Failure } from '../domain/failure.ts'
import { anonymous } from '../domain/observer.ts'
import type { Actor } from '../domain/observer.ts'
import { withTimeout } from '../concurrency.ts'
import type { UserinfoClaims } from '../sources/userinfo.ts'
import { openServiceKeyAuth } from './service-key-auth.ts'
import type { ServiceOptions } from './service-key-auth.ts'
import { type Bearer, openTokenAuth, tokenIn } from './token-auth.ts'
import type { TokenOptions } from './token-auth.ts'

/**
 * Timeouts of requests to the issuer, in milliseconds: for its keys, for userinfo, and in all. They are `short` for
 * requests that can be answered as to an anonymous caller, and shortest for polls.
 */
const TIMEOUTS = {
  ample: { keys: 5000, userinfo: 2000, all: 7000 },
  short: { keys: 1000, userinfo: 1000, all: 2000 },
  poll: { keys: 100, userinfo: 100, all: 100 },
}
/** How long a request may wait for the issuer. */
export type TimeoutClass = keyof typeof TIMEOUTS

export type AuthenticatorOptions = TokenOptions & ServiceOptions

/** The credentials of a request. */
export interface Credentials {
  readonly authorization?: string | undefined
  readonly apiKey?: string | undefined
  /** The address under which the client is counted. */
  readonly address: string
}

export interface AuthResult {
  readonly actor: Actor
  /** Why the credentials are invalid. A read is then answered as to an anonymous caller, a write throws it. */
  readonly error?: Failure
}

export interface Authenticator {
  /**
   * Whose credentials they are; at once if there are none.
   * @param timeout `ample` unless the request can be answered as to an anonymous caller
   */
  authenticate(credentials: Credentials, timeout?: TimeoutClass): AuthResult | Promise<AuthResult>
}

/** The claims without an issuer. */
const NO_CLAIMS: UserinfoClaims = { roles: [], name: undefined }

const anonymousResult: AuthResult = { actor: anonymous }

/** Claims of the token first, then those of userinfo; undefined `claims` if the issuer did not answer. */
function actorOf({ sub: id, name: ownName, roles }: Bearer, claims: UserinfoClaims | undefined): Actor {
  const name = ownName ?? claims?.name
  const role = roleOf(roles ?? claims?.roles ?? [])
  return { role, id, name, ...(name === undefined && !claims && { isNameUnavailable: true }) }
}

/** Authenticates callers by service key or access token. */
export function openAuthenticator(options: AuthenticatorOptions): Authenticator {
  const serviceOf = openServiceKeyAuth(options)
  const tokens = openTokenAuth(options)

  /** Undefined if the issuer does not answer in time. */
  const claimsOf = async (token: string, sub: string, timeoutMs: number): Promise<UserinfoClaims | undefined> => {
    if (!options.issuer) return NO_CLAIMS
    return withTimeout(options.issuer.userinfo(token, sub), timeoutMs, () => new Error('late')).catch(() => undefined)
  }
  const observerOf = async (token: string, timeout: TimeoutClass): Promise<Actor> => {
    const startedAt = performance.now()
    const { keys, userinfo, all } = TIMEOUTS[timeout]
    const tooLate = () => new Failure('unavailable', 'Sign-ins take too long to check at the moment; try again soon.')
    const bearer = tokens.known(token) ?? (await withTimeout(tokens.verify(token), keys, tooLate))
    const { sub: id, name, roles } = bearer
    // Only writes need the name.
    if (roles && (timeout !== 'ample' || name !== undefined)) return { role: roleOf(roles), id, name }
    const claims = await claimsOf(token, id, Math.min(userinfo, startedAt + all - performance.now()))
    return actorOf(bearer, claims)
  }
  const resultOf = async ({ authorization = '', apiKey, address }: Credentials, timeout: TimeoutClass) => {
    try {
      if (apiKey) return { actor: serviceOf(apiKey, address) }
      const token = tokenIn(authorization)
      return token ? { actor: await observerOf(token, timeout) } : anonymousResult
    } catch (error) {
      if (error instanceof Failure) return { actor: anonymous, error }
      throw error
    }
  }
  return {
    authenticate: (credentials, timeout = 'ample') =>
      credentials.authorization || credentials.apiKey ? resultOf(credentials, timeout) : anonymousResult,
  }
}

const roleOf = (roles: readonly string[]) => (roles.includes('admin') ? 'admin' : 'observer')
