import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'

export const AUDIENCE = 'https://calendar.test'
export const ROLES_CLAIM = 'https://photonranch.org/user_metadata'

/** How the issuer answers: `down` closes the connection, `slow` takes two seconds, `hanging` never answers. */
type IssuerMode = 'up' | 'down' | 'slow' | 'hanging'

export interface TokenClaims extends Omit<JWTPayload, 'aud' | 'exp' | 'iss' | 'nbf' | 'sub'> {
  readonly sub?: unknown
  readonly aud?: unknown
  readonly iss?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
  readonly name?: unknown
  /** Undefined leaves the claim out. */
  readonly roles?: readonly unknown[] | undefined
}

export interface Signature {
  readonly alg?: string
  readonly kid?: unknown
  readonly typ?: unknown
  readonly key?: CryptoKey | Uint8Array
  /** Fields of the protected header. */
  readonly [name: string]: unknown
}

/** A minimal OpenID issuer on loopback, with keys, `/userinfo` and tokens. */
export interface TestIssuer {
  readonly url: string
  /** Sets the mode of the whole issuer, or of one path. */
  set(mode: IssuerMode, path?: string): void
  /** Answers `path` with this text, and this status, from now on. */
  setUserinfo(path: string, text: string, status?: number): void
  /** Undoes `setUserinfo`. */
  removeUserinfo(path: string): void
  /** The current answer at `path`. */
  read(path: string): string
  /** How often `path` was requested. */
  requestsTo(path: string): number
  /** Signs with another key from now on, and no longer publishes the old one. */
  rotate(): Promise<void>
  /** Publishes one more key. */
  publish(key: JWK): void
  /** A valid token for Ada, with other claims. An undefined claim is left out. */
  mint(proposed?: TokenClaims, signature?: Signature): Promise<string>
  /** A token with this text as its payload. */
  sign(text: string): Promise<string>
  /** Gives `sub` these roles and this name at `/userinfo`. */
  promote(sub: string, roles: unknown, name?: string): void
  /** The public key as PEM. */
  pem(): Promise<string>
  close(): Promise<void>
}

interface Options {
  /** False for an issuer without `openid-configuration`, whose paths are those of Auth0. */
  readonly discovery?: boolean
  /** Seconds since the epoch, for the expiry of tokens. */
  readonly now?: () => number
}

const pairs: ReturnType<typeof generateKeyPair>[] = []

/** The RSA key pair of this number, made once in a process: it takes a third of a second. Issuers sign with 0 and up. */
export const rsaPair = (number: number): ReturnType<typeof generateKeyPair> =>
  (pairs[number] ??= generateKeyPair('RS256', { extractable: true }))

/** A key pair that no issuer signs with. */
export const FOREIGN_PAIR = 9

export async function openIssuer({
  discovery = true,
  now = () => Math.floor(Date.now() / 1000),
}: Options = {}): Promise<TestIssuer> {
  const answers = new Map<string, string>()
  const statuses = new Map<string, number>()
  const modes = new Map<string, IssuerMode>()
  const requests = new Map<string, number>()
  const people = new Map<string, Claims>()
  const jwksPath = discovery ? '/keys' : '/.well-known/jwks.json'
  const userinfoPath = discovery ? '/me' : '/userinfo'
  let number = 0
  let pair = await rsaPair(number)

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.set(path, (requests.get(path) ?? 0) + 1)
    const mode = modes.get(path) ?? modes.get('') ?? 'up'
    if (mode === 'down') request.socket.destroy()
    const answer = () => {
      if (path === userinfoPath && !answers.has(path)) answerUserinfo(request, response, people)
      else
        response
          .writeHead(answers.has(path) ? (statuses.get(path) ?? 200) : 404, { 'Content-Type': 'application/json' })
          .end(answers.get(path))
    }
    if (mode === 'slow') setTimeout(answer, 2000)
    if (mode === 'up') answer()
  })
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done)
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const kid = () => `key-${number}`
  const publicKeys = async (...others: JWK[]) =>
    JSON.stringify({
      keys: [{ ...(await exportJWK(pair.publicKey)), kid: kid(), alg: 'RS256', use: 'sig' }, ...others],
    })
  answers.set(jwksPath, await publicKeys())
  if (discovery) {
    const configuration = { issuer: url, jwks_uri: `${url}${jwksPath}`, userinfo_endpoint: `${url}${userinfoPath}` }
    answers.set('/.well-known/openid-configuration', JSON.stringify(configuration))
  }

  return {
    url,
    set: (mode, path = '') => void modes.set(path, mode),
    setUserinfo(path, text, status = 200) {
      answers.set(path, text)
      statuses.set(path, status)
    },
    removeUserinfo: (path) => void answers.delete(path),
    read: (path) => answers.get(path) ?? '',
    requestsTo: (path) => requests.get(path) ?? 0,
    async rotate() {
      number += 1
      pair = await rsaPair(number)
      answers.set(jwksPath, await publicKeys())
    },
    publish: (key) => {
      const { keys } = JSON.parse(answers.get(jwksPath) ?? '{}') as { keys: JWK[] }
      answers.set(jwksPath, JSON.stringify({ keys: [...keys, key] }))
    },
    mint({ roles: overrides, ...proposed } = {}, { alg = 'RS256', key = pair.privateKey, ...header } = {}) {
      const claims = {
        iss: `${url}/`,
        aud: AUDIENCE,
        sub: 'ada',
        exp: now() + 3600,
        ...(overrides && { [ROLES_CLAIM]: { roles: overrides } }),
        ...proposed,
      }
      // To text and back, which leaves undefined claims out.
      const payload = JSON.parse(JSON.stringify(claims)) as JWTPayload
      return new SignJWT(payload)
        .setProtectedHeader({ alg, typ: 'JWT', kid: kid(), ...header } as { alg: string })
        .sign(key)
    },
    sign: (text) =>
      new CompactSign(Buffer.from(text))
        .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: kid() })
        .sign(pair.privateKey),
    promote: (sub, roles, name) =>
      void people.set(sub, { [ROLES_CLAIM]: { roles }, ...(name !== undefined && { name }) }),
    pem: () => exportSPKI(pair.publicKey),
    close: () =>
      new Promise((done) => {
        server.close(() => done())
        server.closeAllConnections()
      }),
  }
}

type Claims = Readonly<Record<string, unknown>>

function answerUserinfo(request: IncomingMessage, response: ServerResponse, people: ReadonlyMap<string, Claims>): void {
  const [, body = ''] = (request.headers.authorization ?? '').split('.')
  if (!body) return void response.writeHead(401).end()
  const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string }
  const claims = { sub, email: 'ada@example.org', ...people.get(sub) }
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(claims))
}
