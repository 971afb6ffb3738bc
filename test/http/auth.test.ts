import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, UnsecuredJWT } from 'jose'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DISCOVERY, HERE, errorOf, roleIn, ANONYMOUS, useAuthHarness } from '../auth-harness.ts'
import { AUDIENCE, openIssuer, ROLES_CLAIM } from '../issuer.ts'
import type { TokenClaims } from '../issuer.ts'

const its = useAuthHarness()

describe('without credentials', () => {
  it.each([undefined, '', 'Bearer', 'Bearer ', 'bearer', 'Bearer undefined', 'BEARER null'])(
    'takes %j for an anonymous caller',
    async (authorization) => {
      expect(await its.gate.authenticate({ address: HERE, authorization, apiKey: '' })).toEqual(ANONYMOUS)
      expect(its.issuer.asked(DISCOVERY)).toBe(0)
    },
  )
})

const ODD_ID = 'Who signed in must have an id of at most 256 characters, without control characters.'
const KEPT = 'The token is in a name that the calendar keeps for itself.'

describe('a token', () => {
  it('tells who asks', async () => {
    expect(await its.bringNew({ name: 'Ada L.', roles: [] })).toEqual({
      actor: { role: 'observer', id: 'ada', name: 'Ada L.' },
    })
  })

  it.each<[unknown, string | undefined]>([
    [undefined, undefined],
    ['', undefined],
    [7, undefined],
    [' \u200b\u2060\n', undefined],
    ['Ada\r\nLovelace\u0000', 'Ada Lovelace'],
    ['  Ada \t  L. ', 'Ada L.'],
    ['Ada\u2028\u202eecalevoL', 'Ada ecalevoL'],
    ['Ő ☄️ 👩‍🚀 望遠鏡', 'Ő ☄️ 👩‍🚀 望遠鏡'],
    ['Ada\ud800', 'Ada\ufffd'],
    ['🔭'.repeat(300), '🔭'.repeat(256)],
    ['x'.repeat(300), 'x'.repeat(256)],
  ])('with the name %j is of %j', async (name, expected) => {
    expect((await its.bringNew({ name, roles: [] })).actor).toEqual({ role: 'observer', id: 'ada', name: expected })
  })

  it.each(['bearer', 'BEARER'])('may follow %s', async (scheme) => {
    expect(
      roleIn(await its.gate.authenticate({ address: HERE, authorization: `${scheme} ${await its.issuer.mint()}` })),
    ).toBe('observer')
  })

  it('may name the issuer with a slash at its end or without, however it is configured', async () => {
    for (const at of [its.open(), its.open({ issuer: its.sourceAt(`${its.issuer.url}/`) })]) {
      for (const iss of [its.issuer.url, `${its.issuer.url}/`])
        expect(roleIn(await its.bring(await its.issuer.mint({ iss }), at))).toBe('observer')
    }
  })

  it('with an expiry beyond all numbers is refused', async () => {
    const text = `{"iss":"${its.issuer.url}","aud":"${AUDIENCE}","sub":"ada","exp":1e400}`
    expect(errorOf(await its.bring(await its.issuer.sign(text)))).toBe(
      'unauthenticated: The token does not say when it expires.',
    )
  })

  it('may be for several audiences', async () => {
    expect(roleIn(await its.bringNew({ aud: ['https://else.test', AUDIENCE] }))).toBe('observer')
  })

  it.each<[string, TokenClaims, string]>([
    ['another issuer', { iss: 'https://else.test/' }, 'The token is from another issuer.'],
    ['an issuer that only begins the same', { iss: 'http://127.0.0.1' }, 'The token is from another issuer.'],
    ['no issuer', { iss: undefined }, 'The token is from another issuer.'],
    ['another audience', { aud: 'https://else.test' }, 'The token is for another audience.'],
    ['no audience', { aud: undefined }, 'The token is for another audience.'],
    ['no expiry', { exp: undefined }, 'The token does not say when it expires.'],
    ['an expiry in words', { exp: 'tomorrow' }, 'The token does not say when it expires.'],
    ['an expiry a minute ago', { exp: 1_899_999_940 }, 'The token has expired; sign in again.'],
    ['a beginning in 61 seconds', { nbf: 1_900_000_061 }, 'The token does not hold yet.'],
    ['a beginning in words', { nbf: 'now' }, 'The token does not hold yet.'],
    ['nobody', { sub: undefined }, 'The token does not say who signed in.'],
    ['an empty name for nobody', { sub: '' }, 'The token does not say who signed in.'],
    ['a number for somebody', { sub: 7 }, 'The token does not say who signed in.'],
    ['an id that nobody could ask for', { sub: 'x'.repeat(257) }, ODD_ID],
    ['an id of two lines', { sub: 'ada\nbo' }, ODD_ID],
    ['an id that ends in a NUL', { sub: 'ada\0' }, ODD_ID],
    ['half a character in its id', { sub: 'ada\ud800' }, ODD_ID],
    ['the id of a service', { sub: 'service:projects' }, KEPT],
    ['the word that the history has for strangers', { sub: 'anonymous' }, KEPT],
    ['the word that the history has for imports', { sub: 'import' }, KEPT],
  ])('with %s is refused', async (_, proposed, sentence) => {
    expect(errorOf(await its.bringNew(proposed))).toBe(`unauthenticated: ${sentence}`)
  })

  it.each([
    ['begins in a minute', { nbf: 1_900_000_060 }],
    ['expired 59 seconds ago', { exp: 1_899_999_941 }],
    ['was issued in the future, as after a clock has been put back', { iat: 1_900_007_200 }],
    ['has an id of 256 characters', { sub: 'é'.repeat(256) }],
    ['has an id that only looks like one of ours', { sub: 'Service:projects' }],
  ] satisfies [string, TokenClaims][])('that %s holds', async (_, proposed) => {
    expect(roleIn(await its.bringNew(proposed))).toBe('observer')
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/JWT'])(
    'may be of the type %s',
    async (typ) => {
      expect(roleIn(await its.bringNew({}, { typ }))).toBe('observer')
    },
  )

  it.each([undefined, '', 'id_token', 'logout+jwt', 'dpop+jwt', 'at+jwt ', 'text/jwt', 'xjwt', 7, ['JWT']])(
    'of the type %j is refused, and no key is looked for',
    async (typ) => {
      expect(errorOf(await its.bringNew({}, { typ }))).toBe(
        'unauthenticated: The token is of another type than JWT or at+jwt.',
      )
      expect(
        errorOf(await its.bring(await its.issuer.mint({}, { typ }), its.open({ publicKey: await its.issuer.pem() }))),
      ).toContain('another type')
      expect(its.issuer.asked(DISCOVERY)).toBe(0)
    },
  )

  it.each([
    ['Bearer x', 'The token is malformed.'],
    ['Bearer a.b.c', 'The token is malformed.'],
    ['Bearer a b', 'The token is malformed.'],
    ['Basic YTpi', 'The Authorization header must be a Bearer token.'],
    [`Bearer ${'x'.repeat(8193)}`, 'The token is too long.'],
  ])('sent as %.20s is refused', async (authorization, sentence) => {
    expect(errorOf(await its.gate.authenticate({ address: HERE, authorization }))).toBe(`unauthenticated: ${sentence}`)
  })

  it('whose signature was tampered with is refused', async () => {
    const [header, , signature] = (await its.issuer.mint()).split('.')
    const [, payload] = (await its.issuer.mint({ sub: 'bo' })).split('.')
    expect(errorOf(await its.bring(`${header}.${payload}.${signature}`))).toBe(
      'unauthenticated: The signature of the token does not hold.',
    )
  })

  it('is verified once, and refused once it has expired all the same', async () => {
    const token = await its.issuer.mint({ exp: its.time + 60, roles: [] })
    expect(roleIn(await its.bring(token))).toBe('observer')
    its.issuer.set('down')
    // And a minute, by which two clocks may differ.
    its.time += 119
    expect(roleIn(await its.bring(token))).toBe('observer')
    its.time += 1
    expect(errorOf(await its.bring(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })

  it('is verified again after five minutes', async () => {
    const token = await its.issuer.mint({ roles: [] })
    await its.bring(token)
    await its.issuer.rotate()
    await its.bringNew()
    its.time += 299
    await its.bringNew({ sub: 'bo' })
    expect(roleIn(await its.bring(token))).toBe('observer')
    its.time += 1
    expect(roleIn(await its.bring(token))).toBe('The token is signed with a key that its issuer does not publish.')
  })

  it('leaves nothing of itself in a refusal', async () => {
    const { error: rejected } = await its.bringNew({ email: 'ada@example.org', aud: 'https://else.test' })
    expect(rejected?.cause).toBeUndefined()
    expect(JSON.stringify(rejected)).not.toContain('ada')
  })

  it('is refused where no issuer and no key is configured', async () => {
    expect(errorOf(await its.bring(await its.issuer.mint(), its.open({ issuer: undefined })))).toBe(
      'unauthenticated: Signing in is not set up here.',
    )
  })
})

describe('another algorithm than RS256', () => {
  const REFUSED = 'unauthenticated: The token must be signed with RS256.'

  it('is refused when it is none', async () => {
    const token = new UnsecuredJWT({ iss: its.issuer.url, aud: AUDIENCE, sub: 'ada', exp: its.time + 60 }).encode()
    expect(await its.bring(token)).toMatchObject({ actor: { role: 'anonymous' }, error: { code: 'unauthenticated' } })
    expect(its.issuer.asked(DISCOVERY)).toBe(0)
  })

  it('is refused when it is HS256 with the public key for a secret', async () => {
    const pem = await its.issuer.pem()
    for (const secret of [pem, pem.trim()]) {
      const token = await its.issuer.mint({}, { alg: 'HS256', key: new TextEncoder().encode(secret) })
      expect(errorOf(await its.bring(token))).toBe(REFUSED)
      expect(errorOf(await its.bring(token, its.open({ publicKey: pem })))).toBe(REFUSED)
    }
  })

  it('is refused when it is ES256, though the issuer publishes such a key', async () => {
    const pair = await generateKeyPair('ES256')
    its.issuer.publish({ ...(await exportJWK(pair.publicKey)), kid: 'curve', alg: 'ES256', use: 'sig' })
    expect(errorOf(await its.bringNew({}, { alg: 'ES256', key: pair.privateKey, kid: 'curve' }))).toBe(REFUSED)
  })

  it.each(['PS256', 'RS512'])('is refused when it is %s with the same key', async (alg) => {
    const pkcs8 = await exportPKCS8((await generateKeyPair('RS256', { extractable: true })).privateKey)
    expect(errorOf(await its.bringNew({}, { alg, key: await importPKCS8(pkcs8, alg) }))).toBe(REFUSED)
  })
})

describe('a token that somebody made', () => {
  const REFUSED = 'unauthenticated: The signature of the token does not hold.'
  let mallorys: Awaited<ReturnType<typeof generateKeyPair>>
  beforeAll(async () => {
    mallorys = await generateKeyPair('RS256', { extractable: true })
  })

  it('is not checked with a key that it brings or names', async () => {
    const jwk = { ...(await exportJWK(mallorys.publicKey)), kid: 'key-0' }
    const elsewhere = await openIssuer()
    elsewhere.setUserinfo('/keys', JSON.stringify({ keys: [jwk] }))
    const where = `${elsewhere.url}/keys`
    for (const header of [
      { jwk },
      { jku: where },
      { x5u: where },
      { x5c: ['AAAA'] },
      { jwk, jku: where, x5u: where, x5t: 'AAAA' },
    ]) {
      expect(errorOf(await its.bringNew({}, { key: mallorys.privateKey, ...header }))).toBe(REFUSED)
    }
    expect(elsewhere.asked('/keys')).toBe(0)
    await elsewhere.close()
  })

  it.each([
    ['a key id that leads elsewhere', { kid: '../../keys' }],
    ['a key id of a prototype', { kid: '__proto__' }],
    ['one of SQL', { kid: "x' OR '1'='1" }],
    ['a very long one', { kid: 'k'.repeat(5000) }],
    ['a number for one', { kid: 0 }],
    ['a list', { kid: ['key-0'] }],
    ['an object', { kid: { toString: 'key-0' } }],
    ['null', { kid: null }],
  ])('with %s is refused', async (_, header) => {
    expect(errorOf(await its.bringNew({}, { key: mallorys.privateKey, ...header }))).toMatch(
      /^unauthenticated: The token (is signed with a key that|does not name its key)/,
    )
  })

  it.each([
    ['a critical extension that we do not know', { crit: ['exp'], exp: 1 }],
    ['a payload that is not encoded', { crit: ['b64'], b64: false }],
    ['a critical extension that is not there', { crit: ['b64'] }],
    ['no critical extension', { crit: [] }],
  ])('whose header has %s is refused', async (_, header) => {
    const [, payload = '', signature = ''] = (await its.issuer.mint()).split('.')
    const text = JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'key-0', ...header })
    expect(errorOf(await its.bring(`${Buffer.from(text).toString('base64url')}.${payload}.${signature}`))).toMatch(
      /^unauthenticated: The (token is malformed|signature of the token does not hold)/,
    )
  })

  it('is refused when it is a token within a token, encrypted, or unsigned behind a good one', async () => {
    const good = await its.issuer.mint()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const nested = await new CompactSign(new TextEncoder().encode(good))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'key-0', cty: 'JWT' })
      .sign(mallorys.privateKey)
    const wide = (text: string) => text.replace(/^./, (first) => `${first}=`)
    for (const token of [
      nested,
      `${good}.${payload}`,
      `${header}.${payload}`,
      `${header}.${payload}.`,
      `.${payload}.${signature}`,
      `${header}..${signature}`,
      `${good}.a.b`,
      wide(good),
      `${good}\u0000`,
      `${good},${good}`,
    ]) {
      expect(errorOf(await its.bring(token))).toMatch(
        /^unauthenticated: The (token is malformed|signature of the token does not hold)/,
      )
    }
  })

  it('is refused when claims of a good one stand in its header', async () => {
    expect(
      errorOf(await its.bringNew({}, { key: mallorys.privateKey, sub: 'grace', [ROLES_CLAIM]: { roles: ['admin'] } })),
    ).toBe(REFUSED)
  })
})

