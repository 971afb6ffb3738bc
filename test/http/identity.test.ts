import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, exportPKCS8, generateKeyPair, importPKCS8, UnsecuredJWT } from 'jose'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identity } from '../../src/http/identity.ts'
import type { Asker, Identity, IdentityOptions } from '../../src/http/identity.ts'
import { readPublicKey } from '../../src/ops/public-key.ts'
import { issuerAt } from '../../src/sources/issuer.ts'
import { AUDIENCE, openIssuer, ROLES_CLAIM } from '../issuer.ts'
import type { Signature, TestIssuer, Wish } from '../issuer.ts'

const DISCOVERY = '/.well-known/openid-configuration'
const STRANGER = { actor: { role: 'anonymous' } }

let time: number
/** By how much the time of day has been put back. */
let putBack: number
let reports: string[]
let issuer: TestIssuer
let gate: Identity

const now = () => time
const elapsed = () => time + putBack
const report = (message: string, error: unknown) => void reports.push(`${message} ${String(error)}`)
const sourceAt = (url: string) => issuerAt(url, { rolesClaim: ROLES_CLAIM, elapsed, report })
const open = ({ publicKey, ...options }: Omit<Partial<IdentityOptions>, 'publicKey'> & { publicKey?: string } = {}) =>
  identity({
    publicKey: publicKey === undefined ? undefined : readPublicKey(publicKey),
    issuer: sourceAt(issuer.url), audience: AUDIENCE, rolesClaim: ROLES_CLAIM, now, elapsed,
    serviceKeys: new Map([['projects', 'key of projects'], ['site', 'key of the site']]),
    ...options,
  })
const bring = (token: string, at = gate) => at.of({ authorization: `Bearer ${token}` })
const bringNew = async (wish?: Wish, signature?: Signature) => bring(await issuer.mint(wish, signature))
const refusalOf = ({ actor, refused }: Asker) => {
  expect(actor).toEqual({ role: 'anonymous' })
  return `${refused?.code}: ${refused?.message}`
}
const roleIn = ({ actor, refused }: Asker) => refused?.message ?? actor.role
/** What is done in the background on loopback is done by then. */
const settled = () => new Promise((done) => { setTimeout(done, 100) })

beforeEach(async () => {
  time = 1_900_000_000
  putBack = 0
  reports = []
  issuer = await openIssuer({ now })
  gate = open()
})
afterEach(() => issuer.close())

describe('without credentials', () => {
  it.each([undefined, '', 'Bearer', 'Bearer ', 'bearer', 'Bearer undefined', 'BEARER null'])('takes %j for a stranger', async (authorization) => {
    expect(await gate.of({ authorization, apiKey: '' })).toEqual(STRANGER)
    expect(issuer.asked(DISCOVERY)).toBe(0)
  })
})

