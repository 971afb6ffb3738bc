import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { fetchText, RequestFailed } from './fetch-json.ts'
import { nameIn, rolesIn } from './claims.ts'
import type { RefreshingCacheOptions } from './refreshing-cache.ts'

const TIMEOUT_MS = 2000
/** Seconds for which an answer is remembered; that there was none for one token; and that it is the same for all. */
const FRESH_SECONDS = 600
const RETRY_SECONDS = 30
const SHORT_RETRY_SECONDS = 5
const MAX_TOKENS = 2000
/** At once; beyond it nobody is told about. */
const MAX_REQUESTS = 50

/** What the issuer tells of a token's bearer. */
export interface UserinfoClaims {
  readonly roles: readonly string[]
  readonly name: string | undefined
}

export interface UserinfoOptions extends RefreshingCacheOptions {
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
}

/**
 * Asks `/userinfo` of tokens that were verified; undefined where it does not tell, and then nobody is an admin.
 * @param address where it is, if there is one
 */
export function userinfoOf(address: () => Promise<string | undefined>, { rolesClaim, elapsed, report }: UserinfoOptions) {
  const known = new LRUCache<string, { readonly told: Promise<UserinfoClaims | undefined>; until: number }>({ max: MAX_TOKENS })
  let pausedUntil = -Infinity
  let requests = 0

  const fetchClaims = async (token: string, sub: string): Promise<UserinfoClaims> => {
    const where = await address()
    if (where === undefined) return { roles: [], name: undefined }
    const claims = await fetchText(where, TIMEOUT_MS, token)
    if (!claims) throw new Error(`${where} is not there`)
    // By OpenID Connect it may not be used then: it could be an answer to somebody else.
    if (claims['sub'] !== sub) throw new Error(`${where} tells of somebody else than was asked about`)
    return { roles: rolesIn(claims, rolesClaim) ?? [], name: nameIn(claims) }
  }
  const fetchOrReport = async (token: string, sub: string): Promise<UserinfoClaims | undefined> => {
    requests += 1
    try {
      return await fetchClaims(token, sub)
    } catch (error) {
      if (error instanceof RequestFailed || error instanceof Failure) pausedUntil = elapsed() + SHORT_RETRY_SECONDS
      report('userinfo request failed', error)
      return undefined
    } finally {
      requests -= 1
    }
  }
  /** @param sub whose the token is */
  return (token: string, sub: string): Promise<UserinfoClaims | undefined> => {
    // Not by the token itself, which is long, and a secret.
    const name = createHash('sha256').update(token).digest('base64')
    const found = known.get(name)
    if (found && elapsed() < found.until) return found.told
    if (elapsed() < pausedUntil || requests >= MAX_REQUESTS) return Promise.resolve(undefined)
    const entry = { told: fetchOrReport(token, sub), until: Infinity }
    known.set(name, entry)
    void entry.told.then((claims) => { entry.until = elapsed() + (claims ? FRESH_SECONDS : RETRY_SECONDS) })
    return entry.told
  }
}
