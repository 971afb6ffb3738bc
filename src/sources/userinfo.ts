import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'
import { fetchJson, RequestFailed } from './fetch-json.ts'
import { nameIn, rolesIn } from './claims.ts'
import type { RefreshingCacheOptions } from './refreshing-cache.ts'

const TIMEOUT_MS = 2000
/** Seconds for which claims are cached; until a failed request is repeated for the same token; and for any token if the issuer does not answer. */
const FRESH_SECONDS = 600
const RETRY_SECONDS = 30
const SHORT_RETRY_SECONDS = 5
const MAX_TOKENS = 2000
/** Concurrent requests; further callers get no claims. */
const MAX_REQUESTS = 50

/** Roles and name of a token's bearer. */
export interface UserinfoClaims {
  readonly roles: readonly string[]
  readonly name: string | undefined
}

/** What userinfo requests need: a clock, a log and the name of the roles claim. */
export interface UserinfoOptions extends RefreshingCacheOptions {
  /** The name of the claim that contains `{ roles }`. */
  readonly rolesClaim: string
}

/**
 * Fetches the userinfo claims of verified tokens, with a cache. Undefined if the issuer does not answer: then the bearer is no
 * admin.
 * @param endpoint returns the URL of the userinfo endpoint, if there is one
 */
// oxlint-disable-next-line max-lines-per-function -- one call or field a line
export function userinfoOf(
  endpoint: () => Promise<string | undefined>,
  { rolesClaim, elapsed, report }: UserinfoOptions,
) {
  const cache = new LRUCache<string, { readonly claims: Promise<UserinfoClaims | undefined>; until: number }>({
    max: MAX_TOKENS,
  })
  let pausedUntil = -Infinity
  let requests = 0

  const fetchClaims = async (token: string, sub: string): Promise<UserinfoClaims> => {
    const url = await endpoint()
    if (url === undefined) return { roles: [], name: undefined }
    const claims = await fetchJson(url, TIMEOUT_MS, token)
    if (!claims) throw new Error(`${url} answered 404`)
    // OpenID Connect forbids to use it then: it could be the response to another token.
    if (claims['sub'] !== sub) throw new Error(`${url} answered with another sub than the token's`)
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
  /** @param sub the bearer of the token */
  return (token: string, sub: string): Promise<UserinfoClaims | undefined> => {
    // The token itself is long, and a secret.
    const key = hash('sha256', token, 'base64')
    const found = cache.get(key)
    if (found && elapsed() < found.until) return found.claims
    if (elapsed() < pausedUntil || requests >= MAX_REQUESTS) return Promise.resolve(undefined)
    const entry = { claims: fetchOrReport(token, sub), until: Infinity }
    cache.set(key, entry)
    void entry.claims.then((claims) => {
      entry.until = elapsed() + (claims ? FRESH_SECONDS : RETRY_SECONDS)
    })
    return entry.claims
  }
}