describe('a public key of our own', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'identity-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('checks tokens without looking at their key id or asking anybody', async () => {
    const publicKey = await its.issuer.pem()
    for (const at of [its.open({ publicKey }), its.open({ publicKey: publicKey.replaceAll('\n', '\\n') })]) {
      expect(
        roleIn(await its.bring(await its.issuer.mint({ roles: ['admin'], name: 'Ada' }, { kid: 'whatever' }), at)),
      ).toBe('admin')
      expect(roleIn(await its.bring(await its.issuer.mint({ roles: [], name: 'Ada' }, { kid: undefined }), at))).toBe(
        'observer',
      )
    }
    expect(its.issuer.asked(DISCOVERY) + its.issuer.asked('/keys')).toBe(0)
  })

  it('is one for any issuer, unless one is configured', async () => {
    const publicKey = await its.issuer.pem()
    const token = await its.issuer.mint({ iss: 'https://else.test/' })
    expect(roleIn(await its.bring(token, its.open({ publicKey, issuer: undefined })))).toBe('observer')
    expect(roleIn(await its.bring(token, its.open({ publicKey })))).toBe('The token is from another issuer.')
  })

  it('still checks the audience, the expiry and the signature', async () => {
    const at = its.open({ publicKey: await its.issuer.pem(), issuer: undefined })
    expect(roleIn(await its.bring(await its.issuer.mint({ aud: 'https://else.test' }), at))).toBe(
      'The token is for another audience.',
    )
    expect(roleIn(await its.bring(await its.issuer.mint({ exp: its.time - 60 }), at))).toBe(
      'The token has expired; sign in again.',
    )
    await its.issuer.rotate()
    expect(roleIn(await its.bring(await its.issuer.mint(), at))).toBe('The signature of the token does not hold.')
  })

  it('leaves roles to the /userinfo of the issuer', async () => {
    its.issuer.promote('ada', ['admin'])
    expect(roleIn(await its.bring(await its.issuer.mint(), its.open({ publicKey: await its.issuer.pem() })))).toBe(
      'admin',
    )
  })

  it('may be a certificate, as text or in a file', async () => {
    const created = await generate([{ name: 'commonName', value: 'issuer.test' }], {
      keySize: 2048,
      algorithm: 'sha256',
    })
    const certificate = join(folder, 'certificate.pem')
    writeFileSync(certificate, created.cert)
    const token = await its.issuer.mint({ roles: [] }, { key: await importPKCS8(created.private, 'RS256') })
    for (const publicKey of [certificate, created.cert]) {
      expect(roleIn(await its.bring(token, its.open({ publicKey })))).toBe('observer')
    }
  })

  it('must be there and be an RSA key', () => {
    const file = join(folder, 'key.pem')
    expect(() => its.open({ publicKey: file })).toThrow()
    writeFileSync(file, 'no key')
    expect(() => its.open({ publicKey: file })).toThrow()
  })
})

