import { createLocalJWKSet, errors } from 'jose'
import type { CryptoKey, JSONWebKeySet, LocalJWKSet } from 'jose'
import { LRUCache } from 'lru-cache'
import { Failure } from '../domain/failure.ts'

const PATIENCE_FOR_KEYS_MS = 5000
const PATIENCE_FOR_USERINFO_MS = 2000
const LARGEST_ANSWER = 256 * 1024
/** Seconds after which what the issuer publishes is asked for again. */
const FRESH = 600
/** Seconds between two tries: with keys to go on with, and without, when nobody can sign in until one succeeds. */
const PAUSE = 30
const SHORT_PAUSE = 5
const MOST_TOKENS = 2000

/** Who signs people in, by OpenID Connect. */
export interface Issuer {
  /** Without a slash at its end. */
  readonly url: string
  /**
   * The public key that a token's header names.
   * @throws Failure `unauthenticated` when the issuer publishes no such key, `unavailable` when it cannot be asked
   */
  readonly keyFor: (header: { readonly alg?: string; readonly kid?: string }) => Promise<CryptoKey>
  /** The roles of a token's bearer; undefined where the issuer does not tell. Only for tokens that were verified. */
  readonly rolesOf: (token: string) => Promise<readonly string[] | undefined>
}

export interface IssuerOptions {
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  /** Seconds that have gone by, by a clock that nobody sets. */
  readonly elapsed: () => number
  /** Told of what went wrong; neither argument holds a token or anything about a person. */
  readonly report: (message: string, error: unknown) => void
}

type Claims = Readonly<Record<string, unknown>>

type Addresses = { readonly keys: string; readonly userinfo: string | undefined }

/** The issuer at an address, with or without a slash at its end. Asks nothing before it is asked. */
export function issuerAt(address: string, options: IssuerOptions): Issuer {
  const url = address.replace(/\/+$/, '')
  const addresses = keep(() => discover(url), options)
  const keys = keep(async () => loadKeys((await addresses.get()).keys), options)
  return {
    url,
    async keyFor(header) {
      if (!header.kid) throw new Failure('unauthenticated', 'The token does not name its key.')
      const key = (await pick(await keys.get(), header)) ?? (await pick(await keys.renew(), header))
      if (!key) throw new Failure('unauthenticated', 'The token is signed with a key that its issuer does not publish.')
      return key
    },
    rolesOf: roleBook(addresses, options),
  }
}

/** `{ roles }` of the claim named `rolesClaim`: undefined without the claim, nothing where it has another shape. */
export function rolesIn(claims: Claims, rolesClaim: string): readonly string[] | undefined {
  const claim = claims[rolesClaim]
  if (claim === undefined) return undefined
  const roles = isObject(claim) ? claim['roles'] : undefined
  return Array.isArray(roles) ? roles.filter((role) => typeof role === 'string') : []
}

async function discover(url: string): Promise<Addresses> {
  const found = await ask(`${url}/.well-known/openid-configuration`, PATIENCE_FOR_KEYS_MS)
  if (!found) return { keys: `${url}/.well-known/jwks.json`, userinfo: `${url}/userinfo` }
  const { jwks_uri: keys, userinfo_endpoint: userinfo } = found
  if (typeof keys !== 'string') throw new Error(`the configuration of ${url} has no jwks_uri`)
  // Tokens and keys must not cross the network in the clear because a document says so.
  const isSafe = (where: string): boolean => where.startsWith('https:') || url.startsWith('http:')
  if (!isSafe(keys)) throw new Error(`the configuration of ${url} has a jwks_uri that is not https`)
  return { keys, userinfo: typeof userinfo === 'string' && isSafe(userinfo) ? userinfo : undefined }
}

async function loadKeys(address: string): Promise<LocalJWKSet> {
  const found = await ask(address, PATIENCE_FOR_KEYS_MS)
  if (!found || !isKeySet(found)) throw new Error(`${address} has no keys`)
  return createLocalJWKSet(found)
}

const isObject = (value: unknown): value is Claims => typeof value === 'object' && value !== null
const isKeySet = (found: Claims): found is Claims & JSONWebKeySet => Array.isArray(found['keys'])

