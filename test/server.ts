import { createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK } from 'jose'
import { onTestFinished } from 'vitest'
import { userNamed } from '../src/demo/users.ts'
import { loadSigningKey, type SigningKey } from '../src/demo/signing-key.ts'
import { demoToken } from '../src/demo/token.ts'
import { startServer } from '../src/main/server.ts'
import { demoKeyFile } from '../src/main/stores.ts'
import { silentLog } from '../src/ops/log.ts'
import { isDemo, readSettings } from '../src/ops/settings.ts'
import { sharedDynamo } from './dynamodb.ts'
import { rsaPair } from './issuer.ts'

/** The demo's people: three observers, and Grace the admin. */
export type Name = 'ada' | 'bo' | 'cleo' | 'grace'

/** The key of the service `scheduler`. */
export const KEY = '5cc7e2a94f0b4d18a6309be17d52f83c'

/** The issuer outside demo mode. It receives no requests: its key is a setting, and its tokens contain the roles. */
const ISSUER = 'https://issuer.invalid'

export interface Ask {
  readonly as?: Name
  /** A service key; `true` is the scheduler's. */
  readonly key?: string | true
  readonly headers?: Readonly<Record<string, string>>
  /** The body as text or bytes, instead of an object. */
  readonly raw?: string | Uint8Array<ArrayBuffer>
}

export interface Reply {
  readonly status: number
  readonly type: string | null
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined if it is not JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each test expects another shape
  readonly body: any
}

export interface TestServer {
  /** As `http://127.0.0.1:8000`. */
  readonly address: string
  readonly port: number
  /** Its SQLite file. */
  readonly file: string
  /** The path of the endpoints, such as `/dev`. */
  readonly base: string
  readonly tokens: Readonly<Record<Name, string>>
  /** Without a Content-Type, as the observatory posts. */
  post(endpoint: string, body?: unknown, ask?: Ask): Promise<Reply>
  /** `where` is an endpoint with a query. */
  get(where: string, ask?: Ask): Promise<Reply>
  /** Any method at any path of the server. */
  send(method: string, path: string, ask?: Ask): Promise<Reply>
  stop(): Promise<void>
}

/** With `TEST_STORE=dynamodb` each server has a table of its own instead of a file. */
const onDynamo = process.env['TEST_STORE'] === 'dynamodb'

async function freshTable() {
  const local = await sharedDynamo()
  return { STORE: `dynamodb:${await local.table()}`, DYNAMODB_ENDPOINT: local.endpoint }
}

/** Shared by all servers. */
let signingKey: Promise<SigningKey> | undefined

async function makeSigningKey(): Promise<SigningKey> {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-key-'))
  const file = join(folder, 'key.json')
  writeFileSync(file, JSON.stringify(await exportJWK((await rsaPair(0)).privateKey)))
  const key = await loadSigningKey(file)
  rmSync(folder, { recursive: true })
  return key
}

