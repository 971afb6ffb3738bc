import { createRemoteJWKSet, jwtVerify } from 'jose'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { demoUsers, userNamed } from '../../src/demo/users.ts'
import { openDemoIdentity } from '../../src/demo/provider.ts'
import { loadSigningKey } from '../../src/demo/signing-key.ts'
import { demoToken } from '../../src/demo/token.ts'
import { Browser } from './browser.ts'

const audience = 'urn:photonranch-calendar'
const clientId = 'photonranch-calendar'
const rolesClaim = 'https://photonranch.org/user_metadata'
const Discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
  userinfo_endpoint: z.url(),
  end_session_endpoint: z.url(),
  device_authorization_endpoint: z.url(),
})
const Tokens = z.object({ access_token: z.string(), id_token: z.string(), refresh_token: z.string().optional() })
const Device = z.object({ device_code: z.string(), user_code: z.string(), verification_uri: z.url() })
const server = createServer()
const printed = (['log', 'info', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level))
let folder: string
let origin: string
let issuer: string
let discovery: z.infer<typeof Discovery>

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-identity-'))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (!address || typeof address === 'string') throw new Error('The server has no port.')
  origin = `http://127.0.0.1:${address.port}`
  issuer = `${origin}/demo-identity`
  const key = await loadSigningKey(join(folder, 'key.json'))
  server.on('request', openDemoIdentity({ issuer, audience, clientId, rolesClaim, key }))
  discovery = Discovery.parse(await (await fetch(`${issuer}/.well-known/openid-configuration`)).json())
})

afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true })
})

const verifier = randomBytes(32).toString('base64url')
const challenge = createHash('sha256').update(verifier).digest('base64url')

function authorization(changes: Record<string, string | undefined> = {}): URL {
  const parameters = {
    client_id: clientId,
    response_type: 'code',
    scope: 'openid profile email',
    state: 'a state',
    nonce: 'a nonce',
    redirect_uri: `${origin}/night/saf`,
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  const url = new URL(discovery.authorization_endpoint)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url
}

async function redeem(returned: Response, redirectUri = `${origin}/night/saf`) {
  const location = new URL(returned.headers.get('location') ?? '')
  expect(`${location.origin}${location.pathname}`).toBe(redirectUri)
  expect(location.searchParams.get('state')).toBe('a state')
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: clientId,
    code_verifier: verifier,
    redirect_uri: redirectUri,
    code: location.searchParams.get('code') ?? '',
  })
  const response = await fetch(discovery.token_endpoint, {
    method: 'POST',
    body,
    headers: { origin: new URL(redirectUri).origin },
  })
  expect(response.status).toBe(200)
  expect(response.headers.get('access-control-allow-origin')).toBe(new URL(redirectUri).origin)
  return Tokens.parse(await response.json())
}

const verify = (token: string, forWhom = audience) =>
  jwtVerify(token, createRemoteJWKSet(new URL(discovery.jwks_uri)), {
    issuer,
    audience: forWhom,
    algorithms: ['RS256'],
  })

/** Of `path` with headers that `fetch` would not send. */
async function asked(path: string, headers: Record<string, string | string[]>): Promise<[number | undefined, string]> {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).flatMap(([name, values]) =>
    [values].flat().flatMap((value) => [name, value]),
  )
  const [response] = (await once(request(`${issuer}${path}`, { headers: lines }).end(), 'response')) as [
    IncomingMessage,
  ]
  return [response.statusCode, await text(response)]
}

