import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWK, JWTPayload } from 'jose'

export const AUDIENCE = 'https://calendar.test'
export const ROLES_CLAIM = 'https://photonranch.org/user_metadata'

/** How the issuer treats whoever calls: `down` cuts the line, `slow` takes two seconds, `hanging` never answers. */
type IssuerMode = 'up' | 'down' | 'slow' | 'hanging'

export interface TokenClaims extends Omit<JWTPayload, 'aud' | 'exp' | 'iss' | 'nbf' | 'sub'> {
  readonly sub?: unknown
  readonly aud?: unknown
  readonly iss?: unknown
  readonly exp?: unknown
  readonly nbf?: unknown
  readonly name?: unknown
  /** Leaves the claim out when it is. */
  readonly roles?: readonly unknown[] | undefined
}

export interface Signature {
  readonly alg?: string
  readonly kid?: unknown
  readonly typ?: unknown
  readonly key?: CryptoKey | Uint8Array
  /** Of the header, and whatever else is to stand there. */
  readonly [name: string]: unknown
}

/** A real OpenID issuer on loopback, as small as can be: keys, `/userinfo`, and tokens for whoever asks. */
export interface TestIssuer {
  readonly url: string
  /** Sets the mood of the whole issuer, or of one path. */
  set(mood: IssuerMode, path?: string): void
  /** Answers `path` with this text from now on, or with a status too. */
  setUserinfo(path: string, text: string, status?: number): void
  /** Answers it as at the beginning again, where that was not a text. */
  removeUserinfo(path: string): void
  /** What it says at `path`. */
  read(path: string): string
  /** How often `path` was asked for. */
  asked(path: string): number
  /** Makes a new key, which signs from now on; the old one is not published any more. */
  rotate(): Promise<void>
  /** Publishes another key beside its own. */
  publish(key: JWK): void
  /** A good token for Ada, but for what is said. A claim that is undefined is left out. */
  mint(proposed?: TokenClaims, signature?: Signature): Promise<string>
  /** A token of this text, be it claims or not. */
  sign(text: string): Promise<string>
  /** Gives `sub` these roles at `/userinfo`, and a name there. */
  promote(sub: string, roles: unknown, name?: string): void
  /** The public key as PEM. */
  pem(): Promise<string>
  close(): Promise<void>
}

interface Options {
  /** False for one that has no `openid-configuration`, but what it names stands where Auth0 has it. */
  readonly discovery?: boolean
  /** Seconds since the epoch, for the expiry of tokens. */
  readonly now?: () => number
}

/** Made once for all issuers of a process: it takes a tenth of a second. */
let firstPair: ReturnType<typeof generateKeyPair> | undefined

export async function openIssuer({
  discovery = true,
  now = () => Math.floor(Date.now() / 1000),
}: Options = {}): Promise<TestIssuer> {
  const answers = new Map<string, string>()
  const statuses = new Map<string, number>()
  const moods = new Map<string, IssuerMode>()
  const asked = new Map<string, number>()
  const people = new Map<string, Claims>()
  const jwksPath = discovery ? '/keys' : '/.well-known/jwks.json'
  const userinfoPath = discovery ? '/me' : '/userinfo'
  let pair = await (firstPair ??= generateKeyPair('RS256'))
  let number = 0

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    asked.set(path, (asked.get(path) ?? 0) + 1)
    const mood = moods.get(path) ?? moods.get('') ?? 'up'
    if (mood === 'down') request.socket.destroy()
    const answer = () => {
      if (path === userinfoPath && !answers.has(path)) tellUserinfo(request, response, people)
      else
        response
          .writeHead(answers.has(path) ? (statuses.get(path) ?? 200) : 404, { 'Content-Type': 'application/json' })
          .end(answers.get(path))
    }
    if (mood === 'slow') setTimeout(answer, 2000)
    if (mood === 'up') answer()
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
    set: (mood, path = '') => void moods.set(path, mood),
    setUserinfo(path, text, status = 200) {
      answers.set(path, text)
      statuses.set(path, status)
    },
    removeUserinfo: (path) => void answers.delete(path),
    read: (path) => answers.get(path) ?? '',
    asked: (path) => asked.get(path) ?? 0,
    async rotate() {
      pair = await generateKeyPair('RS256')
      number += 1
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
      // As text and back: a claim that is undefined is left out.
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

function tellUserinfo(request: IncomingMessage, response: ServerResponse, people: ReadonlyMap<string, Claims>): void {
  const [, body = ''] = (request.headers.authorization ?? '').split('.')
  if (!body) return void response.writeHead(401).end()
  const { sub } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { sub: string }
  const claims = { sub, email: 'ada@example.org', ...people.get(sub) }
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(claims))
}