const publicPem = ({ kty, n, e }: SigningKey) =>
  createPublicKey({ key: { kty, n, e }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()

/** Starts a calendar in this process, with its own port and file, an issuer and a service key. */
export async function serve(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const key = await (signingKey ??= makeSigningKey())
  return start(
    { SERVICE_KEYS: `scheduler:${KEY}`, AUTH_ISSUER: ISSUER, AUTH_PUBLIC_KEY: publicPem(key), ...settings },
    key,
  )
}

/** Starts a calendar in demo mode, as without settings: it is its own issuer and has no service keys. */
export async function serveDemo(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  return start(settings, await (signingKey ??= makeSigningKey()))
}

async function start(settings: Readonly<Record<string, string>>, key: SigningKey): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-http-'))
  const file = join(folder, 'calendar.db')
  const configured = readSettings({
    PORT: '0',
    LOG_LEVEL: 'silent',
    ...(onDynamo ? await freshTable() : { STORE: `sqlite:${file}` }),
    ANONYMOUS_CHANGES_PER_HOUR: '1000000',
    OBSERVER_WRITES_PER_MINUTE: '100000000',
    OBSERVER_WRITES_PER_DAY: '100000000',
    ...settings,
  })
  // With a table, the key is not in a folder of this server alone.
  if (isDemo(configured) && configured.STORE.startsWith('sqlite:'))
    writeFileSync(demoKeyFile(configured), JSON.stringify(key))
  const running = await startServer(configured, silentLog())
  const { address } = running
  // The demo issuer is loaded with its first request. On a busy machine that takes longer than a read waits for keys.
  if (isDemo(configured)) await fetch(`${address}/demo-identity/jwks`)
  const tokens = await tokensOf(
    isDemo(configured) ? await loadSigningKey(demoKeyFile(configured)) : key,
    configured.AUTH_ISSUER ?? `${address}/demo-identity`,
    configured,
  )
  const base = { prod: '/calendar', dev: '/dev', test: '/test' }[configured.STAGE]

  const send = async (method: string, path: string, { as, key, headers, raw }: Ask = {}): Promise<Reply> => {
    const credentials = {
      ...(as && { Authorization: `Bearer ${tokens[as]}` }),
      ...(key !== undefined && { 'X-Api-Key': key === true ? KEY : key }),
    }
    // Bytes, since `fetch` writes a Content-Type of its own to a text.
    const body = typeof raw === 'string' ? new TextEncoder().encode(raw) : raw
    const response = await fetch(`${address}${path}`, {
      method,
      headers: { ...credentials, ...headers },
      ...(body && { body }),
    })
    return replyOf(response)
  }
  return {
    address,
    port: Number(new URL(address).port),
    file,
    base,
    tokens,
    send,
    post: (endpoint, body, ask) => send('POST', `${base}/${endpoint}`, { raw: JSON.stringify(body ?? {}), ...ask }),
    get: (where, ask) => send('GET', `${base}/${where}`, ask),
    async stop() {
      await running.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Starts a server that is stopped when the test ends. */
export async function serveHere(settings: Readonly<Record<string, string>> = {}): Promise<TestServer> {
  const server = await serve(settings)
  onTestFinished(() => server.stop())
  return server
}

async function tokensOf(
  key: SigningKey,
  issuer: string,
  settings: { AUTH_AUDIENCE: string; AUTH_ROLES_CLAIM: string },
): Promise<Record<Name, string>> {
  const { AUTH_AUDIENCE: audience, AUTH_ROLES_CLAIM: rolesClaim } = settings
  const tokenOf = (name: Name) => {
    const person = userNamed(name)
    if (!person) throw new Error(`The demo has no ${name}.`)
    return demoToken(person, { issuer, audience, key, rolesClaim, now: Math.floor(Date.now() / 1000), lifetime: 3600 })
  }
  return {
    ada: await tokenOf('ada'),
    bo: await tokenOf('bo'),
    cleo: await tokenOf('cleo'),
    grace: await tokenOf('grace'),
  }
}

export async function replyOf(response: Response): Promise<Reply> {
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    headers: response.headers,
    text,
    body: parsed(text),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

let events = 0

/** A new id. */
export const freshId = (): string => `event-${++events}`

/** A new event of half an hour at `saf`, in an hour of its own, so that no two overlap by default. */
export function newEvent(
  overrides: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> & { event_id: string; start: string; end: string; site: string } {
  const event_id = freshId()
  return { event_id, start: hour(events), end: hour(events, 30), site: 'saf', ...overrides }
}

/** The time so many hours after the start of 2031. */
export const hour = (count: number, minutes = 0): string => iso(Date.UTC(2031, 0, 1, count, minutes))

/** A time in milliseconds, as the wire writes it. */
export const iso = (milliseconds: number): string => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`

/** The time in so many minutes. */
export const fromNow = (minutes: number): string => iso(Date.now() + minutes * 60_000)

/** One request to a projects service. */
export interface Asked {
  readonly verb: string
  readonly body: Readonly<Record<string, unknown>>
}

type Answered = { status: number; body?: unknown } | 'breaks off'

/** Starts a stub server that stops when the test ends. */
export async function stubServer(...options: Parameters<typeof openStubServer>) {
  const stub = await openStubServer(...options)
  onTestFinished(stub.stop)
  return stub
}

/** Starts an HTTP server that records its requests and answers with `answer`. */
export async function openStubServer(answer: (asked: Asked) => Promise<Answered> | Answered, port = 0) {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void (async () => {
      const one = { verb: (request.url ?? '').slice(1), body: JSON.parse(await bodyOf(request)) as Asked['body'] }
      asked.push(one)
      const answered = await answer(one)
      if (answered === 'breaks off') {
        request.socket.destroy()
        return
      }
      const { status, body } = answered
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body ?? null))
    })()
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  const { port: taken } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${taken}`, port: taken, asked, stop }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}
