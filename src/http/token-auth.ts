import { hash, type KeyObject } from 'node:crypto'
import type { CryptoKey, JWTHeaderParameters, JWTPayload } from 'jose'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import type { Instant } from '../domain/interval.ts'
import { isReservedId } from '../domain/observer.ts'
import { nameIn, rolesIn } from '../sources/claims.ts'
import type { Issuer } from '../sources/issuer.ts'

const MAX_TOKEN_LENGTH = 8192
const MAX_TOKENS = 2000
/** Seconds for which a verified token is not verified again. */
const TRUST_SECONDS = 300
/** Seconds by which the issuer's clock and ours may differ. */
const CLOCK_TOLERANCE_SECONDS = 60
/** The maximum length of the wire's `user_id`: observers with a longer one could not list their reservations. */
const MAX_SUB_LENGTH = 256

export interface TokenOptions {
  /** The issuer of accepted tokens. Its keys verify them, unless there is a `publicKey`. */
  readonly issuer?: Issuer | undefined
  readonly audience: string
  /** A public RSA key that verifies tokens instead of the issuer's. */
  readonly publicKey?: KeyObject | undefined
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  readonly now: () => Instant
  /** Seconds of the monotonic clock. */
  readonly elapsed: () => number
}

/** The claims of a verified token. */
export interface Bearer {
  readonly sub: string
  readonly name: string | undefined
  /** Undefined if the token has no claim of roles. */
  readonly roles: readonly string[] | undefined
}

/** Without a cause: jose's errors hold personal claims of the token, which must not be logged. */
export const tokenError = (sentence: string): Failure => new Failure('unauthenticated', sentence)

/**
 * The token in an `Authorization` header.
 * @returns undefined if a client had none and sent `Bearer undefined` or `Bearer null`
 * @throws Failure `unauthenticated`
 */
export function tokenIn(authorization: string): string | undefined {
  const words = authorization.trim().split(' ')
  const [scheme = '', token = '', ...rest] = words.filter((word) => word !== '')
  if (scheme.toLowerCase() !== 'bearer') throw tokenError('The Authorization header must be a Bearer token.')
  if (rest.length > 0) throw tokenError(malformed)
  if (token.length > MAX_TOKEN_LENGTH) throw tokenError('The token is too long.')
  return ['', 'undefined', 'null'].includes(token) ? undefined : token
}

/** Verifies tokens, and remembers them for a while. */
export interface TokenAuth {
  /** The claims of a token that need not be verified again; undefined for any other. */
  readonly known: (token: string) => Bearer | undefined
  /** @throws Failure `unauthenticated`; `unavailable` if the issuer's keys cannot be fetched */
  readonly verify: (token: string) => Promise<Bearer>
}

export function openTokenAuth(options: TokenOptions): TokenAuth {
  const { now, elapsed, rolesClaim } = options
  const verified = verifier(options)
  const trusted = new LRUCache<
    string,
    { readonly bearer: Bearer; readonly expires: Instant; readonly trustedUntil: number }
  >({ max: MAX_TOKENS })
  // The token itself is long, and a secret.
  const digestOf = (token: string) => hash('sha256', token, 'base64')
  return {
    known(token) {
      const found = trusted.get(digestOf(token))
      // Expiry is by the wall clock, which can be changed; trust is by the monotonic clock.
      return found && now() < found.expires && elapsed() < found.trustedUntil ? found.bearer : undefined
    },
    async verify(token) {
      const { sub, exp = 0, ...claims } = await verified(token)
      if (!Number.isFinite(exp)) throw tokenError('The token does not say when it expires.')
      const bearer = { sub: subjectOf(sub), name: nameIn(claims), roles: rolesIn(claims, rolesClaim) }
      const trustedUntil = elapsed() + TRUST_SECONDS
      trusted.set(digestOf(token), { bearer, expires: exp + CLOCK_TOLERANCE_SECONDS, trustedUntil })
      return bearer
    },
  }
}

/** @throws Failure `unauthenticated` if the subject cannot be an observer's id */
function subjectOf(sub: unknown): string {
  if (typeof sub !== 'string' || sub === '') throw tokenError('The token does not say who signed in.')
  if (sub.length > MAX_SUB_LENGTH || /\p{Cc}/u.test(sub) || !sub.isWellFormed()) {
    throw tokenError(
      `Who signed in must have an id of at most ${MAX_SUB_LENGTH} characters, without control characters.`,
    )
  }
  if (isReservedId(sub)) throw tokenError('The token is in a name that the calendar keeps for itself.')
  return sub
}

function verifier({ issuer, audience, publicKey, now }: TokenOptions): (token: string) => Promise<JWTPayload> {
  const keysFor = publicKey ? () => Promise.resolve([publicKey]) : issuer?.keysFor
  if (!keysFor) return () => Promise.reject(tokenError('Signing in is not set up here.'))
  const rules = {
    algorithms: ['RS256'],
    audience,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    ...(issuer && { issuer: [issuer.url, `${issuer.url}/`] }),
  }
  return async (token) => {
    try {
      return await verifyWithOneOf(async (header) => {
        assertAccess(header)
        return keysFor(header.kid)
      })(token, { ...rules, currentDate: new Date(now() * 1000) })
    } catch (error) {
      throw error instanceof Failure ? error : tokenError(reasonOf(error))
    }
  }
}

type Keys = (header: JWTHeaderParameters) => Promise<readonly (CryptoKey | KeyObject)[]>

/** Tries all keys that the issuer published under one id. */
const verifyWithOneOf =
  (keysFor: Keys) =>
  async (token: string, rules: Parameters<typeof jwtVerify>[2]): Promise<JWTPayload> => {
    let others: readonly (CryptoKey | KeyObject)[] = []
    const first = async (header: JWTHeaderParameters) => {
      const [key, ...rest] = await keysFor(header)
      others = rest
      if (!key) throw new Error('no key to choose from')
      return key
    }
    try {
      return (await jwtVerify(token, first, rules)).payload
    } catch (error) {
      for (const key of error instanceof errors.JWSSignatureVerificationFailed ? others : []) {
        const verified = await jwtVerify(token, key, rules).catch(() => undefined)
        if (verified) return verified.payload
      }
      throw error
    }
  }

/** Rejects tokens for other purposes by their `typ` (RFC 9068, RFC 7519). */
function assertAccess({ typ }: JWTHeaderParameters): void {
  if (typeof typ !== 'string' || !/^(application\/)?(at\+)?jwt$/i.test(typ))
    throw tokenError('The token is of another type than JWT or at+jwt.')
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
