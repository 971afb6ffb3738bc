import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CompactSign, exportJWK, exportPKCS8, generateKeyPair, importPKCS8, UnsecuredJWT } from 'jose'
import { generate } from 'selfsigned'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { DISCOVERY, HERE, errorOf, roleIn, ANONYMOUS, useAuthHarness } from '../auth-harness.ts'
import { AUDIENCE, FOREIGN_PAIR, openIssuer, ROLES_CLAIM, rsaPair } from '../issuer.ts'
import type { TokenClaims } from '../issuer.ts'

const auth = useAuthHarness()

describe('a request without credentials', () => {
  it.each([undefined, '', 'Bearer', 'Bearer ', 'bearer', 'Bearer undefined', 'BEARER null'])(
    'is anonymous, with the Authorization header %j',
    async (authorization) => {
      expect(await auth.authenticator.authenticate({ address: HERE, authorization, apiKey: '' })).toEqual(ANONYMOUS)
      expect(auth.issuer.requestsTo(DISCOVERY)).toBe(0)
    },
  )
})

const ODD_ID = 'Who signed in must have an id of at most 256 characters, without control characters.'
const KEPT = 'The token is in a name that the calendar keeps for itself.'

describe('a token', () => {
  it('identifies an observer', async () => {
    expect(await auth.authenticateNew({ name: 'Ada L.', roles: [] })).toEqual({
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
  ])('with the name claim %j gives the observer the name %j', async (name, expected) => {
    expect((await auth.authenticateNew({ name, roles: [] })).actor).toEqual({
      role: 'observer',
      id: 'ada',
      name: expected,
    })
  })

  it.each(['bearer', 'BEARER'])('is accepted after the scheme %s', async (scheme) => {
    expect(
      roleIn(
        await auth.authenticator.authenticate({
          address: HERE,
          authorization: `${scheme} ${await auth.issuer.mint()}`,
        }),
      ),
    ).toBe('observer')
  })

  it('may name its issuer with or without a trailing slash', async () => {
    for (const at of [auth.open(), auth.open({ issuer: auth.sourceAt(`${auth.issuer.url}/`) })]) {
      for (const iss of [auth.issuer.url, `${auth.issuer.url}/`])
        expect(roleIn(await auth.authenticate(await auth.issuer.mint({ iss }), at))).toBe('observer')
    }
  })

  it('with an infinite expiry is rejected', async () => {
    const text = `{"iss":"${auth.issuer.url}","aud":"${AUDIENCE}","sub":"ada","exp":1e400}`
    expect(errorOf(await auth.authenticate(await auth.issuer.sign(text)))).toBe(
      'unauthenticated: The token does not say when it expires.',
    )
  })

  it('may have several audiences', async () => {
    expect(roleIn(await auth.authenticateNew({ aud: ['https://else.test', AUDIENCE] }))).toBe('observer')
  })

  it.each<[string, TokenClaims, string]>([
    ['another issuer', { iss: 'https://else.test/' }, 'The token is from another issuer.'],
    ['a prefix of the issuer', { iss: 'http://127.0.0.1' }, 'The token is from another issuer.'],
    ['no issuer', { iss: undefined }, 'The token is from another issuer.'],
    ['another audience', { aud: 'https://else.test' }, 'The token is for another audience.'],
    ['no audience', { aud: undefined }, 'The token is for another audience.'],
    ['no expiry', { exp: undefined }, 'The token does not say when it expires.'],
    ['an expiry that is not a number', { exp: 'tomorrow' }, 'The token does not say when it expires.'],
    ['an expiry a minute ago', { exp: 1_899_999_940 }, 'The token has expired; sign in again.'],
    ['a not-before time in 61 seconds', { nbf: 1_900_000_061 }, 'The token does not hold yet.'],
    ['a not-before time that is not a number', { nbf: 'now' }, 'The token does not hold yet.'],
    ['no subject', { sub: undefined }, 'The token does not say who signed in.'],
    ['an empty subject', { sub: '' }, 'The token does not say who signed in.'],
    ['a number as its subject', { sub: 7 }, 'The token does not say who signed in.'],
    ['a subject of 257 characters', { sub: 'x'.repeat(257) }, ODD_ID],
    ['a line feed in its subject', { sub: 'ada\nbo' }, ODD_ID],
    ['a NUL in its subject', { sub: 'ada\0' }, ODD_ID],
    ['half a surrogate pair in its subject', { sub: 'ada\ud800' }, ODD_ID],
    ['the id of a service as its subject', { sub: 'service:projects' }, KEPT],
    ['the reserved subject anonymous', { sub: 'anonymous' }, KEPT],
    ['the reserved subject import', { sub: 'import' }, KEPT],
  ])('with %s is rejected', async (_, proposed, sentence) => {
    expect(errorOf(await auth.authenticateNew(proposed))).toBe(`unauthenticated: ${sentence}`)
  })

  it.each([
    ['becomes valid in 60 seconds', { nbf: 1_900_000_060 }],
    ['expired 59 seconds ago', { exp: 1_899_999_941 }],
    ['was issued in the future, as after a clock was set back', { iat: 1_900_007_200 }],
    ['has a subject of 256 characters', { sub: 'é'.repeat(256) }],
    ['has a subject that resembles the id of a service', { sub: 'Service:projects' }],
  ] satisfies [string, TokenClaims][])('that %s is accepted', async (_, proposed) => {
    expect(roleIn(await auth.authenticateNew(proposed))).toBe('observer')
  })

  it.each(['JWT', 'jwt', 'at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/JWT'])(
    'of the type %s is accepted',
    async (typ) => {
      expect(roleIn(await auth.authenticateNew({}, { typ }))).toBe('observer')
    },
  )

  it.each([undefined, '', 'id_token', 'logout+jwt', 'dpop+jwt', 'at+jwt ', 'text/jwt', 'xjwt', 7, ['JWT']])(
    'of the type %j is rejected without a request to the issuer',
    async (typ) => {
      expect(errorOf(await auth.authenticateNew({}, { typ }))).toBe(
        'unauthenticated: The token is of another type than JWT or at+jwt.',
      )
      expect(
        errorOf(
          await auth.authenticate(
            await auth.issuer.mint({}, { typ }),
            auth.open({ publicKey: await auth.issuer.pem() }),
          ),
        ),
      ).toContain('another type')
      expect(auth.issuer.requestsTo(DISCOVERY)).toBe(0)
    },
  )

  it.each([
    ['one word', 'Bearer x', 'The token is malformed.'],
    ['three invalid parts', 'Bearer a.b.c', 'The token is malformed.'],
    ['two words', 'Bearer a b', 'The token is malformed.'],
    ['Basic authentication', 'Basic YTpi', 'The Authorization header must be a Bearer token.'],
    ['8193 characters', `Bearer ${'x'.repeat(8193)}`, 'The token is too long.'],
  ])('of %s is rejected', async (_, authorization, sentence) => {
    expect(errorOf(await auth.authenticator.authenticate({ address: HERE, authorization }))).toBe(
      `unauthenticated: ${sentence}`,
    )
  })

  it('with the signature of another token is rejected', async () => {
    const [header, , signature] = (await auth.issuer.mint()).split('.')
    const [, payload] = (await auth.issuer.mint({ sub: 'bo' })).split('.')
    expect(errorOf(await auth.authenticate(`${header}.${payload}.${signature}`))).toBe(
      'unauthenticated: The signature of the token does not hold.',
    )
  })

  it('is verified once, and still rejected when it has expired', async () => {
    const token = await auth.issuer.mint({ exp: auth.time + 60, roles: [] })
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    auth.issuer.set('down')
    // With the 60 seconds by which two clocks may differ.
    auth.time += 119
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    auth.time += 1
    expect(errorOf(await auth.authenticate(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })

  it('is verified again after five minutes', async () => {
    const token = await auth.issuer.mint({ roles: [] })
    await auth.authenticate(token)
    await auth.issuer.rotate()
    await auth.authenticateNew()
    auth.time += 299
    await auth.authenticateNew({ sub: 'bo' })
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    auth.time += 1
    expect(roleIn(await auth.authenticate(token))).toBe(
      'The token is signed with a key that its issuer does not publish.',
    )
  })

  it('is not quoted in an error', async () => {
    const { error: rejected } = await auth.authenticateNew({ email: 'ada@example.org', aud: 'https://else.test' })
    expect(rejected?.cause).toBeUndefined()
    expect(JSON.stringify(rejected)).not.toContain('ada')
  })

  it('is rejected if neither an issuer nor a key is configured', async () => {
    expect(errorOf(await auth.authenticate(await auth.issuer.mint(), auth.open({ issuer: undefined })))).toBe(
      'unauthenticated: Signing in is not set up here.',
    )
  })
})

describe('a token with another algorithm than RS256', () => {
  const REFUSED = 'unauthenticated: The token must be signed with RS256.'

  it('is rejected if the algorithm is none', async () => {
    const token = new UnsecuredJWT({ iss: auth.issuer.url, aud: AUDIENCE, sub: 'ada', exp: auth.time + 60 }).encode()
    expect(await auth.authenticate(token)).toMatchObject({
      actor: { role: 'anonymous' },
      error: { code: 'unauthenticated' },
    })
    expect(auth.issuer.requestsTo(DISCOVERY)).toBe(0)
  })

  it('is rejected if it is HS256 with the public key as the secret', async () => {
    const pem = await auth.issuer.pem()
    for (const secret of [pem, pem.trim()]) {
      const token = await auth.issuer.mint({}, { alg: 'HS256', key: new TextEncoder().encode(secret) })
      expect(errorOf(await auth.authenticate(token))).toBe(REFUSED)
      expect(errorOf(await auth.authenticate(token, auth.open({ publicKey: pem })))).toBe(REFUSED)
    }
  })

  it('is rejected if it is ES256, although the issuer publishes such a key', async () => {
    const pair = await generateKeyPair('ES256')
    auth.issuer.publish({ ...(await exportJWK(pair.publicKey)), kid: 'curve', alg: 'ES256', use: 'sig' })
    expect(errorOf(await auth.authenticateNew({}, { alg: 'ES256', key: pair.privateKey, kid: 'curve' }))).toBe(REFUSED)
  })

  it.each(['PS256', 'RS512'])('is rejected if it is %s with the key of the issuer', async (alg) => {
    const pkcs8 = await exportPKCS8((await rsaPair(0)).privateKey)
    expect(errorOf(await auth.authenticateNew({}, { alg, key: await importPKCS8(pkcs8, alg) }))).toBe(REFUSED)
  })
})

describe('a forged token', () => {
  const REFUSED = 'unauthenticated: The signature of the token does not hold.'
  let forgers: Awaited<ReturnType<typeof rsaPair>>
  beforeAll(async () => {
    forgers = await rsaPair(FOREIGN_PAIR)
  })

  it('is not verified with a key that it embeds or links', async () => {
    const jwk = { ...(await exportJWK(forgers.publicKey)), kid: 'key-0' }
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
      expect(errorOf(await auth.authenticateNew({}, { key: forgers.privateKey, ...header }))).toBe(REFUSED)
    }
    expect(elsewhere.requestsTo('/keys')).toBe(0)
    await elsewhere.close()
  })

  it.each([
    ['a path as its key id', { kid: '../../keys' }],
    ['the key id __proto__', { kid: '__proto__' }],
    ['SQL as its key id', { kid: "x' OR '1'='1" }],
    ['a key id of 5000 characters', { kid: 'k'.repeat(5000) }],
    ['a number as its key id', { kid: 0 }],
    ['a list as its key id', { kid: ['key-0'] }],
    ['an object as its key id', { kid: { toString: 'key-0' } }],
    ['null as its key id', { kid: null }],
  ])('with %s is rejected', async (_, header) => {
    expect(errorOf(await auth.authenticateNew({}, { key: forgers.privateKey, ...header }))).toMatch(
      /^unauthenticated: The token (is signed with a key that|does not name its key)/,
    )
  })

  it.each([
    ['an unknown critical extension', { crit: ['exp'], exp: 1 }],
    ['an unencoded payload', { crit: ['b64'], b64: false }],
    ['a missing critical extension', { crit: ['b64'] }],
    ['an empty list of critical extensions', { crit: [] }],
  ])('whose header has %s is rejected', async (_, header) => {
    const [, payload = '', signature = ''] = (await auth.issuer.mint()).split('.')
    const text = JSON.stringify({ alg: 'RS256', typ: 'JWT', kid: 'key-0', ...header })
    expect(
      errorOf(await auth.authenticate(`${Buffer.from(text).toString('base64url')}.${payload}.${signature}`)),
    ).toMatch(/^unauthenticated: The (token is malformed|signature of the token does not hold)/)
  })

  it('is rejected if it is nested, unsigned, or an altered copy of a valid token', async () => {
    const good = await auth.issuer.mint()
    const [header = '', payload = '', signature = ''] = good.split('.')
    const nested = await new CompactSign(new TextEncoder().encode(good))
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: 'key-0', cty: 'JWT' })
      .sign(forgers.privateKey)
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
      expect(errorOf(await auth.authenticate(token))).toMatch(
        /^unauthenticated: The (token is malformed|signature of the token does not hold)/,
      )
    }
  })

  it('is rejected if its claims are in its header', async () => {
    expect(
      errorOf(
        await auth.authenticateNew({}, { key: forgers.privateKey, sub: 'grace', [ROLES_CLAIM]: { roles: ['admin'] } }),
      ),
    ).toBe(REFUSED)
  })
})

describe('a configured public key', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'identity-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('verifies tokens with any key id, without a request to the issuer', async () => {
    const publicKey = await auth.issuer.pem()
    for (const at of [auth.open({ publicKey }), auth.open({ publicKey: publicKey.replaceAll('\n', '\\n') })]) {
      expect(
        roleIn(
          await auth.authenticate(await auth.issuer.mint({ roles: ['admin'], name: 'Ada' }, { kid: 'whatever' }), at),
        ),
      ).toBe('admin')
      expect(
        roleIn(await auth.authenticate(await auth.issuer.mint({ roles: [], name: 'Ada' }, { kid: undefined }), at)),
      ).toBe('observer')
    }
    expect(auth.issuer.requestsTo(DISCOVERY) + auth.issuer.requestsTo('/keys')).toBe(0)
  })

  it('accepts tokens of any issuer, unless an issuer is configured', async () => {
    const publicKey = await auth.issuer.pem()
    const token = await auth.issuer.mint({ iss: 'https://else.test/' })
    expect(roleIn(await auth.authenticate(token, auth.open({ publicKey, issuer: undefined })))).toBe('observer')
    expect(roleIn(await auth.authenticate(token, auth.open({ publicKey })))).toBe('The token is from another issuer.')
  })

  it('does not replace the checks of audience, expiry and signature', async () => {
    const at = auth.open({ publicKey: await auth.issuer.pem(), issuer: undefined })
    expect(roleIn(await auth.authenticate(await auth.issuer.mint({ aud: 'https://else.test' }), at))).toBe(
      'The token is for another audience.',
    )
    expect(roleIn(await auth.authenticate(await auth.issuer.mint({ exp: auth.time - 60 }), at))).toBe(
      'The token has expired; sign in again.',
    )
    await auth.issuer.rotate()
    expect(roleIn(await auth.authenticate(await auth.issuer.mint(), at))).toBe(
      'The signature of the token does not hold.',
    )
  })

  it('leaves roles to /userinfo of the issuer', async () => {
    auth.issuer.promote('ada', ['admin'])
    expect(
      roleIn(await auth.authenticate(await auth.issuer.mint(), auth.open({ publicKey: await auth.issuer.pem() }))),
    ).toBe('admin')
  })

  it('can be a certificate, as text or in a file', async () => {
    const created = await generate([{ name: 'commonName', value: 'issuer.test' }], {
      keySize: 2048,
      algorithm: 'sha256',
    })
    const certificate = join(folder, 'certificate.pem')
    writeFileSync(certificate, created.cert)
    const token = await auth.issuer.mint({ roles: [] }, { key: await importPKCS8(created.private, 'RS256') })
    for (const publicKey of [certificate, created.cert]) {
      expect(roleIn(await auth.authenticate(token, auth.open({ publicKey })))).toBe('observer')
    }
  })

  it('must exist and be an RSA key', () => {
    const file = join(folder, 'key.pem')
    expect(() => auth.open({ publicKey: file })).toThrow()
    writeFileSync(file, 'no key')
    expect(() => auth.open({ publicKey: file })).toThrow()
  })
})

