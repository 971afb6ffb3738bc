import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { DISCOVERY, errorOf, roleIn, settled, useAuthHarness } from '../auth-harness.ts'
import { FOREIGN_PAIR, openIssuer, ROLES_CLAIM, rsaPair } from '../issuer.ts'

const auth = useAuthHarness()

describe('the keys of the issuer', () => {
  const UNKNOWN = 'unauthenticated: The token is signed with a key that its issuer does not publish.'

  it('are requested once for concurrent tokens', async () => {
    const tokens = await Promise.all(['ada', 'bo', 'cy'].map((sub) => auth.issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(tokens.map((token) => auth.authenticate(token)))).map(roleIn)).toEqual([
      'observer',
      'observer',
      'observer',
    ])
    expect([auth.issuer.requestsTo(DISCOVERY), auth.issuer.requestsTo('/keys')]).toEqual([1, 1])
  })

  it('must be named by the token', async () => {
    expect(errorOf(await auth.authenticateNew({}, { kid: undefined }))).toBe(
      'unauthenticated: The token does not name its key.',
    )
  })

  it('are requested at most once in 30 seconds for an unknown key id', async () => {
    await auth.authenticateNew()
    for (let n = 0; n < 5; n += 1) expect(errorOf(await auth.authenticateNew({}, { kid: 'made up' }))).toBe(UNKNOWN)
    auth.time += 29
    expect(errorOf(await auth.authenticateNew({}, { kid: 'made up' }))).toBe(UNKNOWN)
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
    auth.time += 1
    const tokens = await Promise.all(['ada', 'bo', 'cy'].map((sub) => auth.issuer.mint({ sub }, { kid: 'made up' })))
    expect((await Promise.all(tokens.map((token) => auth.authenticate(token)))).map(errorOf)).toEqual([
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
    ])
    expect(auth.issuer.requestsTo('/keys')).toBe(3)
  })

  it('are found after a rotation, despite many made-up key ids', async () => {
    await auth.authenticateNew()
    auth.time += 1
    expect(errorOf(await auth.authenticateNew({}, { kid: 'made up' }))).toBe(UNKNOWN)
    await auth.issuer.rotate()
    // The keys are requested again a second after the last request; earlier tokens wait for that.
    const invented = Array.from({ length: 50 }, (_, n) => auth.authenticateNew({}, { kid: `made up ${n}` }))
    const fresh = await Promise.all(['ada', 'bo'].map((sub) => auth.issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(fresh.map((token) => auth.authenticate(token)))).map(roleIn)).toEqual([
      'observer',
      'observer',
    ])
    expect((await Promise.all(invented)).map(errorOf)).toEqual(Array.from({ length: 50 }, () => UNKNOWN))
    expect(auth.issuer.requestsTo('/keys')).toBe(3)
  })

  it('are not requested again for a key id that is too long', async () => {
    await auth.authenticateNew()
    expect(errorOf(await auth.authenticateNew({}, { kid: 'k'.repeat(257) }))).toBe(UNKNOWN)
    expect(auth.issuer.requestsTo('/keys')).toBe(1)
  })

  it('are both tried if two have the same id', async () => {
    const [first, second, third] = await Promise.all([1, 2, FOREIGN_PAIR].map((n) => rsaPair(n)))
    const published = async (pair = first) => ({ ...(await exportJWK(pair!.publicKey)), kid: 'twice' })
    auth.issuer.setUserinfo('/keys', JSON.stringify({ keys: [await published(first), await published(second)] }))
    for (const [pair, expected] of [
      [first, 'observer'],
      [second, 'observer'],
      [third, 'The signature of the token does not hold.'],
    ] as const) {
      expect(roleIn(await auth.authenticateNew({ roles: [] }, { kid: 'twice', key: pair!.privateKey }))).toBe(expected)
    }
    const late = await auth.issuer.mint({ exp: auth.time - 61 }, { kid: 'twice', key: second!.privateKey })
    expect(errorOf(await auth.authenticate(late))).toMatch(/^unauthenticated: /)
  })

  it('are skipped if they are malformed, and a valid one still works', async () => {
    const good = JSON.parse(auth.issuer.read('/keys')) as { keys: object[] }
    const [key] = good.keys as [{ n: string; e: string; kid: string }]
    const curve = await exportJWK((await generateKeyPair('ES256')).publicKey)
    const odd = [
      null,
      7,
      [],
      {},
      { kty: 'RSA' },
      { kid: 'key-0' },
      { ...key, n: '!' },
      { ...key, e: 7 },
      { ...key, n: 'AQAB' },
      { ...key, kid: 7 },
      { ...curve, kid: 'key-0' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'key-0' },
      { ...key, use: 'enc' },
      { ...key, alg: 'RS512' },
      { ...key, key_ops: ['encrypt'] },
      { ...key, key_ops: 'verify' },
    ]
    auth.issuer.setUserinfo('/keys', JSON.stringify({ keys: [...odd, key, ...odd] }))
    expect(roleIn(await auth.authenticateNew({ roles: [] }))).toBe('observer')
  })

  it('stay in use when the issuer publishes no usable key', async () => {
    await auth.authenticateNew({ roles: [] })
    auth.issuer.setUserinfo('/keys', '{"keys":[{"kty":"EC"}]}')
    auth.time += 601
    await auth.authenticateNew({ sub: 'bo', roles: [] })
    await settled()
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
    expect(roleIn(await auth.authenticateNew({ sub: 'cy', roles: [] }))).toBe('observer')
    expect(auth.reports[0]).toMatch(
      /^JWKS request failed; using the cached one .*no key that tokens can be checked with/,
    )
  })

  it.each([undefined, 'https://else.test', 'http://127.0.0.1', 7])(
    'are not taken from a configuration that names the issuer %j',
    async (other) => {
      const configuration = JSON.parse(auth.issuer.read(DISCOVERY)) as object
      auth.issuer.setUserinfo(DISCOVERY, JSON.stringify({ ...configuration, issuer: other }))
      expect(errorOf(await auth.authenticateNew())).toMatch(/^unavailable: /)
      expect(auth.issuer.requestsTo('/keys')).toBe(0)
      expect(auth.reports[0]).toContain('is that of another issuer')
    },
  )

  it('are taken from a configuration whose issuer has another trailing slash', async () => {
    const configuration = JSON.parse(auth.issuer.read(DISCOVERY)) as object
    auth.issuer.setUserinfo(DISCOVERY, JSON.stringify({ ...configuration, issuer: `${auth.issuer.url}/` }))
    expect(roleIn(await auth.authenticateNew({ roles: [] }))).toBe('observer')
  })

  it('are refreshed in the background after ten minutes', async () => {
    await auth.authenticateNew({ roles: [] })
    const early = await auth.issuer.mint({ sub: 'bo', roles: [] })
    await auth.issuer.rotate()
    auth.time += 601
    expect(roleIn(await auth.authenticate(early))).toBe('observer')
    await settled()
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
    expect(roleIn(await auth.authenticateNew({ roles: [] }))).toBe('observer')
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
  })

  it('stay in use while the issuer is down, which is reported, and are requested until it is up', async () => {
    await auth.authenticateNew({ roles: [] })
    auth.issuer.set('down')
    auth.time += 7200
    for (const sub of ['bo', 'cy']) {
      expect(roleIn(await auth.authenticateNew({ sub, roles: [] }))).toBe('observer')
      await settled()
    }
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
    expect(auth.reports).not.toEqual([])
    expect(errorOf(await auth.authenticateNew({}, { kid: 'new' }))).toMatch(/^unavailable: /)
    auth.issuer.set('up')
    auth.time += 30
    await auth.authenticateNew({ sub: 'dee', roles: [] })
    await settled()
    expect(auth.issuer.requestsTo('/keys')).toBe(3)
  })

  it('are unavailable if the issuer is down at first, and are requested again after five seconds', async () => {
    auth.issuer.set('down')
    expect(errorOf(await auth.authenticateNew())).toBe(
      'unavailable: Sign-ins cannot be checked at the moment; try again soon.',
    )
    const tries = auth.issuer.requestsTo(DISCOVERY)
    expect(errorOf(await auth.authenticateNew())).toMatch(/^unavailable: /)
    expect(auth.issuer.requestsTo(DISCOVERY)).toBe(tries)
    auth.issuer.set('up')
    auth.time += 5
    expect(roleIn(await auth.authenticateNew())).toBe('observer')
  })

  it('are unavailable after a time-out, whichever request the issuer does not answer', async () => {
    await Promise.all(
      [DISCOVERY, '/keys'].map(async (path) => {
        const silent = await openIssuer({ now: () => auth.time })
        silent.set('hanging', path)
        expect(
          errorOf(await auth.authenticate(await silent.mint(), auth.open({ issuer: auth.sourceAt(silent.url) }))),
        ).toMatch(/^unavailable: /)
        await silent.close()
      }),
    )
  }, 20_000)

  it('delay a poll less than a read, and a read less than a write, while the issuer hangs', async () => {
    auth.issuer.set('hanging')
    const token = await auth.issuer.mint()
    const [write, ...reads] = (['ample', 'short', 'short', 'short'] as const).map((timeoutMs) =>
      auth.authenticate(token, auth.authenticator, timeoutMs),
    )
    const polls = ['poll', 'poll'].map(() => auth.authenticate(token, auth.authenticator, 'poll'))
    expect(
      await Promise.race([reads[0]?.then(() => 'a read'), Promise.all(polls).then((all) => all.map(errorOf))]),
    ).toEqual(Array(2).fill(expect.stringMatching(/^unavailable: /)))
    expect(
      await Promise.race([write?.then(() => 'a write'), Promise.all(reads).then((all) => all.map(errorOf))]),
    ).toEqual(Array(3).fill(expect.stringMatching(/^unavailable: /)))
    expect(errorOf(await write!)).toMatch(/^unavailable: /)
    expect(auth.issuer.requestsTo(DISCOVERY)).toBe(1)
  }, 20_000)

  it.each([
    ['text', 'a page'],
    ['a list', '[]'],
    ['no keys', '{}'],
    ['nothing', ''],
    ['too much', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`],
  ])('are unavailable when the issuer answers with %s', async (_, text) => {
    auth.issuer.setUserinfo('/keys', text)
    expect(errorOf(await auth.authenticateNew())).toMatch(/^unavailable: /)
  })

  it('and roles are read from the paths of Auth0 if the issuer has no configuration', async () => {
    await auth.issuer.close()
    auth.issuer = await openIssuer({ now: () => auth.time, discovery: false })
    auth.authenticator = auth.open()
    auth.issuer.promote('ada', ['admin'])
    expect(roleIn(await auth.authenticateNew())).toBe('admin')
    expect([auth.issuer.requestsTo('/.well-known/jwks.json'), auth.issuer.requestsTo('/userinfo')]).toEqual([1, 1])
  })
})

describe('a change of the system clock', () => {
  const setBackAnHour = () => {
    auth.time -= 3600
    auth.setBack += 3600
  }

  it('to an earlier time does not delay the next request for keys', async () => {
    auth.issuer.set('down')
    expect(errorOf(await auth.authenticateNew())).toMatch(/^unavailable: /)
    auth.issuer.set('up')
    setBackAnHour()
    auth.time += 5
    expect(roleIn(await auth.authenticateNew({ roles: [] }))).toBe('observer')
    await auth.issuer.rotate()
    setBackAnHour()
    auth.time += 30
    expect(roleIn(await auth.authenticateNew({ roles: [] }))).toBe('observer')
  })

  it('to an earlier time does not keep old keys fresh', async () => {
    await auth.authenticateNew({ roles: [] })
    setBackAnHour()
    auth.time += 601
    await auth.authenticateNew({ sub: 'bo', roles: [] })
    await settled()
    expect(auth.issuer.requestsTo('/keys')).toBe(2)
  })

  it('to an earlier time does not keep a verified token valid', async () => {
    const token = await auth.issuer.mint({ exp: auth.time + 86_400, roles: [] })
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    await auth.issuer.rotate()
    setBackAnHour()
    auth.time += 300
    await auth.authenticateNew({ sub: 'bo' })
    expect(roleIn(await auth.authenticate(token))).toBe(
      'The token is signed with a key that its issuer does not publish.',
    )
  })

  it('to an earlier time does not keep cached roles', async () => {
    auth.issuer.promote('ada', ['admin'])
    const token = await auth.issuer.mint({ exp: auth.time + 86_400 })
    expect(roleIn(await auth.authenticate(token))).toBe('admin')
    auth.issuer.promote('ada', [])
    setBackAnHour()
    auth.time += 600
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
  })

  it('to a later time expires a verified token at once', async () => {
    const token = await auth.issuer.mint({ exp: auth.time + 60, roles: [] })
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    auth.setBack -= 120
    auth.time += 120
    expect(errorOf(await auth.authenticate(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })
})

describe('/userinfo of the issuer', () => {
  it.each<[string, readonly unknown[], string]>([
    ['admin', ['observer', 'admin'], 'admin'],
    ['superadministrator', ['superadministrator'], 'observer'],
    ['Admin', ['Admin', ' admin', ['admin']], 'observer'],
    ['nothing', [], 'observer'],
  ])(
    'is not requested if the token has roles, of which only the exact one makes an admin: %s',
    async (_, roles, role) => {
      auth.issuer.promote('ada', ['admin'])
      expect(roleIn(await auth.authenticateNew({ roles, name: 'Ada' }))).toBe(role)
      expect(auth.issuer.requestsTo('/me')).toBe(0)
    },
  )

  it.each(['admin', { roles: 'admin' }, { admin: true }, null, ['admin']])(
    'makes no admin of a token with the roles claim %j',
    async (claim) => {
      expect(roleIn(await auth.authenticateNew({ [ROLES_CLAIM]: claim }))).toBe('observer')
    },
  )

  it('makes an admin of a token without roles, and is requested once in ten minutes', async () => {
    auth.issuer.promote('ada', ['admin'])
    const token = await auth.issuer.mint()
    expect((await Promise.all([auth.authenticate(token), auth.authenticate(token)])).map(roleIn)).toEqual([
      'admin',
      'admin',
    ])
    auth.issuer.promote('ada', ['superadministrator'])
    auth.time += 599
    expect(roleIn(await auth.authenticate(token))).toBe('admin')
    expect(auth.issuer.requestsTo('/me')).toBe(1)
    auth.time += 1
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    expect(auth.issuer.requestsTo('/me')).toBe(2)
  })

  it('makes no admin if it has no roles either', async () => {
    expect(roleIn(await auth.authenticateNew())).toBe('observer')
  })

  it('makes no admin while it is down, nor for 30 seconds afterwards', async () => {
    auth.issuer.promote('ada', ['admin'])
    auth.issuer.set('down', '/me')
    const token = await auth.issuer.mint()
    expect(await auth.authenticate(token)).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined, isNameUnavailable: true },
    })
    auth.issuer.set('up', '/me')
    const tries = auth.issuer.requestsTo('/me')
    auth.time += 29
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    expect(auth.issuer.requestsTo('/me')).toBe(tries)
    auth.time += 1
    expect(roleIn(await auth.authenticate(token))).toBe('admin')
  })

  it('makes no admin if it does not answer within two seconds', async () => {
    auth.issuer.set('hanging', '/me')
    const from = performance.now()
    expect(roleIn(await auth.authenticateNew())).toBe('observer')
    expect(performance.now() - from).toBeLessThan(3000)
  })

  it.each([undefined, 'bo', 7])('makes no admin if it answers with the subject %j', async (sub) => {
    auth.issuer.setUserinfo('/me', JSON.stringify({ sub, name: 'Bo', [ROLES_CLAIM]: { roles: ['admin'] } }))
    expect(await auth.authenticateNew()).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined, isNameUnavailable: true },
    })
    expect(auth.reports).toEqual([expect.stringContaining('another sub')])
  })

  it('may answer without a name, which differs from not answering', async () => {
    auth.issuer.setUserinfo('/me', JSON.stringify({ sub: 'ada' }))
    expect(await auth.authenticateNew()).toEqual({ actor: { role: 'observer', id: 'ada', name: undefined } })
  })

  it('gives the name of an observer if the token has none, cleaned in the same way', async () => {
    auth.issuer.promote('ada', ['admin'], 'Ada\nL.')
    expect(await auth.authenticateNew()).toEqual({ actor: { role: 'admin', id: 'ada', name: 'Ada L.' } })
    expect(await auth.authenticateNew({ name: 'Countess' })).toEqual({
      actor: { role: 'admin', id: 'ada', name: 'Countess' },
    })
  })

  it('is requested for a name only for writes, and does not replace the roles of the token', async () => {
    auth.issuer.promote('ada', ['admin'], 'Ada L.')
    const token = await auth.issuer.mint({ roles: [] })
    expect(await auth.authenticate(token, auth.authenticator, 'short')).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined },
    })
    expect(auth.issuer.requestsTo('/me')).toBe(0)
    expect(await auth.authenticate(token)).toEqual({ actor: { role: 'observer', id: 'ada', name: 'Ada L.' } })
  })

  it('is not requested for five seconds after it failed for another token', async () => {
    auth.issuer.set('down', '/me')
    auth.issuer.promote('bo', ['admin'])
    await auth.authenticateNew()
    auth.issuer.set('up', '/me')
    const tries = auth.issuer.requestsTo('/me')
    const bos = await auth.issuer.mint({ sub: 'bo' })
    expect([roleIn(await auth.authenticate(bos)), auth.issuer.requestsTo('/me')]).toEqual(['observer', tries])
    auth.time += 5
    expect(roleIn(await auth.authenticate(bos))).toBe('admin')
  })

  it.each([200, 401, 429])('still makes admins after it answered another token with an invalid %i', async (status) => {
    auth.issuer.promote('bo', ['admin'])
    auth.issuer.promote('ada', ['admin'])
    auth.issuer.setUserinfo('/me', 'no JSON', status)
    const adas = await auth.issuer.mint()
    expect(roleIn(await auth.authenticate(adas))).toBe('observer')
    auth.issuer.removeUserinfo('/me')
    expect(roleIn(await auth.authenticateNew({ sub: 'bo' }))).toBe('admin')
    // It is not requested again for the rejected token for 30 seconds.
    const tries = auth.issuer.requestsTo('/me')
    expect([roleIn(await auth.authenticate(adas)), auth.issuer.requestsTo('/me')]).toEqual(['observer', tries])
    auth.time += 30
    expect(roleIn(await auth.authenticate(adas))).toBe('admin')
  })

  it('makes no admin for five seconds after it answered 503 for another token', async () => {
    auth.issuer.promote('bo', ['admin'])
    auth.issuer.setUserinfo('/me', '{}', 503)
    await auth.authenticateNew()
    auth.issuer.removeUserinfo('/me')
    const bos = await auth.issuer.mint({ sub: 'bo' })
    expect(roleIn(await auth.authenticate(bos))).toBe('observer')
    auth.time += 5
    expect(roleIn(await auth.authenticate(bos))).toBe('admin')
  })

  it('receives at most fifty requests at once, and makes no admin of other tokens meanwhile', async () => {
    auth.issuer.set('hanging', '/me')
    const tokens = await Promise.all(Array.from({ length: 60 }, (_, n) => auth.issuer.mint({ sub: `${n}` })))
    expect(
      new Set(
        (await Promise.all(tokens.map((token) => auth.authenticate(token, auth.authenticator, 'short')))).map(roleIn),
      ),
    ).toEqual(new Set(['observer']))
    expect(auth.issuer.requestsTo('/me')).toBe(50)
  })

  it('delays a poll less than a read, and a read less than a write, while it hangs', async () => {
    auth.issuer.set('hanging', '/me')
    const token = await auth.issuer.mint()
    const [poll, read, write] = [
      auth.authenticate(token, auth.authenticator, 'poll'),
      auth.authenticate(token, auth.authenticator, 'short'),
      auth.authenticate(token),
    ]
    expect(await Promise.race([read.then(() => 'a read'), poll.then(roleIn)])).toBe('observer')
    expect(await Promise.race([write.then(() => 'a write'), read.then(roleIn)])).toBe('observer')
    expect(roleIn(await write)).toBe('observer')
  })

  it('leaves no personal data in the log if its answer is invalid', async () => {
    auth.issuer.setUserinfo('/me', 'ada@example.org is not JSON')
    const token = await auth.issuer.mint()
    expect(roleIn(await auth.authenticate(token))).toBe('observer')
    expect(auth.reports).toHaveLength(1)
    expect(auth.reports[0]).not.toMatch(/ada|example\.org/)
    expect(auth.reports[0]).not.toContain(token)
  })
})
