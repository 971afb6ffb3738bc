import type { CryptoKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { ask } from './ask.ts'
import { keep } from './keep.ts'
import { keysIn } from './keys.ts'
import { type Told, type UserinfoOptions, userinfoOf } from './userinfo.ts'

const PATIENCE_MS = 5000
/** Seconds until a key that is not published is asked for again. */
const PAUSE = 30
/** How many key ids that nobody publishes are remembered, and how long one may be. */
const MOST_UNKNOWN = 1000
const LONGEST_KEY_ID = 256

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
  readonly tell: (token: string, sub: string) => Promise<Told | undefined>
}

export type IssuerOptions = UserinfoOptions

/** The issuer at an address, with or without a slash at its end. Asks nothing before it is asked. */
export function issuerAt(address: string, options: IssuerOptions): Issuer {
  const { elapsed } = options
  const url = address.replace(/\/+$/, '')
  const addresses = keep(() => discover(url), options)
  const keys = keep(async () => loadKeys((await addresses.get()).keys), options)
  const unknown = new LRUCache<string, number>({ max: MOST_UNKNOWN })
  const isKnownAsUnknown = (keyId: string) => elapsed() - (unknown.get(keyId) ?? -Infinity) < PAUSE
  return {
    url,
    async keysFor(keyId) {
      if (typeof keyId !== 'string' || keyId === '') throw new Failure('unauthenticated', 'The token does not name its key.')
      const begun = keys.begun()
      const found = (await keys.get()).get(keyId)
      if (found) return found
      // Each unknown id is looked for once, so that one which somebody made up keeps no new key waiting.
      if (keyId.length <= LONGEST_KEY_ID && !isKnownAsUnknown(keyId)) {
        const foundNow = (await keys.after(begun)).get(keyId)
        if (foundNow) return foundNow
        unknown.set(keyId, elapsed())
      }
      throw new Failure('unauthenticated', 'The token is signed with a key that its issuer does not publish.')
    },
    tell: userinfoOf(async () => (await addresses.get()).userinfo, options),
  }
}

type Addresses = { readonly keys: string; readonly userinfo: string | undefined }

async function discover(url: string): Promise<Addresses> {
  const found = await ask(`${url}/.well-known/openid-configuration`, PATIENCE_MS)
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
  const found = await ask(address, PATIENCE_MS)
  if (!found) throw new Error(`${address} is not there`)
  return keysIn(found)
}
