import { afterEach, beforeEach, expect } from 'vitest'
import { openAuthenticator } from '../src/http/auth.ts'
import type { AuthResult, Authenticator, AuthenticatorOptions, TimeoutClass } from '../src/http/auth.ts'
import { readPublicKey } from '../src/ops/public-key.ts'
import { issuerAt } from '../src/sources/issuer.ts'
import type { Issuer } from '../src/sources/issuer.ts'
import { AUDIENCE, openIssuer, ROLES_CLAIM } from './issuer.ts'
import type { Signature, TestIssuer, TokenClaims } from './issuer.ts'

export const DISCOVERY = '/.well-known/openid-configuration'
export const ANONYMOUS = { actor: { role: 'anonymous' } }

/** The default address of a caller. */
export const HERE = '203.0.113.5'

type Options = Omit<Partial<AuthenticatorOptions>, 'publicKey'> & { readonly publicKey?: string }

/** An authenticator with its own issuer, and a clock that the test sets. */
export interface AuthHarness {
  time: number
  /** By how many seconds the system clock has been set back. */
  setBack: number
  /** The reports, each with its error. */
  reports: string[]
  issuer: TestIssuer
  authenticator: Authenticator
  /** Opens another authenticator for the same issuer, unless the options set `issuer`. */
  open(options?: Options): Authenticator
  sourceAt(url: string): Issuer
  authenticate(token: string, at?: Authenticator, timeoutMs?: TimeoutClass): Promise<AuthResult>
  /** Authenticates with a new token. */
  authenticateNew(proposed?: TokenClaims, signature?: Signature): Promise<AuthResult>
}

/** Makes a new harness for each test of a file. The returned object is always that of the current test. */
export function useAuthHarness(): AuthHarness {
  const now = () => auth.time
  const elapsed = () => auth.time + auth.setBack
  const auth = {
    sourceAt(url) {
      // The reports of this test, even if they come late.
      const { reports } = auth
      const report = (message: string, error: unknown) => void reports.push(`${message} ${String(error)}`)
      return issuerAt(url, { rolesClaim: ROLES_CLAIM, elapsed, report })
    },
    open: ({ publicKey, ...options } = {}) =>
      openAuthenticator({
        publicKey: publicKey === undefined ? undefined : readPublicKey(publicKey),
        issuer: auth.sourceAt(auth.issuer.url),
        audience: AUDIENCE,
        rolesClaim: ROLES_CLAIM,
        now,
        elapsed,
        serviceKeys: new Map([
          ['projects', 'key of projects'],
          ['site', 'key of the site'],
        ]),
        ...options,
      }),
    authenticate: (token, at = auth.authenticator, timeoutMs) =>
      at.authenticate({ authorization: `Bearer ${token}`, address: HERE }, timeoutMs),
    authenticateNew: async (proposed, signature) => auth.authenticate(await auth.issuer.mint(proposed, signature)),
  } as AuthHarness
  beforeEach(async () => {
    Object.assign(auth, { time: 1_900_000_000, setBack: 0, reports: [], issuer: await openIssuer({ now }) })
    auth.authenticator = auth.open()
  })
  afterEach(() => auth.issuer.close())
  return auth
}

export const errorOf = ({ actor, error: rejected }: AuthResult): string => {
  expect(actor).toEqual({ role: 'anonymous' })
  return `${rejected?.code}: ${rejected?.message}`
}

export const roleIn = ({ actor, error: rejected }: AuthResult): string => rejected?.message ?? actor.role

/** Waits until background requests on loopback have ended. */
export const settled = () =>
  new Promise((done) => {
    setTimeout(done, 100)
  })
