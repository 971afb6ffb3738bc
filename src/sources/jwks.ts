import type { CryptoKey } from 'jose'
import { importJWK } from 'jose/key/import'
import { type Claims, isObject } from './claims.ts'

/** More than any issuer publishes; further keys are ignored. */
const MAX_KEYS = 100
const MAX_UNDER_ONE_ID = 4
const MIN_BITS = 2048

/** The public keys of an issuer by id; several if it has used an id twice. */
export type KeySet = ReadonlyMap<string, readonly CryptoKey[]>

/**
 * The keys of a JWK set (RFC 7517) that can verify RS256 signatures. Ignores keys of other types, for other uses, too short
 * or malformed.
 * @throws Error if there is none
 */
export async function keysIn({ keys: jwks }: Claims): Promise<KeySet> {
  const keys = new Map<string, CryptoKey[]>()
  for (const jwk of Array.isArray(jwks) ? jwks.filter(isForRs256).slice(0, MAX_KEYS) : []) {
    const known = keys.get(jwk.kid) ?? []
    const key = await publicKeyOf(jwk)
    if (key && known.length < MAX_UNDER_ONE_ID) keys.set(jwk.kid, [...known, key])
  }
  if (keys.size === 0) throw new Error('the issuer publishes no key that tokens can be checked with')
  return keys
}

interface Jwk {
  readonly kid: string
  readonly n: string
  readonly e: string
}

function isForRs256(jwk: unknown): jwk is Jwk {
  if (!isObject(jwk) || jwk['kty'] !== 'RSA') return false
  const { kid, n, e, use = 'sig', alg = 'RS256', key_ops: operations = ['verify'] } = jwk
  const isText = [kid, n, e].every((part) => typeof part === 'string' && part !== '')
  return isText && use === 'sig' && alg === 'RS256' && Array.isArray(operations) && operations.includes('verify')
}

/** Imports the public part only, in case the issuer publishes more. Undefined if the key is malformed or too short. */
async function publicKeyOf({ n, e }: Jwk): Promise<CryptoKey | undefined> {
  try {
    const key = await importJWK({ kty: 'RSA', n, e }, 'RS256')
    const { modulusLength = 0 } = key.algorithm as { modulusLength?: number }
    return modulusLength >= MIN_BITS ? key : undefined
  } catch {
    return undefined
  }
}
