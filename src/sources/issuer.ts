import type { CryptoKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { fetchJson } from './fetch-json.ts'
import { RefreshingCache } from './refreshing-cache.ts'
import { keysIn } from './jwks.ts'
import { type UserinfoClaims, type UserinfoOptions, userinfoOf } from './userinfo.ts'

const TIMEOUT_MS = 5000
/** Seconds until an unknown key id causes another request for the keys. */
const RETRY_SECONDS = 30
/** How many unknown key ids are cached, and their maximal length. */
const MAX_UNKNOWN_KEYS = 1000
const MAX_KEY_ID_LENGTH = 256

/** An OpenID Connect provider, which signs people in. */
export interface Issuer {
  /** Without a trailing slash. */
  readonly url: string
  /**
   * The public keys with the id in a token's header: at least one, and several if the issuer has used the id twice.
   * @throws Failure `unauthenticated` if the issuer publishes no such key, `unavailable` if it does not answer
   */
  readonly keysFor: (keyId: unknown) => Promise<readonly CryptoKey[]>
  /** Roles and name of `sub`, the bearer of a verified token; undefined if the issuer does not answer. */
  readonly userinfo: (token: string, sub: string) => Promise<UserinfoClaims | undefined>
}

/** What an issuer needs: a clock, a log and the name of the roles claim. */
export type IssuerOptions = UserinfoOptions

/** The issuer at a URL, with or without a trailing slash. Sends no request before it is used. */
export function issuerAt(address: string, options: IssuerOptions): Issuer {
  const { elapsed } = options
  const url = address.replace(/\/+$/, '')
  const configuration = new RefreshingCache('OpenID configuration', () => discover(url), options)
  const keys = new RefreshingCache('JWKS', async () => loadKeys((await configuration.get()).keys), options)
  /** When the keys were requested last for an unknown id. */
  const unknownKeys = new LRUCache<string, number>({ max: MAX_UNKNOWN_KEYS })
  const isKnownAsUnknown = (keyId: string) => elapsed() - (unknownKeys.get(keyId) ?? -Infinity) < RETRY_SECONDS
  return {
    url,
    async keysFor(keyId) {
      if (typeof keyId !== 'string' || keyId === '')
        throw new Failure('unauthenticated', 'The token does not name its key.')
      const loadCount = keys.loadCount()
      const found = (await keys.get()).get(keyId)
      if (found) return found
      // Each unknown id causes one request, so that made-up ids do not keep a new key from being found.
      if (keyId.length <= MAX_KEY_ID_LENGTH && !isKnownAsUnknown(keyId)) {
        const newKeys = (await keys.getNewerThan(loadCount)).get(keyId)
        if (newKeys) return newKeys
        unknownKeys.set(keyId, elapsed())
      }
      throw new Failure('unauthenticated', 'The token is signed with a key that its issuer does not publish.')
    },
    userinfo: userinfoOf(async () => (await configuration.get()).userinfo, options),
  }
}

type Configuration = { readonly keys: string; readonly userinfo: string | undefined }

async function discover(url: string): Promise<Configuration> {
  const found = await fetchJson(`${url}/.well-known/openid-configuration`, TIMEOUT_MS)
  if (!found) return { keys: `${url}/.well-known/jwks.json`, userinfo: `${url}/userinfo` }
  const { issuer, jwks_uri: keys, userinfo_endpoint: userinfo } = found
  // Otherwise the keys could belong to another issuer.
  if (issuer !== url && issuer !== `${url}/`) throw new Error(`the configuration of ${url} is that of another issuer`)
  if (typeof keys !== 'string') throw new Error(`the configuration of ${url} has no jwks_uri`)
  // An issuer with https must not make us send tokens, or read keys, without it.
  const isSafe = (where: string): boolean => where.startsWith('https:') || url.startsWith('http:')
  if (!isSafe(keys)) throw new Error(`the configuration of ${url} has a jwks_uri that is not https`)
  return { keys, userinfo: typeof userinfo === 'string' && isSafe(userinfo) ? userinfo : undefined }
}

async function loadKeys(address: string) {
  const found = await fetchJson(address, TIMEOUT_MS)
  if (!found) throw new Error(`${address} answered 404`)
  return keysIn(found)
}
