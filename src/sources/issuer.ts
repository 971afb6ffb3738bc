import type { CryptoKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { fetchText } from './fetch-json.ts'
import { refreshingCache } from './refreshing-cache.ts'
import { keysIn } from './jwks.ts'
import { type UserinfoClaims, type UserinfoOptions, userinfoOf } from './userinfo.ts'

const TIMEOUT_MS = 5000
/** Seconds until a key that is not published is asked for again. */
const PAUSE = 30
/** How many key ids that nobody publishes are remembered, and how long one may be. */
const MAX_UNKNOWN_KEYS = 1000
const MAX_KEY_ID_LENGTH = 256

/** Who signs people in, by OpenID Connect. */
export interface Issuer {
  /** Without a slash at its end. */
  readonly url: string
  /**
   * The public keys that a token's header may mean, at least one; several where the issuer has given out an id twice.
   * @throws Failure `unauthenticated` when the issuer publishes no such key, `unavailable` when it cannot be asked
   */
  readonly keysFor: (keyId: unknown) => Promise<readonly CryptoKey[]>
  /** What it tells of a verified token's bearer, `sub`; undefined where it does not tell. */
  readonly userinfo: (token: string, sub: string) => Promise<UserinfoClaims | undefined>
}

export type IssuerOptions = UserinfoOptions

/** The issuer at an address, with or without a slash at its end. Asks nothing before it is asked. */
export function issuerAt(address: string, options: IssuerOptions): Issuer {
  const { elapsed } = options
  const url = address.replace(/\/+$/, '')
  const addresses = refreshingCache(() => discover(url), options)
  const keys = refreshingCache(async () => loadKeys((await addresses.get()).keys), options)
  const unknown = new LRUCache<string, number>({ max: MAX_UNKNOWN_KEYS })
  const isKnownAsUnknown = (keyId: string) => elapsed() - (unknown.get(keyId) ?? -Infinity) < PAUSE
  return {
    url,
    async keysFor(keyId) {
      if (typeof keyId !== 'string' || keyId === '') throw new Failure('unauthenticated', 'The token does not name its key.')
      const begun = keys.loadCount()
      const found = (await keys.get()).get(keyId)
      if (found) return found
      // Each unknown id is looked for once, so that one which somebody made up keeps no new key waiting.
      if (keyId.length <= MAX_KEY_ID_LENGTH && !isKnownAsUnknown(keyId)) {
        const foundNow = (await keys.getNewerThan(begun)).get(keyId)
        if (foundNow) return foundNow
        unknown.set(keyId, elapsed())
      }
      throw new Failure('unauthenticated', 'The token is signed with a key that its issuer does not publish.')
    },
    userinfo: userinfoOf(async () => (await addresses.get()).userinfo, options),
  }
}

type Addresses = { readonly keys: string; readonly userinfo: string | undefined }

async function discover(url: string): Promise<Addresses> {
  const found = await fetchText(`${url}/.well-known/openid-configuration`, TIMEOUT_MS)
  if (!found) return { keys: `${url}/.well-known/jwks.json`, userinfo: `${url}/userinfo` }
  const { issuer, jwks_uri: keys, userinfo_endpoint: userinfo } = found
  // Else the keys could be those of anyone whose configuration is at that address.
  if (issuer !== url && issuer !== `${url}/`) throw new Error(`the configuration of ${url} is that of another issuer`)
  if (typeof keys !== 'string') throw new Error(`the configuration of ${url} has no jwks_uri`)
  // Tokens and keys must not cross the network in the clear because a document says so.
  const isSafe = (where: string): boolean => where.startsWith('https:') || url.startsWith('http:')
  if (!isSafe(keys)) throw new Error(`the configuration of ${url} has a jwks_uri that is not https`)
  return { keys, userinfo: typeof userinfo === 'string' && isSafe(userinfo) ? userinfo : undefined }
}

async function loadKeys(address: string) {
  const found = await fetchText(address, TIMEOUT_MS)
  if (!found) throw new Error(`${address} is not there`)
  return keysIn(found)
}