async function pick(keys: LocalJWKSet, header: { readonly alg?: string; readonly kid?: string }): Promise<CryptoKey | undefined> {
  try {
    return await keys(header)
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined
    throw error
  }
}

/**
 * Something from afar: loaded once for all who ask, refreshed behind their backs when old, and served on while its
 * source is down. (The key set of jose refuses everybody then.)
 */
function keep<T>(load: () => Promise<T>, { elapsed, report }: IssuerOptions) {
  let kept: { readonly value: T; readonly at: number } | undefined
  let failure: Failure | undefined
  let triedAt = -Infinity
  let loading: Promise<void> | undefined

  const tryToLoad = async (): Promise<void> => {
    try {
      kept = { value: await load(), at: elapsed() }
      failure = undefined
    } catch (cause) {
      failure = new Failure('unavailable', 'Sign-ins cannot be checked at the moment; try again soon.', [], { cause })
      // A Failure is that of another thing kept, which has reported it.
      if (!(cause instanceof Failure)) report(`The issuer does not answer${kept ? '; what it said last serves on' : ''}.`, cause)
    }
    triedAt = elapsed()
    loading = undefined
  }
  const once = async (pause: number): Promise<void> => {
    if (!loading && elapsed() - triedAt >= pause) loading = tryToLoad()
    await loading
  }
  /** What was loaded last, however old; waits only where there is nothing yet. @throws Failure `unavailable` */
  const get = async (): Promise<T> => {
    if (!kept) await once(SHORT_PAUSE)
    else if (elapsed() - kept.at > FRESH) void once(PAUSE)
    if (!kept) throw failure ?? new Error('neither loaded nor failed')
    return kept.value
  }
  /** Loads it again, unless that was tried a moment ago. @throws Failure `unavailable` when that failed */
  const renew = async (): Promise<T> => {
    await once(PAUSE)
    if (failure) throw failure
    return get()
  }
  return { get, renew }
}

type Kept<T> = ReturnType<typeof keep<T>>

/** Remembers what `/userinfo` said of a token for ten minutes, and that it said nothing for half a minute. */
function roleBook(addresses: Kept<Addresses>, { rolesClaim, elapsed, report }: IssuerOptions): Issuer['rolesOf'] {
  const known = new LRUCache<string, { readonly roles: ReturnType<Issuer['rolesOf']>; until: number }>({ max: MOST_TOKENS })
  const learn = async (token: string): Promise<readonly string[]> => {
    const { userinfo } = await addresses.get()
    if (!userinfo) return []
    const claims = await ask(userinfo, PATIENCE_FOR_USERINFO_MS, token)
    if (!claims) throw new Error(`${userinfo} is not there`)
    return rolesIn(claims, rolesClaim) ?? []
  }
  return (token) => {
    const found = known.get(token)
    if (found && elapsed() < found.until) return found.roles
    const entry = {
      until: Infinity,
      roles: learn(token).catch((error: unknown) => {
        entry.until = elapsed() + PAUSE
        report('The issuer does not tell roles.', error)
        return undefined
      }),
    }
    known.set(token, entry)
    void entry.roles.then((roles) => { if (roles) entry.until = elapsed() + FRESH })
    return entry.roles
  }
}

/** @returns undefined for 404 */
async function ask(address: string, patience: number, token?: string): Promise<Claims | undefined> {
  const answer = await fetch(address, {
    headers: { Accept: 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    redirect: 'error',
    signal: AbortSignal.timeout(patience),
  })
  if (answer.ok) return parsed(await textOf(answer), address)
  await answer.body?.cancel()
  if (answer.status === 404) return undefined
  throw new Error(`${address} answered ${answer.status}`)
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength
    if (size > LARGEST_ANSWER) throw new Error(`${answer.url} answered with more than ${LARGEST_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function parsed(text: string, address: string): Claims {
  try {
    const found: unknown = JSON.parse(text)
    if (isObject(found)) return found
  } catch {
    // The parser's own error quotes the text, which may be about a person.
  }
  throw new Error(`${address} answered with something else than a JSON object`)
}
