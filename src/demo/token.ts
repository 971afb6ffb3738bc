import { SignJWT } from 'jose/jwt/sign'
import { accessClaimsOf } from './users.ts'
import type { DemoUser } from './users.ts'
import type { SigningKey } from './signing-key.ts'

export interface DemoTokenOptions {
  readonly issuer: string
  readonly audience: string
  readonly key: SigningKey
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  /** When the token is issued, in seconds since the epoch. */
  readonly now: number
  /** How long the token is valid, in seconds. */
  readonly lifetime: number
}

/** Issues an access token (RFC 9068) for scripts and tests, as signing in would. */
export const demoToken = (
  user: DemoUser,
  { issuer, audience, key, rolesClaim, now, lifetime }: DemoTokenOptions,
): Promise<string> =>
  new SignJWT(accessClaimsOf(user, rolesClaim))
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', kid: key.kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.sub)
    .setIssuedAt(now)
    .setExpirationTime(now + lifetime)
    .sign(key)