describe('a service key', () => {
  it('identifies a service', async () => {
    expect(await auth.authenticator.authenticate({ address: HERE, apiKey: 'key of the site' })).toEqual({
      actor: { role: 'service', id: 'service:site', name: 'site' },
    })
  })

  it('takes precedence over a token', async () => {
    expect(
      roleIn(
        await auth.authenticator.authenticate({
          address: HERE,
          apiKey: 'key of projects',
          authorization: `Bearer ${await auth.issuer.mint()}`,
        }),
      ),
    ).toBe('service')
  })

  it.each(['key of', 'key of projects ', 'KEY OF PROJECTS', 'projects'])(
    'with the wrong value %j is rejected, even beside a valid token',
    async (apiKey) => {
      const authorization = `Bearer ${await auth.issuer.mint()}`
      expect(errorOf(await auth.authenticator.authenticate({ address: HERE, apiKey, authorization }))).toBe(
        'unauthenticated: The service key is not known.',
      )
    },
  )

  it('is rejected if none is configured, and an empty one is ignored', async () => {
    const at = auth.open({ serviceKeys: new Map() })
    expect(roleIn(await at.authenticate({ address: HERE, apiKey: 'key of projects' }))).toBe(
      'The service key is not known.',
    )
    expect(
      await auth.open({ serviceKeys: new Map([['broken', '']]) }).authenticate({ address: HERE, apiKey: '' }),
    ).toEqual(ANONYMOUS)
  })
})

