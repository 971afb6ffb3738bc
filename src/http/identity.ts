import { createHash, timingSafeEqual } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { errors, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import { anonymous } from '../domain/observer.ts'
import type { Actor } from '../domain/observer.ts'
import { rolesIn } from '../sources/issuer.ts'
import type { Issuer } from '../sources/issuer.ts'

const LONGEST_TOKEN = 8192
const MOST_TOKENS = 2000
/** Seconds for which a verified token is not verified again. */
const TRUST = 300

export interface IdentityOptions {
  /** Who tokens must be from. Its keys check them, unless there is a `publicKey`. */
  readonly issuer?: Issuer | undefined
  readonly audience: string
  /** A public RSA key that checks tokens in the place of the issuer's. */
  readonly publicKey?: KeyObject | undefined
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  /** The keys of trusted programs, by their names. */
  readonly serviceKeys: ReadonlyMap<string, string>
  readonly now: () => Instant
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
}

/** What of a request says who asks. */
export interface Credentials {
  readonly authorization?: string | undefined
  readonly apiKey?: string | undefined
}

export interface Asker {
  readonly actor: Actor
  /** Why the credentials do not hold, where some were sent. A read goes on as a stranger's, a write throws it. */
  readonly refused?: Failure
}

export interface Identity {
  of(credentials: Credentials): Promise<Asker>
}

/** What is kept of a verified token. */
interface Bearer {
  readonly sub: string
  readonly name: string
  /** Undefined where the token says nothing of roles. */
  readonly roles: readonly string[] | undefined
  /** By the time of day, which somebody may set. */
  readonly expires: Instant
  /** When it is to be verified again, by the seconds gone by. */
  readonly trustedUntil: number
}

const stranger: Asker = { actor: anonymous }

/** Says who asks, from what a request brings. */
export function identity(options: IdentityOptions): Identity {
  const serviceOf = serviceFinder(options.serviceKeys)
  const bearerOf = bearerFinder(options)

  const observerOf = async (token: string): Promise<Actor> => {
    const { sub, name, roles = await options.issuer?.rolesOf(token) } = await bearerOf(token)
    return { role: roles?.includes('admin') ? 'admin' : 'observer', id: sub, name }
  }
  return {
    async of({ authorization, apiKey }) {
      if (!authorization && !apiKey) return stranger
      try {
        if (apiKey) return { actor: serviceOf(apiKey) }
        const token = tokenIn(authorization ?? '')
        return token ? { actor: await observerOf(token) } : stranger
      } catch (error) {
        if (error instanceof Failure) return { actor: anonymous, refused: error }
        throw error
      }
    },
  }
}

/** Without a cause: the errors of jose hold what the token says of a person, and would take it into a log. */
const refusal = (sentence: string): Failure => new Failure('unauthenticated', sentence)

/** @returns undefined where a client had no token to send: some then send the word for nothing */
function tokenIn(authorization: string): string | undefined {
  const [scheme = '', token = '', ...rest] = authorization.trim().split(/ +/, 3)
  if (scheme.toLowerCase() !== 'bearer') throw refusal('The Authorization header must be a Bearer token.')
  if (rest.length > 0) throw refusal(malformed)
  if (token.length > LONGEST_TOKEN) throw refusal('The token is too long.')
  return ['', 'undefined', 'null'].includes(token) ? undefined : token
}

/** Takes the same time whichever key is right and however much of it is. */
function serviceFinder(serviceKeys: ReadonlyMap<string, string>): (key: string) => Actor {
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

function bearerFinder(options: IdentityOptions): (token: string) => Promise<Bearer> {
  const { now, elapsed, rolesClaim } = options
  const verify = verifier(options)
  const known = new LRUCache<string, Bearer>({ max: MOST_TOKENS })
  return async (token) => {
    const found = known.get(token)
    if (found && now() < found.expires && elapsed() < found.trustedUntil) return found
    const { sub = '', exp = 0, ...claims } = await verify(token)
    if (typeof sub !== 'string' || sub === '') throw refusal('The token does not say who signed in.')
    // Else somebody could own what a service made.
    if (sub.startsWith('service:')) throw refusal('The token is in the name of a service.')
    const name = typeof claims['name'] === 'string' && claims['name'] !== '' ? claims['name'] : 'Observer'
    const bearer = { sub, name, roles: rolesIn(claims, rolesClaim), expires: exp, trustedUntil: elapsed() + TRUST }
    known.set(token, bearer)
    return bearer
  }
}

function verifier({ issuer, audience, publicKey, now }: IdentityOptions): (token: string) => Promise<JWTPayload> {
  const keyFor = publicKey ? () => publicKey : issuer?.keyFor
  if (!keyFor) return () => Promise.reject(refusal('Signing in is not set up here.'))
  const rules = {
    algorithms: ['RS256'],
    audience,
    requiredClaims: ['exp', 'sub'],
    ...(issuer && { issuer: [issuer.url, `${issuer.url}/`] }),
  }
  return async (token) => {
    try {
      return (await jwtVerify(token, keyFor, { ...rules, currentDate: new Date(now() * 1000) })).payload
    } catch (error) {
      throw error instanceof Failure ? error : refusal(reasonOf(error))
    }
  }
}

const reasons: Readonly<Record<string, string>> = {
  aud: 'The token is for another audience.',
  exp: 'The token does not say when it expires.',
  iss: 'The token is from another issuer.',
  nbf: 'The token does not hold yet.',
  sub: 'The token does not say who signed in.',
  [errors.JWTExpired.code]: 'The token has expired; sign in again.',
  [errors.JOSEAlgNotAllowed.code]: 'The token must be signed with RS256.',
  [errors.JWSSignatureVerificationFailed.code]: 'The signature of the token does not hold.',
}

const malformed = 'The token is malformed.'

function reasonOf(error: unknown): string {
  if (!(error instanceof errors.JOSEError)) return malformed
  return reasons[error instanceof errors.JWTClaimValidationFailed ? error.claim : error.code] ?? malformed
}
