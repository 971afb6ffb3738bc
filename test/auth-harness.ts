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

/** Where everybody comes from who does not say. */
export const HERE = '203.0.113.5'

type Options = Omit<Partial<AuthenticatorOptions>, 'publicKey'> & { readonly publicKey?: string }

/** Who lets people in, with an issuer of its own and a clock that is set by hand. */
export interface AuthHarness {
  time: number
  /** By how much the time of day has been put back. */
  putBack: number
  /** What was reported, with the error. */
  reports: string[]
  issuer: TestIssuer
  gate: Authenticator
  /** Another one before the same issuer, unless the options name none. */
  open(options?: Options): Authenticator
  sourceAt(url: string): Issuer
  bring(token: string, at?: Authenticator, timeoutMs?: TimeoutClass): Promise<AuthResult>
  /** Brings a token that is made for it. */
  bringNew(proposed?: TokenClaims, signature?: Signature): Promise<AuthResult>
}

/** For each test of a file a new one; what is returned is always that of the present test. */
export function useAuthHarness(): AuthHarness {
  const now = () => its.time
  const elapsed = () => its.time + its.putBack
  const its = {
    sourceAt(url) {
      // Those of this test, however late they come.
      const { reports } = its
      const report = (message: string, error: unknown) => void reports.push(`${message} ${String(error)}`)
      return issuerAt(url, { rolesClaim: ROLES_CLAIM, elapsed, report })
    },
    open: ({ publicKey, ...options } = {}) =>
      openAuthenticator({
        publicKey: publicKey === undefined ? undefined : readPublicKey(publicKey),
        issuer: its.sourceAt(its.issuer.url),
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
    bring: (token, at = its.gate, timeoutMs) =>
      at.authenticate({ authorization: `Bearer ${token}`, address: HERE }, timeoutMs),
    bringNew: async (proposed, signature) => its.bring(await its.issuer.mint(proposed, signature)),
  } as AuthHarness
  beforeEach(async () => {
    Object.assign(its, { time: 1_900_000_000, putBack: 0, reports: [], issuer: await openIssuer({ now }) })
    its.gate = its.open()
  })
  afterEach(() => its.issuer.close())
  return its
}

export const errorOf = ({ actor, error: rejected }: AuthResult): string => {
  expect(actor).toEqual({ role: 'anonymous' })
  return `${rejected?.code}: ${rejected?.message}`
}

export const roleIn = ({ actor, error: rejected }: AuthResult): string => rejected?.message ?? actor.role

/** What is done in the background on loopback is done by then. */
export const settled = () =>
  new Promise((done) => {
    setTimeout(done, 100)
  })