describe('wrong service keys', () => {
  const TOO_MANY = 'rate_limited: Too many wrong service keys from your address; please wait a minute.'
  const authenticateKey = (apiKey: string, address = HERE) => auth.authenticator.authenticate({ apiKey, address })
  const guess = async (count: number, address?: string) => {
    const refusals = []
    for (let n = 0; n < count; n += 1) refusals.push(errorOf(await authenticateKey(`guess ${n}`, address)))
    return refusals
  }

  it('are rate-limited for each address, and so is the right key after them', async () => {
    expect(new Set(await guess(100))).toEqual(new Set(['unauthenticated: The service key is not known.']))
    for (const key of ['one more', 'key of projects']) expect(errorOf(await authenticateKey(key))).toBe(TOO_MANY)
    expect(roleIn(await authenticateKey('key of projects', '203.0.113.6'))).toBe('service')
    auth.time += 60
    expect(roleIn(await authenticateKey('key of projects'))).toBe('service')
  })

  it('do not block a service known at their address, and do not reveal another right key', async () => {
    expect(roleIn(await authenticateKey('key of projects'))).toBe('service')
    await guess(120)
    expect(roleIn(await authenticateKey('key of projects'))).toBe('service')
    for (const key of ['key of the site', 'one more']) expect(errorOf(await authenticateKey(key))).toBe(TOO_MANY)
  })

  it('are counted without the right ones', async () => {
    for (let n = 0; n < 50; n += 1) expect(roleIn(await authenticateKey('key of projects'))).toBe('service')
    expect(new Set(await guess(100))).toEqual(new Set(['unauthenticated: The service key is not known.']))
  })

  it('do not block an observer with a token', async () => {
    await guess(120)
    expect(roleIn(await auth.authenticateNew())).toBe('observer')
  })
})