describe('a token', () => {
  it('tells who asks', async () => {
    expect(await bringNew({ name: 'Ada L.', roles: [] })).toEqual({ actor: { role: 'observer', id: 'ada', name: 'Ada L.' } })
  })

  it.each([undefined, '', 7])('with the name %j is of an Observer', async (name) => {
    expect((await bringNew({ name })).actor).toMatchObject({ name: 'Observer' })
  })

  it.each(['bearer', 'BEARER'])('may follow %s', async (scheme) => {
    expect(roleIn(await gate.of({ authorization: `${scheme} ${await issuer.mint()}` }))).toBe('observer')
  })

  it('may name the issuer with a slash at its end or without, however it is configured', async () => {
    for (const at of [open(), open({ issuer: sourceAt(`${issuer.url}/`) })]) {
      for (const iss of [issuer.url, `${issuer.url}/`]) expect(roleIn(await bring(await issuer.mint({ iss }), at))).toBe('observer')
    }
  })

  it('may be for several audiences', async () => {
    expect(roleIn(await bringNew({ aud: ['https://else.test', AUDIENCE] }))).toBe('observer')
  })

  it.each<[string, Wish, string]>([
    ['another issuer', { iss: 'https://else.test/' }, 'The token is from another issuer.'],
    ['an issuer that only begins the same', { iss: 'http://127.0.0.1' }, 'The token is from another issuer.'],
    ['no issuer', { iss: undefined }, 'The token is from another issuer.'],
    ['another audience', { aud: 'https://else.test' }, 'The token is for another audience.'],
    ['no audience', { aud: undefined }, 'The token is for another audience.'],
    ['no expiry', { exp: undefined }, 'The token does not say when it expires.'],
    ['an expiry in words', { exp: 'tomorrow' }, 'The token does not say when it expires.'],
    ['an expiry now', { exp: 1_900_000_000 }, 'The token has expired; sign in again.'],
    ['a beginning in a second', { nbf: 1_900_000_001 }, 'The token does not hold yet.'],
    ['nobody', { sub: undefined }, 'The token does not say who signed in.'],
    ['an empty name for nobody', { sub: '' }, 'The token does not say who signed in.'],
    ['a number for somebody', { sub: 7 }, 'The token does not say who signed in.'],
    ['the id of a service', { sub: 'service:projects' }, 'The token is in the name of a service.'],
  ])('with %s is refused', async (_, wish, sentence) => {
    expect(refusalOf(await bringNew(wish))).toBe(`unauthenticated: ${sentence}`)
  })

  it('that begins now and expires in a second holds', async () => {
    expect(roleIn(await bringNew({ nbf: time, exp: time + 1 }))).toBe('observer')
  })

  it.each([
    ['Bearer x', 'The token is malformed.'],
    ['Bearer a.b.c', 'The token is malformed.'],
    ['Bearer a b', 'The token is malformed.'],
    ['Basic YTpi', 'The Authorization header must be a Bearer token.'],
    [`Bearer ${'x'.repeat(8193)}`, 'The token is too long.'],
  ])('sent as %.20s is refused', async (authorization, sentence) => {
    expect(refusalOf(await gate.of({ authorization }))).toBe(`unauthenticated: ${sentence}`)
  })

  it('whose signature was tampered with is refused', async () => {
    const [header, , signature] = (await issuer.mint()).split('.')
    const [, payload] = (await issuer.mint({ sub: 'bo' })).split('.')
    expect(refusalOf(await bring(`${header}.${payload}.${signature}`))).toBe('unauthenticated: The signature of the token does not hold.')
  })

  it('is verified once, and refused once it has expired all the same', async () => {
    const token = await issuer.mint({ exp: time + 60, roles: [] })
    expect(roleIn(await bring(token))).toBe('observer')
    issuer.set('down')
    time += 59
    expect(roleIn(await bring(token))).toBe('observer')
    time += 1
    expect(refusalOf(await bring(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })

  it('is verified again after five minutes', async () => {
    const token = await issuer.mint({ roles: [] })
    await bring(token)
    await issuer.rotate()
    await bringNew()
    time += 299
    await bringNew({ sub: 'bo' })
    expect(roleIn(await bring(token))).toBe('observer')
    time += 1
    expect(roleIn(await bring(token))).toBe('The token is signed with a key that its issuer does not publish.')
  })

  it('leaves nothing of itself in a refusal', async () => {
    const { refused } = await bringNew({ email: 'ada@example.org', aud: 'https://else.test' })
    expect(refused?.cause).toBeUndefined()
    expect(JSON.stringify(refused)).not.toContain('ada')
  })

  it('is refused where no issuer and no key is configured', async () => {
    expect(refusalOf(await bring(await issuer.mint(), open({ issuer: undefined })))).toBe('unauthenticated: Signing in is not set up here.')
  })
})

describe('another algorithm than RS256', () => {
  const REFUSED = 'unauthenticated: The token must be signed with RS256.'

  it('is refused when it is none', async () => {
    const token = new UnsecuredJWT({ iss: issuer.url, aud: AUDIENCE, sub: 'ada', exp: time + 60 }).encode()
    expect(await bring(token)).toMatchObject({ actor: { role: 'anonymous' }, refused: { code: 'unauthenticated' } })
    expect(issuer.asked(DISCOVERY)).toBe(0)
  })

  it('is refused when it is HS256 with the public key for a secret', async () => {
    const pem = await issuer.pem()
    for (const secret of [pem, pem.trim()]) {
      const token = await issuer.mint({}, { alg: 'HS256', key: new TextEncoder().encode(secret) })
      expect(refusalOf(await bring(token))).toBe(REFUSED)
      expect(refusalOf(await bring(token, open({ publicKey: pem })))).toBe(REFUSED)
    }
  })

  it('is refused when it is ES256, though the issuer publishes such a key', async () => {
    const pair = await generateKeyPair('ES256')
    issuer.publish({ ...(await exportJWK(pair.publicKey)), kid: 'curve', alg: 'ES256', use: 'sig' })
    expect(refusalOf(await bringNew({}, { alg: 'ES256', key: pair.privateKey, kid: 'curve' }))).toBe(REFUSED)
  })

  it.each(['PS256', 'RS512'])('is refused when it is %s with the same key', async (alg) => {
    const pkcs8 = await exportPKCS8((await generateKeyPair('RS256', { extractable: true })).privateKey)
    expect(refusalOf(await bringNew({}, { alg, key: await importPKCS8(pkcs8, alg) }))).toBe(REFUSED)
  })
})

describe('the keys of the issuer', () => {
  const UNKNOWN = 'unauthenticated: The token is signed with a key that its issuer does not publish.'

  it('are asked for once, by whoever comes first and all who come meanwhile', async () => {
    const tokens = await Promise.all(['ada', 'bo', 'cy'].map((sub) => issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(tokens.map((token) => bring(token)))).map(roleIn)).toEqual(['observer', 'observer', 'observer'])
    expect([issuer.asked(DISCOVERY), issuer.asked('/keys')]).toEqual([1, 1])
  })

  it('must be named', async () => {
    expect(refusalOf(await bringNew({}, { kid: undefined }))).toBe('unauthenticated: The token does not name its key.')
  })

  it('may change: an unknown key is asked for, at most every 30 seconds and once for all', async () => {
    await bringNew()
    await issuer.rotate()
    time += 29
    expect(refusalOf(await bringNew())).toBe(UNKNOWN)
    expect(issuer.asked('/keys')).toBe(1)
    time += 1
    const tokens = await Promise.all(['ada', 'bo'].map((sub) => issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(tokens.map((token) => bring(token)))).map(roleIn)).toEqual(['observer', 'observer'])
    expect(issuer.asked('/keys')).toBe(2)
    for (let n = 0; n < 5; n++) expect(refusalOf(await bringNew({}, { kid: `made up ${n}` }))).toBe(UNKNOWN)
    expect(issuer.asked('/keys')).toBe(2)
  })

  it('are refreshed in the background after ten minutes', async () => {
    await bringNew({ roles: [] })
    const early = await issuer.mint({ sub: 'bo', roles: [] })
    await issuer.rotate()
    time += 601
    expect(roleIn(await bring(early))).toBe('observer')
    await settled()
    expect(issuer.asked('/keys')).toBe(2)
    expect(roleIn(await bringNew({ roles: [] }))).toBe('observer')
    expect(issuer.asked('/keys')).toBe(2)
  })

  it('serve on while the issuer is down, which is reported, and are asked for again until it is up', async () => {
    await bringNew({ roles: [] })
    issuer.set('down')
    time += 7200
    for (const sub of ['bo', 'cy']) {
      expect(roleIn(await bringNew({ sub, roles: [] }))).toBe('observer')
      await settled()
    }
    expect(issuer.asked('/keys')).toBe(2)
    expect(reports).not.toEqual([])
    expect(refusalOf(await bringNew({}, { kid: 'new' }))).toMatch(/^unavailable: /)
    issuer.set('up')
    time += 30
    await bringNew({ sub: 'dee', roles: [] })
    await settled()
    expect(issuer.asked('/keys')).toBe(3)
  })

  it('are unavailable, not wrong, when they were never had; and are tried again soon', async () => {
    issuer.set('down')
    expect(refusalOf(await bringNew())).toBe('unavailable: Sign-ins cannot be checked at the moment; try again soon.')
    const tries = issuer.asked(DISCOVERY)
    expect(refusalOf(await bringNew())).toMatch(/^unavailable: /)
    expect(issuer.asked(DISCOVERY)).toBe(tries)
    issuer.set('up')
    time += 5
    expect(roleIn(await bringNew())).toBe('observer')
  })

  it('are unavailable after five seconds of silence', async () => {
    issuer.set('hanging')
    const from = performance.now()
    expect(refusalOf(await bringNew())).toMatch(/^unavailable: /)
    expect(performance.now() - from).toBeLessThan(6000)
  })

  it.each([
    ['text', 'a page'], ['a list', '[]'], ['no keys', '{}'], ['nothing', ''], ['too much', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`],
  ])('are unavailable when the issuer answers with %s', async (_, text) => {
    issuer.say('/keys', text)
    expect(refusalOf(await bringNew())).toMatch(/^unavailable: /)
  })

  it('and roles are found where Auth0 has them when the issuer does not say where', async () => {
    await issuer.close()
    issuer = await openIssuer({ now, discovery: false })
    gate = open()
    issuer.promote('ada', ['admin'])
    expect(roleIn(await bringNew())).toBe('admin')
    expect([issuer.asked('/.well-known/jwks.json'), issuer.asked('/userinfo')]).toEqual([1, 1])
  })
})

describe('a time of day', () => {
  const putBackAnHour = () => {
    time -= 3600
    putBack += 3600
  }

  it('that is put back keeps nobody out for longer than the pause between two tries', async () => {
    issuer.set('down')
    expect(refusalOf(await bringNew())).toMatch(/^unavailable: /)
    issuer.set('up')
    putBackAnHour()
    time += 5
    expect(roleIn(await bringNew({ roles: [] }))).toBe('observer')
    await issuer.rotate()
    putBackAnHour()
    time += 30
    expect(roleIn(await bringNew({ roles: [] }))).toBe('observer')
  })

  it('that is put back does not keep old keys fresh', async () => {
    await bringNew({ roles: [] })
    putBackAnHour()
    time += 601
    await bringNew({ sub: 'bo', roles: [] })
    await settled()
    expect(issuer.asked('/keys')).toBe(2)
  })

  it('that is put back does not keep a verified token', async () => {
    const token = await issuer.mint({ exp: time + 86_400, roles: [] })
    expect(roleIn(await bring(token))).toBe('observer')
    await issuer.rotate()
    putBackAnHour()
    time += 300
    await bringNew({ sub: 'bo' })
    expect(roleIn(await bring(token))).toBe('The token is signed with a key that its issuer does not publish.')
  })

  it('that is put back does not keep what was said of roles', async () => {
    issuer.promote('ada', ['admin'])
    const token = await issuer.mint({ exp: time + 86_400 })
    expect(roleIn(await bring(token))).toBe('admin')
    issuer.promote('ada', [])
    putBackAnHour()
    time += 600
    expect(roleIn(await bring(token))).toBe('observer')
  })

  it('that is put forward ends a known token at its expiry, however little time has gone by', async () => {
    const token = await issuer.mint({ exp: time + 60, roles: [] })
    expect(roleIn(await bring(token))).toBe('observer')
    putBack -= 60
    time += 60
    expect(refusalOf(await bring(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })
})

describe('an admin', () => {
  it.each<[string, readonly unknown[], string]>([
    ['admin', ['observer', 'admin'], 'admin'],
    ['superadministrator', ['superadministrator'], 'observer'],
    ['Admin', ['Admin', ' admin', ['admin']], 'observer'],
    ['nothing', [], 'observer'],
  ])('is made by a token whose roles say exactly so, not by %s', async (_, roles, role) => {
    issuer.promote('ada', ['admin'])
    expect(roleIn(await bringNew({ roles }))).toBe(role)
    expect(issuer.asked('/me')).toBe(0)
  })

  it.each(['admin', { roles: 'admin' }, { admin: true }, null, ['admin']])('is not made by the claim %j', async (claim) => {
    expect(roleIn(await bringNew({ [ROLES_CLAIM]: claim }))).toBe('observer')
  })

  it('is made by /userinfo when the token is silent, asked once in ten minutes', async () => {
    issuer.promote('ada', ['admin'])
    const token = await issuer.mint()
    expect((await Promise.all([bring(token), bring(token)])).map(roleIn)).toEqual(['admin', 'admin'])
    issuer.promote('ada', ['superadministrator'])
    time += 599
    expect(roleIn(await bring(token))).toBe('admin')
    expect(issuer.asked('/me')).toBe(1)
    time += 1
    expect(roleIn(await bring(token))).toBe('observer')
    expect(issuer.asked('/me')).toBe(2)
  })

  it('is not made by a /userinfo that is silent too', async () => {
    expect(roleIn(await bringNew())).toBe('observer')
  })

  it('is nobody while /userinfo is down, and for half a minute after it was', async () => {
    issuer.promote('ada', ['admin'])
    issuer.set('down', '/me')
    const token = await issuer.mint()
    expect(await bring(token)).toEqual({ actor: { role: 'observer', id: 'ada', name: 'Observer' } })
    issuer.set('up', '/me')
    const tries = issuer.asked('/me')
    time += 29
    expect(roleIn(await bring(token))).toBe('observer')
    expect(issuer.asked('/me')).toBe(tries)
    time += 1
    expect(roleIn(await bring(token))).toBe('admin')
  })

  it('is nobody when /userinfo is silent for two seconds', async () => {
    issuer.set('hanging', '/me')
    const from = performance.now()
    expect(roleIn(await bringNew())).toBe('observer')
    expect(performance.now() - from).toBeLessThan(3000)
  })

  it('leaves nothing of a person in the log when /userinfo is broken', async () => {
    issuer.say('/me', 'ada@example.org is not JSON')
    const token = await issuer.mint()
    expect(roleIn(await bring(token))).toBe('observer')
    expect(reports).toHaveLength(1)
    expect(reports[0]).not.toMatch(/ada|example\.org/)
    expect(reports[0]).not.toContain(token)
  })
})

describe('a public key of our own', () => {
  let folder: string
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'identity-')) })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('checks tokens without looking at their key id or asking anybody', async () => {
    const publicKey = await issuer.pem()
    for (const at of [open({ publicKey }), open({ publicKey: publicKey.replaceAll('\n', '\\n') })]) {
      expect(roleIn(await bring(await issuer.mint({ roles: ['admin'] }, { kid: 'whatever' }), at))).toBe('admin')
      expect(roleIn(await bring(await issuer.mint({ roles: [] }, { kid: undefined }), at))).toBe('observer')
    }
    expect(issuer.asked(DISCOVERY) + issuer.asked('/keys')).toBe(0)
  })

  it('is one for any issuer, unless one is configured', async () => {
    const publicKey = await issuer.pem()
    const token = await issuer.mint({ iss: 'https://else.test/' })
    expect(roleIn(await bring(token, open({ publicKey, issuer: undefined })))).toBe('observer')
    expect(roleIn(await bring(token, open({ publicKey })))).toBe('The token is from another issuer.')
  })

  it('still checks the audience, the expiry and the signature', async () => {
    const at = open({ publicKey: await issuer.pem(), issuer: undefined })
    expect(roleIn(await bring(await issuer.mint({ aud: 'https://else.test' }), at))).toBe('The token is for another audience.')
    expect(roleIn(await bring(await issuer.mint({ exp: time }), at))).toBe('The token has expired; sign in again.')
    await issuer.rotate()
    expect(roleIn(await bring(await issuer.mint(), at))).toBe('The signature of the token does not hold.')
  })

  it('leaves roles to the /userinfo of the issuer', async () => {
    issuer.promote('ada', ['admin'])
    expect(roleIn(await bring(await issuer.mint(), open({ publicKey: await issuer.pem() })))).toBe('admin')
  })

  it('may be a certificate, as text or in a file', async () => {
    const made = await generate([{ name: 'commonName', value: 'issuer.test' }], { keySize: 2048, algorithm: 'sha256' })
    const certificate = join(folder, 'certificate.pem')
    writeFileSync(certificate, made.cert)
    const token = await issuer.mint({ roles: [] }, { key: await importPKCS8(made.private, 'RS256') })
    for (const publicKey of [certificate, made.cert]) {
      expect(roleIn(await bring(token, open({ publicKey })))).toBe('observer')
    }
  })

  it('must be there and be an RSA key', () => {
    const file = join(folder, 'key.pem')
    expect(() => open({ publicKey: file })).toThrow()
    writeFileSync(file, 'no key')
    expect(() => open({ publicKey: file })).toThrow()
  })
})

describe('a service key', () => {
  it('tells which service asks', async () => {
    expect(await gate.of({ apiKey: 'key of the site' })).toEqual({ actor: { role: 'service', id: 'service:site', name: 'site' } })
  })

  it('goes before a token', async () => {
    expect(roleIn(await gate.of({ apiKey: 'key of projects', authorization: `Bearer ${await issuer.mint()}` }))).toBe('service')
  })

  it.each(['key of', 'key of projects ', 'KEY OF PROJECTS', 'projects'])('that is wrong, as %j, is refused, with a good token too', async (apiKey) => {
    const authorization = `Bearer ${await issuer.mint()}`
    expect(refusalOf(await gate.of({ apiKey, authorization }))).toBe('unauthenticated: The service key is not known.')
  })

  it('is refused where there are none, and an empty one counts as none', async () => {
    const at = open({ serviceKeys: new Map() })
    expect(roleIn(await at.of({ apiKey: 'key of projects' }))).toBe('The service key is not known.')
    expect(await open({ serviceKeys: new Map([['broken', '']]) }).of({ apiKey: '' })).toEqual(STRANGER)
  })
})
