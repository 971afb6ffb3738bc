import type { SigningKey } from './signing-key.ts'

export interface DemoIdentityOptions {
  /** The URL of the provider: `http://127.0.0.1:8000/demo-identity`. */
  readonly issuer: string
  /** The audience of access tokens, an absolute URI: `urn:photonranch-calendar`. */
  readonly audience: string
  readonly clientId: string
  /** The claim that holds `{ roles }`. */
  readonly rolesClaim: string
  readonly key: SigningKey
}

/** The options, and the parts of the issuer's URL. */
export interface Demo extends DemoIdentityOptions {
  /** The path of the issuer: `/demo-identity`. */
  readonly mount: string
  /** The origins of the issuer, with 127.0.0.1 and with localhost. */
  readonly origins: readonly string[]
}