describe('the demo identity provider', () => {
  it('signs in Ada with a code and PKCE, and returns her claims', async () => {
    const browser = new Browser()
    const tokens = await redeem(await browser.choose(await browser.open(authorization()), 'ada'))
    const { payload, protectedHeader } = await verify(tokens.access_token)
    expect(protectedHeader).toMatchObject({ alg: 'RS256', typ: 'at+jwt' })
    expect(payload).toMatchObject({ sub: 'demo|ada', name: 'Ada Lovelace', [rolesClaim]: { roles: [] } })
    expect((await verify(tokens.id_token, clientId)).payload).toMatchObject({
      sub: 'demo|ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      nonce: 'a nonce',
    })
    const claims = await fetch(discovery.userinfo_endpoint, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
    expect(await claims.json()).toEqual({
      sub: 'demo|ada',
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      email_verified: true,
      [rolesClaim]: { roles: [] },
    })
  })

  it('keeps the session of a user until another user signs in', async () => {
    const browser = new Browser()
    await browser.choose(await browser.open(authorization()), 'ada')
    const again = await redeem(await browser.open(authorization({ prompt: 'none' })))
    expect((await verify(again.access_token)).payload.sub).toBe('demo|ada')
    const other = await redeem(await browser.choose(await browser.open(authorization({ prompt: 'login' })), 'grace'))
    expect((await verify(other.access_token)).payload).toMatchObject({
      sub: 'demo|grace',
      [rolesClaim]: { roles: ['admin'] },
    })
  })

  it('signs out, and returns to the calendar', async () => {
    const browser = new Browser()
    const { id_token: hint } = await redeem(await browser.choose(await browser.open(authorization()), 'bo'))
    const end = new URL(discovery.end_session_endpoint)
    end.search = new URLSearchParams({ id_token_hint: hint, post_logout_redirect_uri: `${origin}/` }).toString()
    expect((await browser.submit(await browser.open(end))).headers.get('location')).toBe(`${origin}/`)
    expect((await browser.open(authorization({ prompt: 'none' }))).headers.get('location')).toContain(
      'error=login_required',
    )
    end.searchParams.set('post_logout_redirect_uri', 'https://elsewhere.example/')
    expect((await browser.open(end)).status).toBe(400)
  })

  it('signs in a device, once its code is confirmed in a browser', async () => {
    const body = new URLSearchParams({ client_id: clientId, scope: 'openid profile', audience })
    const device = Device.parse(
      await (await fetch(discovery.device_authorization_endpoint, { method: 'POST', body })).json(),
    )
    const poll = () =>
      fetch(discovery.token_endpoint, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          client_id: clientId,
          device_code: device.device_code,
        }),
      })
    expect(await (await poll()).json()).toMatchObject({ error: 'authorization_pending' })
    const browser = new Browser()
    const wrong = await browser.submit(await browser.open(device.verification_uri), { user_code: 'WRONG' })
    expect(await wrong.text()).toContain('not known')
    const confirm = await browser.submit(await browser.open(device.verification_uri), { user_code: device.user_code })
    const page = await browser.submit(confirm)
    expect(await (await browser.choose(page, 'ada')).text()).toContain('Go back to your terminal.')
    const tokens = Tokens.parse(await (await poll()).json())
    expect((await verify(tokens.access_token)).payload).toMatchObject({ sub: 'demo|ada', name: 'Ada Lovelace' })
  })

  it('redirects to localhost as well as to 127.0.0.1', async () => {
    const browser = new Browser()
    const redirectUri = `${origin.replace('127.0.0.1', 'localhost')}/any/path`
    const page = await browser.open(authorization({ redirect_uri: redirectUri }))
    expect(page.headers.get('content-security-policy')).toContain(new URL(redirectUri).origin)
    await redeem(await browser.choose(page, 'cleo'), redirectUri)
  })

  it('issues a refresh token on request, without asking for consent', async () => {
    const browser = new Browser()
    const page = await browser.open(authorization({ scope: 'openid offline_access', prompt: 'consent' }))
    const { refresh_token: token = '' } = await redeem(await browser.choose(page, 'ada'))
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: clientId, refresh_token: token })
    const tokens = Tokens.parse(await (await fetch(discovery.token_endpoint, { method: 'POST', body })).json())
    expect((await verify(tokens.access_token)).payload.sub).toBe('demo|ada')
  })

  it('offers everybody by name, without scripts', async () => {
    const page = await new Browser().open(authorization())
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/)
    const html = await page.text()
    for (const { fullName } of demoUsers) expect(html).toContain(fullName)
    expect(html).toContain('Anyone can sign in as anyone')
    expect(html).not.toContain('<script')
  })

  it('rejects an unknown user', async () => {
    const browser = new Browser()
    const action = /formaction="([^"]+)ada"/.exec(await (await browser.open(authorization())).text())?.[1] ?? ''
    expect((await browser.open(new URL(`${action}mallory`, issuer), new URLSearchParams())).status).toBe(400)
    expect((await new Browser().open(new URL(`${action}ada`, issuer), new URLSearchParams())).status).toBe(400)
  })

  it.each([
    'https://elsewhere.example/',
    'http://127.0.0.1:1/',
    'http://127.0.0.1.elsewhere.example/',
    'javascript:alert(1)',
    'not an address',
  ])('rejects the redirect URI %s', async (uri) => {
    const rejected = await new Browser().open(authorization({ redirect_uri: uri }))
    expect(rejected.status).toBe(400)
    expect(rejected.headers.get('location')).toBeNull()
  })

  it.each([
    ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
    ['a plain challenge', { code_challenge_method: 'plain' }],
  ])('refuses to sign in with %s', async (_, changes) => {
    const rejected = await new Browser().open(authorization(changes))
    expect(rejected.headers.get('location')).toContain('error=invalid_request')
  })

  it('lets no page read from it that is on another port of this machine', async () => {
    const headers = { origin: 'http://127.0.0.1:1' }
    const body = new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: clientId,
      code: 'x',
      code_verifier: verifier,
      redirect_uri: `${origin}/`,
    })
    const token = await fetch(discovery.token_endpoint, { method: 'POST', headers, body })
    expect([token.status, token.headers.get('access-control-allow-origin')]).toEqual([400, null])
    const claims = await fetch(discovery.userinfo_endpoint, { headers })
    expect([claims.status, claims.headers.get('access-control-allow-origin')]).toEqual([401, null])
  })

  it.each<[string, Record<string, string | string[]>]>([
    ['the name of a page elsewhere that leads here', { Host: 'elsewhere.example:8000' }],
    ['a name that only begins like this machine’s', { Host: '127.0.0.1.elsewhere.example' }],
    ['an address of the network', { Host: '192.168.1.5:8000' }],
    ['no name', { Host: '' }],
    ['a name of its own and another', { Host: ['127.0.0.1', 'elsewhere.example'] }],
    ['a page elsewhere', { Origin: 'https://elsewhere.example' }],
    ...[
      'Forwarded',
      'Via',
      'X-Forwarded-For',
      'X-Forwarded-Host',
      'x-forwarded-proto',
      'X-Forwarded',
      'X-Real-IP',
      'X-Client-IP',
      'True-Client-IP',
      'CF-Connecting-IP',
      'CF-Ray',
      'CDN-Loop',
      'X-Envoy-External-Address',
      'X-Amzn-Trace-Id',
      'Fly-Client-IP',
      'X-Original-Host',
    ].map((name): [string, Record<string, string>] => [`the header ${name}`, { [name]: '' }]),
  ])('rejects a request with %s', async (_, headers) => {
    for (const path of [
      '/auth',
      '/.well-known/openid-configuration',
      '/jwks',
      '/userinfo',
      '/token',
      '/sign-in/x/ada',
    ]) {
      expect(await asked(path, headers)).toEqual([403, expect.stringContaining('on its own machine only')])
    }
  })

  it.each(['127.0.0.1', 'localhost:8000', 'LOCALHOST', '[::1]:8000', '127.0.0.2:1'])(
    'answers by the name %s',
    async (host) => {
      expect(await asked('/.well-known/openid-configuration', { Host: host })).toEqual([
        200,
        expect.stringContaining(issuer),
      ])
    },
  )

  it('answers what it does not have with 404', async () => {
    for (const path of ['', '?', '/', '/nothing']) expect((await fetch(`${issuer}${path}`)).status).toBe(404)
  })

  it('prints nothing', () => {
    for (const print of printed) expect(print).not.toHaveBeenCalled()
  })
})

