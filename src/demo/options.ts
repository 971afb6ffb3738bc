import type { SigningKey } from './signing-key.ts'

export interface DemoIdentityOptions {
  /** Where the provider is mounted, as `http://127.0.0.1:8000/demo-identity`. */
  readonly issuer: string
  /** Whom the access tokens are for: an absolute URI, as `urn:photonranch-calendar`. */
  readonly audience: string
  readonly clientId: string
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  readonly key: SigningKey
}

/** The options, and what follows from the issuer. */
export interface Demo extends DemoIdentityOptions {
  /** The path of the issuer, as `/demo-identity`. */
  readonly mount: string
  /** The origin of the issuer, by both names of this machine. */
  readonly origins: readonly string[]
}