describe('a service key', () => {
  it('tells which service asks', async () => {
    expect(await its.gate.authenticate({ address: HERE, apiKey: 'key of the site' })).toEqual({
      actor: { role: 'service', id: 'service:site', name: 'site' },
    })
  })

  it('goes before a token', async () => {
    expect(
      roleIn(
        await its.gate.authenticate({
          address: HERE,
          apiKey: 'key of projects',
          authorization: `Bearer ${await its.issuer.mint()}`,
        }),
      ),
    ).toBe('service')
  })

  it.each(['key of', 'key of projects ', 'KEY OF PROJECTS', 'projects'])(
    'that is wrong, as %j, is refused, with a good token too',
    async (apiKey) => {
      const authorization = `Bearer ${await its.issuer.mint()}`
      expect(errorOf(await its.gate.authenticate({ address: HERE, apiKey, authorization }))).toBe(
        'unauthenticated: The service key is not known.',
      )
    },
  )

  it('is refused where there are none, and an empty one counts as none', async () => {
    const at = its.open({ serviceKeys: new Map() })
    expect(roleIn(await at.authenticate({ address: HERE, apiKey: 'key of projects' }))).toBe(
      'The service key is not known.',
    )
    expect(
      await its.open({ serviceKeys: new Map([['broken', '']]) }).authenticate({ address: HERE, apiKey: '' }),
    ).toEqual(ANONYMOUS)
  })
})