describe('a demo token', () => {
  it('is what signing in gives', async () => {
    const key = await loadSigningKey(join(folder, 'key.json'))
    const now = Math.floor(Date.now() / 1000)
    const token = await demoToken(userNamed('grace')!, { issuer, audience, key, rolesClaim, now, lifetime: 60 })
    const { payload, protectedHeader } = await verify(token)
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'at+jwt', kid: key.kid })
    expect(payload).toEqual({
      iss: issuer,
      aud: audience,
      sub: 'demo|grace',
      iat: now,
      exp: now + 60,
      name: 'Grace Hopper',
      [rolesClaim]: { roles: ['admin'] },
    })
  })
})

describe('the signing key', () => {
  it('is created once by concurrent callers, in a file that only its owner can read', async () => {
    const file = join(folder, 'made/on/demand/key.json')
    const [one, other] = await Promise.all([loadSigningKey(file), loadSigningKey(file)])
    expect(other).toEqual(one)
    expect(await loadSigningKey(file)).toEqual(one)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('does not replace a file that holds something else', async () => {
    const file = join(folder, 'notes.txt')
    await writeFile(file, 'not a key')
    await expect(loadSigningKey(file)).rejects.toThrow('does not hold a private RSA key')
    expect(await readFile(file, 'utf8')).toBe('not a key')
  })
})
