import { exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { DISCOVERY, errorOf, roleIn, settled, useAuthHarness } from '../auth-harness.ts'
import { openIssuer, ROLES_CLAIM } from '../issuer.ts'

const its = useAuthHarness()

describe('the keys of the issuer', () => {
  const UNKNOWN = 'unauthenticated: The token is signed with a key that its issuer does not publish.'

  it('are asked for once, by whoever comes first and all who come meanwhile', async () => {
    const tokens = await Promise.all(['ada', 'bo', 'cy'].map((sub) => its.issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(tokens.map((token) => its.bring(token)))).map(roleIn)).toEqual([
      'observer',
      'observer',
      'observer',
    ])
    expect([its.issuer.asked(DISCOVERY), its.issuer.asked('/keys')]).toEqual([1, 1])
  })

  it('must be named', async () => {
    expect(errorOf(await its.bringNew({}, { kid: undefined }))).toBe(
      'unauthenticated: The token does not name its key.',
    )
  })

  it('may change: an unknown key is looked for once in 30 seconds, once for all', async () => {
    await its.bringNew()
    for (let n = 0; n < 5; n += 1) expect(errorOf(await its.bringNew({}, { kid: 'made up' }))).toBe(UNKNOWN)
    expect(its.issuer.asked('/keys')).toBe(2)
    its.time += 30
    const tokens = await Promise.all(['ada', 'bo', 'cy'].map((sub) => its.issuer.mint({ sub }, { kid: 'made up' })))
    expect((await Promise.all(tokens.map((token) => its.bring(token)))).map(errorOf)).toEqual([
      UNKNOWN,
      UNKNOWN,
      UNKNOWN,
    ])
    expect(its.issuer.asked('/keys')).toBe(3)
  })

  it('that are new are found at once, however many others are made up', async () => {
    await its.bringNew()
    its.time += 1
    expect(errorOf(await its.bringNew({}, { kid: 'made up' }))).toBe(UNKNOWN)
    await its.issuer.rotate()
    // A second after the last look they are looked for again, and whoever comes earlier waits for that.
    const invented = Array.from({ length: 50 }, (_, n) => its.bringNew({}, { kid: `made up ${n}` }))
    const fresh = await Promise.all(['ada', 'bo'].map((sub) => its.issuer.mint({ sub, roles: [] })))
    expect((await Promise.all(fresh.map((token) => its.bring(token)))).map(roleIn)).toEqual(['observer', 'observer'])
    expect((await Promise.all(invented)).map(errorOf)).toEqual(Array.from({ length: 50 }, () => UNKNOWN))
    expect(its.issuer.asked('/keys')).toBe(3)
  })

  it('are not looked for again under an id that is longer than any', async () => {
    await its.bringNew()
    expect(errorOf(await its.bringNew({}, { kid: 'k'.repeat(257) }))).toBe(UNKNOWN)
    expect(its.issuer.asked('/keys')).toBe(1)
  })

  it('of which two have one id are both tried', async () => {
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => generateKeyPair('RS256')))
    const published = async (pair = first) => ({ ...(await exportJWK(pair!.publicKey)), kid: 'twice' })
    its.issuer.setUserinfo('/keys', JSON.stringify({ keys: [await published(first), await published(second)] }))
    for (const [pair, expected] of [
      [first, 'observer'],
      [second, 'observer'],
      [third, 'The signature of the token does not hold.'],
    ] as const) {
      expect(roleIn(await its.bringNew({ roles: [] }, { kid: 'twice', key: pair!.privateKey }))).toBe(expected)
    }
    const late = await its.issuer.mint({ exp: its.time - 61 }, { kid: 'twice', key: second!.privateKey })
    expect(errorOf(await its.bring(late))).toMatch(/^unauthenticated: /)
  })

  it('that are odd are passed over, and keep nobody out', async () => {
    const good = JSON.parse(its.issuer.read('/keys')) as { keys: object[] }
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
    its.issuer.setUserinfo('/keys', JSON.stringify({ keys: [...odd, key, ...odd] }))
    expect(roleIn(await its.bringNew({ roles: [] }))).toBe('observer')
  })

  it('serve on when the issuer publishes none that could check a token', async () => {
    await its.bringNew({ roles: [] })
    its.issuer.setUserinfo('/keys', '{"keys":[{"kty":"EC"}]}')
    its.time += 601
    await its.bringNew({ sub: 'bo', roles: [] })
    await settled()
    expect(its.issuer.asked('/keys')).toBe(2)
    expect(roleIn(await its.bringNew({ sub: 'cy', roles: [] }))).toBe('observer')
    expect(its.reports[0]).toMatch(
      /^JWKS request failed; using the cached one .*no key that tokens can be checked with/,
    )
  })

  it.each([undefined, 'https://else.test', 'http://127.0.0.1', 7])(
    'are not taken from the configuration of the issuer %j',
    async (other) => {
      const configuration = JSON.parse(its.issuer.read(DISCOVERY)) as object
      its.issuer.setUserinfo(DISCOVERY, JSON.stringify({ ...configuration, issuer: other }))
      expect(errorOf(await its.bringNew())).toMatch(/^unavailable: /)
      expect(its.issuer.asked('/keys')).toBe(0)
      expect(its.reports[0]).toContain('is that of another issuer')
    },
  )

  it('are taken from a configuration that has a slash more or less', async () => {
    const configuration = JSON.parse(its.issuer.read(DISCOVERY)) as object
    its.issuer.setUserinfo(DISCOVERY, JSON.stringify({ ...configuration, issuer: `${its.issuer.url}/` }))
    expect(roleIn(await its.bringNew({ roles: [] }))).toBe('observer')
  })

  it('are refreshed in the background after ten minutes', async () => {
    await its.bringNew({ roles: [] })
    const early = await its.issuer.mint({ sub: 'bo', roles: [] })
    await its.issuer.rotate()
    its.time += 601
    expect(roleIn(await its.bring(early))).toBe('observer')
    await settled()
    expect(its.issuer.asked('/keys')).toBe(2)
    expect(roleIn(await its.bringNew({ roles: [] }))).toBe('observer')
    expect(its.issuer.asked('/keys')).toBe(2)
  })

  it('serve on while the issuer is down, which is reported, and are asked for again until it is up', async () => {
    await its.bringNew({ roles: [] })
    its.issuer.set('down')
    its.time += 7200
    for (const sub of ['bo', 'cy']) {
      expect(roleIn(await its.bringNew({ sub, roles: [] }))).toBe('observer')
      await settled()
    }
    expect(its.issuer.asked('/keys')).toBe(2)
    expect(its.reports).not.toEqual([])
    expect(errorOf(await its.bringNew({}, { kid: 'new' }))).toMatch(/^unavailable: /)
    its.issuer.set('up')
    its.time += 30
    await its.bringNew({ sub: 'dee', roles: [] })
    await settled()
    expect(its.issuer.asked('/keys')).toBe(3)
  })

  it('are unavailable, not wrong, when they were never had; and are tried again soon', async () => {
    its.issuer.set('down')
    expect(errorOf(await its.bringNew())).toBe('unavailable: Sign-ins cannot be checked at the moment; try again soon.')
    const tries = its.issuer.asked(DISCOVERY)
    expect(errorOf(await its.bringNew())).toMatch(/^unavailable: /)
    expect(its.issuer.asked(DISCOVERY)).toBe(tries)
    its.issuer.set('up')
    its.time += 5
    expect(roleIn(await its.bringNew())).toBe('observer')
  })

  it('keep nobody waiting for ever, wherever the issuer falls silent', async () => {
    await Promise.all(
      [DISCOVERY, '/keys'].map(async (path) => {
        const silent = await openIssuer({ now: () => its.time })
        silent.set('hanging', path)
        expect(errorOf(await its.bring(await silent.mint(), its.open({ issuer: its.sourceAt(silent.url) })))).toMatch(
          /^unavailable: /,
        )
        await silent.close()
      }),
    )
  }, 20_000)

  it('keep a read waiting for less long than a write, a poll for the least, and then it is an anonymous caller’s', async () => {
    its.issuer.set('hanging')
    const token = await its.issuer.mint()
    const [write, ...reads] = (['ample', 'short', 'short', 'short'] as const).map((timeoutMs) =>
      its.bring(token, its.gate, timeoutMs),
    )
    const polls = ['poll', 'poll'].map(() => its.bring(token, its.gate, 'poll'))
    expect(
      await Promise.race([reads[0]?.then(() => 'a read'), Promise.all(polls).then((all) => all.map(errorOf))]),
    ).toEqual(Array(2).fill(expect.stringMatching(/^unavailable: /)))
    expect(
      await Promise.race([write?.then(() => 'a write'), Promise.all(reads).then((all) => all.map(errorOf))]),
    ).toEqual(Array(3).fill(expect.stringMatching(/^unavailable: /)))
    expect(errorOf(await write!)).toMatch(/^unavailable: /)
    expect(its.issuer.asked(DISCOVERY)).toBe(1)
  }, 20_000)

  it.each([
    ['text', 'a page'],
    ['a list', '[]'],
    ['no keys', '{}'],
    ['nothing', ''],
    ['too much', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`],
  ])('are unavailable when the issuer answers with %s', async (_, text) => {
    its.issuer.setUserinfo('/keys', text)
    expect(errorOf(await its.bringNew())).toMatch(/^unavailable: /)
  })

  it('and roles are found where Auth0 has them when the issuer does not say where', async () => {
    await its.issuer.close()
    its.issuer = await openIssuer({ now: () => its.time, discovery: false })
    its.gate = its.open()
    its.issuer.promote('ada', ['admin'])
    expect(roleIn(await its.bringNew())).toBe('admin')
    expect([its.issuer.asked('/.well-known/jwks.json'), its.issuer.asked('/userinfo')]).toEqual([1, 1])
  })
})

describe('a time of day', () => {
  const putBackAnHour = () => {
    its.time -= 3600
    its.putBack += 3600
  }

  it('that is put back keeps nobody out for longer than the pause between two tries', async () => {
    its.issuer.set('down')
    expect(errorOf(await its.bringNew())).toMatch(/^unavailable: /)
    its.issuer.set('up')
    putBackAnHour()
    its.time += 5
    expect(roleIn(await its.bringNew({ roles: [] }))).toBe('observer')
    await its.issuer.rotate()
    putBackAnHour()
    its.time += 30
    expect(roleIn(await its.bringNew({ roles: [] }))).toBe('observer')
  })

  it('that is put back does not keep old keys fresh', async () => {
    await its.bringNew({ roles: [] })
    putBackAnHour()
    its.time += 601
    await its.bringNew({ sub: 'bo', roles: [] })
    await settled()
    expect(its.issuer.asked('/keys')).toBe(2)
  })

  it('that is put back does not keep a verified token', async () => {
    const token = await its.issuer.mint({ exp: its.time + 86_400, roles: [] })
    expect(roleIn(await its.bring(token))).toBe('observer')
    await its.issuer.rotate()
    putBackAnHour()
    its.time += 300
    await its.bringNew({ sub: 'bo' })
    expect(roleIn(await its.bring(token))).toBe('The token is signed with a key that its issuer does not publish.')
  })

  it('that is put back does not keep what was said of roles', async () => {
    its.issuer.promote('ada', ['admin'])
    const token = await its.issuer.mint({ exp: its.time + 86_400 })
    expect(roleIn(await its.bring(token))).toBe('admin')
    its.issuer.promote('ada', [])
    putBackAnHour()
    its.time += 600
    expect(roleIn(await its.bring(token))).toBe('observer')
  })

  it('that is put forward ends a known token at its expiry, however little time has gone by', async () => {
    const token = await its.issuer.mint({ exp: its.time + 60, roles: [] })
    expect(roleIn(await its.bring(token))).toBe('observer')
    its.putBack -= 120
    its.time += 120
    expect(errorOf(await its.bring(token))).toBe('unauthenticated: The token has expired; sign in again.')
  })
})

describe('an admin', () => {
  it.each<[string, readonly unknown[], string]>([
    ['admin', ['observer', 'admin'], 'admin'],
    ['superadministrator', ['superadministrator'], 'observer'],
    ['Admin', ['Admin', ' admin', ['admin']], 'observer'],
    ['nothing', [], 'observer'],
  ])('is made by a token whose roles say exactly so, not by %s', async (_, roles, role) => {
    its.issuer.promote('ada', ['admin'])
    expect(roleIn(await its.bringNew({ roles, name: 'Ada' }))).toBe(role)
    expect(its.issuer.asked('/me')).toBe(0)
  })

  it.each(['admin', { roles: 'admin' }, { admin: true }, null, ['admin']])(
    'is not made by the claim %j',
    async (claim) => {
      expect(roleIn(await its.bringNew({ [ROLES_CLAIM]: claim }))).toBe('observer')
    },
  )

  it('is made by /userinfo when the token is silent, asked once in ten minutes', async () => {
    its.issuer.promote('ada', ['admin'])
    const token = await its.issuer.mint()
    expect((await Promise.all([its.bring(token), its.bring(token)])).map(roleIn)).toEqual(['admin', 'admin'])
    its.issuer.promote('ada', ['superadministrator'])
    its.time += 599
    expect(roleIn(await its.bring(token))).toBe('admin')
    expect(its.issuer.asked('/me')).toBe(1)
    its.time += 1
    expect(roleIn(await its.bring(token))).toBe('observer')
    expect(its.issuer.asked('/me')).toBe(2)
  })

  it('is not made by a /userinfo that is silent too', async () => {
    expect(roleIn(await its.bringNew())).toBe('observer')
  })

  it('is nobody while /userinfo is down, and for half a minute after it was', async () => {
    its.issuer.promote('ada', ['admin'])
    its.issuer.set('down', '/me')
    const token = await its.issuer.mint()
    expect(await its.bring(token)).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined, isNameUnavailable: true },
    })
    its.issuer.set('up', '/me')
    const tries = its.issuer.asked('/me')
    its.time += 29
    expect(roleIn(await its.bring(token))).toBe('observer')
    expect(its.issuer.asked('/me')).toBe(tries)
    its.time += 1
    expect(roleIn(await its.bring(token))).toBe('admin')
  })

  it('is nobody when /userinfo is silent for two seconds', async () => {
    its.issuer.set('hanging', '/me')
    const from = performance.now()
    expect(roleIn(await its.bringNew())).toBe('observer')
    expect(performance.now() - from).toBeLessThan(3000)
  })

  it.each([undefined, 'bo', 7])('is not made by a /userinfo that tells of %j', async (sub) => {
    its.issuer.setUserinfo('/me', JSON.stringify({ sub, name: 'Bo', [ROLES_CLAIM]: { roles: ['admin'] } }))
    expect(await its.bringNew()).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined, isNameUnavailable: true },
    })
    expect(its.reports).toEqual([expect.stringContaining('another sub')])
  })

  it('has no name where /userinfo tells of none, which is not that it did not tell', async () => {
    its.issuer.setUserinfo('/me', JSON.stringify({ sub: 'ada' }))
    expect(await its.bringNew()).toEqual({ actor: { role: 'observer', id: 'ada', name: undefined } })
  })

  it('has the name of /userinfo where the token has none, cleaned like any', async () => {
    its.issuer.promote('ada', ['admin'], 'Ada\nL.')
    expect(await its.bringNew()).toEqual({ actor: { role: 'admin', id: 'ada', name: 'Ada L.' } })
    expect(await its.bringNew({ name: 'Countess' })).toEqual({ actor: { role: 'admin', id: 'ada', name: 'Countess' } })
  })

  it('is asked about for a name alone where something is written, and keeps the roles of the token', async () => {
    its.issuer.promote('ada', ['admin'], 'Ada L.')
    const token = await its.issuer.mint({ roles: [] })
    expect(await its.bring(token, its.gate, 'short')).toEqual({
      actor: { role: 'observer', id: 'ada', name: undefined },
    })
    expect(its.issuer.asked('/me')).toBe(0)
    expect(await its.bring(token)).toEqual({ actor: { role: 'observer', id: 'ada', name: 'Ada L.' } })
  })

  it('is nobody for five seconds when /userinfo has not answered for one, and it is not asked', async () => {
    its.issuer.set('down', '/me')
    its.issuer.promote('bo', ['admin'])
    await its.bringNew()
    its.issuer.set('up', '/me')
    const tries = its.issuer.asked('/me')
    const bos = await its.issuer.mint({ sub: 'bo' })
    expect([roleIn(await its.bring(bos)), its.issuer.asked('/me')]).toEqual(['observer', tries])
    its.time += 5
    expect(roleIn(await its.bring(bos))).toBe('admin')
  })

  it.each([200, 401, 429])(
    'is still one when /userinfo has only refused somebody else’s token, with %i',
    async (status) => {
      its.issuer.promote('bo', ['admin'])
      its.issuer.promote('ada', ['admin'])
      its.issuer.setUserinfo('/me', 'no JSON', status)
      const adas = await its.issuer.mint()
      expect(roleIn(await its.bring(adas))).toBe('observer')
      its.issuer.removeUserinfo('/me')
      expect(roleIn(await its.bringNew({ sub: 'bo' }))).toBe('admin')
      // The one that was refused is not asked about again for half a minute.
      const tries = its.issuer.asked('/me')
      expect([roleIn(await its.bring(adas)), its.issuer.asked('/me')]).toEqual(['observer', tries])
      its.time += 30
      expect(roleIn(await its.bring(adas))).toBe('admin')
    },
  )

  it('is nobody for five seconds when /userinfo has answered 503 for one', async () => {
    its.issuer.promote('bo', ['admin'])
    its.issuer.setUserinfo('/me', '{}', 503)
    await its.bringNew()
    its.issuer.removeUserinfo('/me')
    const bos = await its.issuer.mint({ sub: 'bo' })
    expect(roleIn(await its.bring(bos))).toBe('observer')
    its.time += 5
    expect(roleIn(await its.bring(bos))).toBe('admin')
  })

  it('is asked about for fifty at once, and nobody else is one meanwhile', async () => {
    its.issuer.set('hanging', '/me')
    const tokens = await Promise.all(Array.from({ length: 60 }, (_, n) => its.issuer.mint({ sub: `${n}` })))
    expect(
      new Set((await Promise.all(tokens.map((token) => its.bring(token, its.gate, 'short')))).map(roleIn)),
    ).toEqual(new Set(['observer']))
    expect(its.issuer.asked('/me')).toBe(50)
  })

  it('keeps a read waiting for less long than a write while /userinfo is silent, and a poll for the least', async () => {
    its.issuer.set('hanging', '/me')
    const token = await its.issuer.mint()
    const [poll, read, write] = [
      its.bring(token, its.gate, 'poll'),
      its.bring(token, its.gate, 'short'),
      its.bring(token),
    ]
    expect(await Promise.race([read.then(() => 'a read'), poll.then(roleIn)])).toBe('observer')
    expect(await Promise.race([write.then(() => 'a write'), read.then(roleIn)])).toBe('observer')
    expect(roleIn(await write)).toBe('observer')
  })

  it('leaves nothing of a person in the log when /userinfo is broken', async () => {
    its.issuer.setUserinfo('/me', 'ada@example.org is not JSON')
    const token = await its.issuer.mint()
    expect(roleIn(await its.bring(token))).toBe('observer')
    expect(its.reports).toHaveLength(1)
    expect(its.reports[0]).not.toMatch(/ada|example\.org/)
    expect(its.reports[0]).not.toContain(token)
  })
})