describe('wrong service keys', () => {
  const TOO_MANY = 'rate_limited: Too many wrong service keys from your address; please wait a minute.'
  const bring = (apiKey: string, address = HERE) => its.gate.authenticate({ apiKey, address })
  const guess = async (count: number, address?: string) => {
    const refusals = []
    for (let n = 0; n < count; n += 1) refusals.push(errorOf(await bring(`guess ${n}`, address)))
    return refusals
  }

  it('are limited in rate for each address, and so is the right one among them', async () => {
    expect(new Set(await guess(100))).toEqual(new Set(['unauthenticated: The service key is not known.']))
    for (const key of ['one more', 'key of projects']) expect(errorOf(await bring(key))).toBe(TOO_MANY)
    expect(roleIn(await bring('key of projects', '203.0.113.6'))).toBe('service')
    its.time += 60
    expect(roleIn(await bring('key of projects'))).toBe('service')
  })

  it('keep no service out that has come from there before, and do not show whose key is right', async () => {
    expect(roleIn(await bring('key of projects'))).toBe('service')
    await guess(120)
    expect(roleIn(await bring('key of projects'))).toBe('service')
    for (const key of ['key of the site', 'one more']) expect(errorOf(await bring(key))).toBe(TOO_MANY)
  })

  it('are not counted where they are right', async () => {
    for (let n = 0; n < 50; n += 1) expect(roleIn(await bring('key of projects'))).toBe('service')
    expect(new Set(await guess(100))).toEqual(new Set(['unauthenticated: The service key is not known.']))
  })

  it('keep out nobody who has a token', async () => {
    await guess(120)
    expect(roleIn(await its.bringNew())).toBe('observer')
  })
})
