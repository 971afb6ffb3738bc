import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeSettings, settingsWarnings, isDemo, readSettings, SETTINGS } from '../../src/ops/settings.ts'
import { siteToWire } from '../../src/wire/site.ts'
import { problemsOf } from './problems-of.ts'

const fileOf = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'file')
  writeFileSync(file, text)
  return file
}

/** One key pair for all tests, since making one takes a tenth of a second. */
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = (type: 'public' | 'private') =>
  type === 'public'
    ? publicKey.export({ type: 'spki', format: 'pem' }).toString()
    : privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

const ISSUER = 'https://issuer.example/'
const KEYS = ['0f1e2d3c4b5a69788796a5b4c3d2e1f0', '5cc7e2a94f0b4d18a6309be17d52f83c'] as const

const SAF = {
  code: 'saf',
  name: 'Apache Ridge',
  latitude: 35.5,
  longitude: -105.9,
  elevation: 2194,
  time_zone: 'America/Denver',
  enclosure: 'dome',
}

describe('settings', () => {
  it('have defaults', () => {
    const settings = readSettings({})
    expect(settings).toMatchObject({
      PORT: 8000,
      HOST: '127.0.0.1',
      STAGE: 'dev',
      STORE: 'sqlite:data/calendar.db',
      CONFLICTS: 'deny',
    })
    expect(isDemo(settings)).toBe(true)
  })

  it('treat an empty variable as not set', () => {
    expect(readSettings({ PORT: '', AUTH_ISSUER: '' })).toMatchObject({ PORT: 8000, AUTH_ISSUER: undefined })
  })

  it('report all errors at once', () => {
    const problems = problemsOf({
      PORT: '99999',
      STAGE: 'live',
      HOST: '0.0.0.0',
      SERVICE_KEYS: 'nokey',
      SITES_FILE: fileOf('[{}]'),
      AUTH_ROLES_CLAIM: 'x',
    })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'STAGE',
      'SITES_FILE',
      'SERVICE_KEYS',
      'HOST',
    ])
  })

  it.each(['0.0.0.0', '192.168.1.5', '::', 'example.org'])('reject the demo issuer on %s', (host) => {
    expect(problemsOf({ HOST: host })).toHaveLength(1)
    expect(problemsOf({ HOST: host, AUTH_ISSUER: 'https://issuer.example/' })).toEqual([])
    expect(problemsOf({ HOST: host, AUTH_PUBLIC_KEY: pem('public') })).toEqual([])
  })

  it('allow http for an issuer on this machine only', () => {
    expect(problemsOf({ AUTH_ISSUER: 'http://127.0.0.1:9000' })).toEqual([])
    expect(problemsOf({ AUTH_ISSUER: 'http://issuer.example' })).toHaveLength(1)
  })

  it.each<[string, Record<string, string>]>([
    ['HOST 0.0.0.0', { HOST: '0.0.0.0' }],
    ['STAGE prod', { STAGE: 'prod' }],
    ['TRUST_PROXY 1', { TRUST_PROXY: '1' }],
    ['SERVICE_KEYS', { SERVICE_KEYS: `scheduler:${KEYS[0]}` }],
  ])('reject demo mode with %s, and name the settings to set', (sign, environment) => {
    expect(problemsOf(environment)).toEqual([
      expect.stringMatching(new RegExp(`^${sign} .*demo issuer.* Set AUTH_ISSUER or AUTH_PUBLIC_KEY.$`)),
    ])
    expect(problemsOf({ ...environment, AUTH_ISSUER: '' })).toHaveLength(1)
    for (const real of [{ AUTH_ISSUER: ISSUER }, { AUTH_PUBLIC_KEY: pem('public') }])
      expect(problemsOf({ ...environment, ...real })).toEqual([])
  })

  it('allow demo mode if these settings have their defaults', () => {
    expect(problemsOf({ HOST: 'localhost', STAGE: 'test', TRUST_PROXY: '0', SERVICE_KEYS: ' , ' })).toEqual([])
  })

  it.each(['AUTH_ISSUER', 'PROJECTS_URL', 'DYNAMODB_ENDPOINT'])(
    'reject an invalid URL in %s, and one with a user, a query or a fragment',
    (name) => {
      for (const text of ['nothing', 'ftp://example.org', 'https://', 'http://example.org'])
        expect(problemsOf({ [name]: text })).toHaveLength(1)
      for (const text of [
        'https://ada@example.org',
        'https://ada:hunter2@example.org',
        'https://:hunter2@example.org',
        'https://example.org/?key=hunter2',
        'https://example.org/#hunter2',
        'https://example.org/?',
      ]) {
        expect(problemsOf({ [name]: text })).toEqual([`${name} must be without a user, a password, a ? or a #`])
      }
    },
  )

  it('reject a user in FRAME_ANCESTORS, without printing it', () => {
    expect(problemsOf({ FRAME_ANCESTORS: 'https://example.org https://ada:hunter2@example.org' })).toEqual([
      'FRAME_ANCESTORS must be origins such as https://example.org, and number 2 is none',
    ])
  })

  describe('for service keys', () => {
    const rejected = (keys: string) => problemsOf({ AUTH_ISSUER: ISSUER, SERVICE_KEYS: keys })

    it('split an entry at its first colon into name and key', () => {
      const [one, other] = [`${KEYS[0]}:x`, KEYS[1]]
      expect([
        ...readSettings({ AUTH_ISSUER: ISSUER, SERVICE_KEYS: `scheduler:${one}, jobs:${other}` }).SERVICE_KEYS,
      ]).toEqual([
        ['scheduler', one],
        ['jobs', other],
      ])
    })

    it.each([32, 64])('accept any random %i hexadecimal digits', (digits) => {
      for (let count = 0; count < 200; count += 1)
        expect(rejected(`a:${randomBytes(digits / 2).toString('hex')}`)).toEqual([])
    })

    it.each([
      ['of one character', 'x'],
      ['of 31 characters', KEYS[0].slice(1)],
      ['that repeats one character', 'x'.repeat(64)],
      ['that repeats a word', 'correct-horse-battery-'.repeat(3).slice(0, 60)],
      ['that is a sequence of characters', 'abcdefghijklmnopqrstuvwxyz0123456789'],
      ['of two different characters', '0110100110010110100101100110100101101001'],
      ['that is still the placeholder', 'A-LONG-RANDOM-KEY-0f9d8b7a6c5e4321'],
      ['that is to be changed', 'changeme-0f9d8b7a6c5e43210f9d8b7a'],
      ['with a character that HTTP headers cannot contain', `${KEYS[0]}é`],
    ])('reject a key %s, without printing it', (_, key) => {
      const problems = rejected(`scheduler:${KEYS[1]},jobs:${key}`)
      expect(problems).toEqual([
        expect.stringMatching(
          /^SERVICE_KEYS must be keys that nobody can guess, and number 2 .*: openssl rand -hex 32$/,
        ),
      ])
      if (key.length > 1) expect(problems[0]).not.toContain(key)
    })

    it('reject equal keys, equal names, and a key in place of a name, without printing keys', () => {
      expect(rejected(`a:${KEYS[0]},b:${KEYS[0]}`)).toEqual([expect.stringContaining('another key for each program')])
      for (const keys of [`a:${KEYS[0]},a:${KEYS[1]}`, `${KEYS[0]}:a`, KEYS[0]]) {
        const [problem = '', ...others] = rejected(keys)
        expect([problem.slice(0, 21), others]).toEqual(['SERVICE_KEYS must be ', []])
        expect(problem).not.toContain(KEYS[0])
      }
    })
  })

  describe('for variables with other names', () => {
    it.each([
      ['AUTH_ISUER', 'AUTH_ISUER is no setting; is AUTH_ISSUER meant?'],
      ['auth_issuer', 'auth_issuer is no setting; is AUTH_ISSUER meant?'],
      ['SERVICE_KEY', 'SERVICE_KEY is no setting; is SERVICE_KEYS meant?'],
      ['AUTH_DOMAIN', 'AUTH_DOMAIN is no setting.'],
    ])('reject %s, which may be a misspelt security setting', (name, problem) => {
      expect(problemsOf({ [name]: 'x' })).toEqual([problem])
      expect(problemsOf({ [name]: '' })).toEqual([])
    })

    it.each([
      ['WRITE_GAURD', 'WRITE_GUARD'],
      ['CONFLICT', 'CONFLICTS'],
      ['PROT', 'PORT'],
      ['trust_proxy', 'TRUST_PROXY'],
      ['SITE_FILES', 'SITES_FILE'],
    ])('warn of %s', (name, meant) => {
      expect(problemsOf({ [name]: 'x' })).toEqual([])
      expect(settingsWarnings({ [name]: 'x' })).toEqual([`${name} is no setting; is ${meant} meant?`])
      expect(settingsWarnings({ [name]: '' })).toEqual([])
    })

    it('ignore those of shells, npm, AWS, systemd and Kubernetes, and the parameters of deploy/aws', () => {
      const deployment = [...readFileSync('deploy/aws/serverless.yml', 'utf8').matchAll(/\$\{env:(\w+)/g)].map(
        ([, name = '']) => name,
      )
      expect(deployment).toContain('SERVICE_KEYS_SECRET')
      const others = [
        'HOME',
        'HOSTNAME',
        'PATH',
        'PWD',
        'USER',
        'LANG',
        'TERM',
        'SHELL',
        'TZ',
        'OS',
        'NODE_ENV',
        'npm_config_user_agent',
        'AWS_REGIONS',
        'AWS_PROFILE',
        'INVOCATION_ID',
        'SERVICE_RESULT',
        'KUBERNETES_SERVICE_HOST',
        'AUTH_SERVICE_HOST',
        'AUTH_SERVICE_PORT',
        'AUTH_SERVICE_PORT_HTTPS',
        'AUTH_PORT',
        'AUTH_PORT_443_TCP',
        'AUTH_PORT_443_TCP_ADDR',
        ...deployment.filter((name) => !(name in SETTINGS)),
      ]
      const environment = Object.fromEntries(others.map((name) => [name, 'x']))
      expect([problemsOf(environment), settingsWarnings(environment)]).toEqual([[], []])
    })
  })

  it('warn of a public key without an issuer, and of an audience equal to the client id', () => {
    expect(settingsWarnings({ AUTH_PUBLIC_KEY: 'x' })).toEqual([
      expect.stringContaining('the issuer of a token is not checked'),
    ])
    expect(settingsWarnings({ AUTH_ISSUER: ISSUER, AUTH_AUDIENCE: 'a', AUTH_CLIENT_ID: 'a' })).toEqual([
      expect.stringContaining('ID tokens'),
    ])
    expect(
      settingsWarnings({ AUTH_ISSUER: ISSUER, AUTH_PUBLIC_KEY: 'x', AUTH_AUDIENCE: 'a', AUTH_CLIENT_ID: 'b' }),
    ).toEqual([])
  })

  it('read a public key as text or from a file, and reject a private one', () => {
    const key = pem('public')
    for (const overrides of [key, fileOf(key)]) {
      expect(
        readSettings({ AUTH_PUBLIC_KEY: overrides }).AUTH_PUBLIC_KEY?.export({ type: 'spki', format: 'pem' }),
      ).toBe(key)
    }
    expect(problemsOf({ AUTH_PUBLIC_KEY: pem('private') })).toEqual([
      'AUTH_PUBLIC_KEY must be a public key, and this is a private one',
    ])
    expect(problemsOf({ AUTH_PUBLIC_KEY: 'nothing' })).toEqual(['AUTH_PUBLIC_KEY names nothing, which is not there'])
    expect(problemsOf({ AUTH_PUBLIC_KEY: 'README.md' })).toEqual([
      'AUTH_PUBLIC_KEY must be a PEM public key or certificate, or a file that holds one',
    ])
  })

  it('reject a public key that is too short or not RSA', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    for (const key of [short, curve]) {
      const text = key.export({ type: 'spki', format: 'pem' }).toString()
      expect(problemsOf({ AUTH_PUBLIC_KEY: text })).toEqual([
        'AUTH_PUBLIC_KEY must be an RSA key of at least 2048 bits',
      ])
    }
  })

  it('read a sites file, and report its errors', () => {
    expect(readSettings({ SITES_FILE: fileOf(JSON.stringify([SAF])) }).SITES_FILE?.sites.get('saf')?.timeZone).toBe(
      'America/Denver',
    )
    const wrong = [SAF, SAF, { ...SAF, code: 'x', latitude: 91, time_zone: 'Mars/Olympus' }]
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify(wrong)) })[0]).toMatch(/latitude.*time_zone/)
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify([SAF, SAF])) })[0]).toContain('saf is listed twice')
    const [north, south] = [
      { ...SAF, code: 'aro1', wema: 'aro' },
      { ...SAF, code: 'aro2', wema: 'aro' },
    ]
    expect(
      readSettings({ SITES_FILE: fileOf(JSON.stringify([north, south])) }).SITES_FILE?.sites.get('aro2')?.wema,
    ).toBe('aro')
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify([north, { ...SAF, code: 'aro' }])) })[0]).toContain(
      'aro1 has the wema aro, which is the code of a telescope',
    )
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify([{ ...SAF, wema: 'saf' }])) })[0]).toContain(
      'saf has its own code as its wema',
    )
    const many = Array.from({ length: 65 }, (_, n) => ({ ...SAF, code: `t${n}`, wema: 'ranch' }))
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify(many)) })[0]).toContain('at most 64')
    expect(problemsOf({ SITES_FILE: 'missing' })).toEqual(['SITES_FILE names missing, which is not there'])
    expect(problemsOf({ SITES_FILE: 'docs' })).toEqual(['SITES_FILE names docs, which is a folder'])
    expect(problemsOf({ SITES_FILE: 'README.md' })).toEqual([
      expect.stringMatching(/^SITES_FILE names README.md, which cannot be used: /),
    ])
  })

  it('read the limits of a mount, and report those that are none', () => {
    const limits = { horizon: 15, ha_limit_neg: -4.5, ha_limit_pos: 4.5, zenith_blind_spot: 2 }
    const site = readSettings({ SITES_FILE: fileOf(JSON.stringify([{ ...SAF, ...limits }])) }).SITES_FILE?.sites.get(
      'saf',
    )
    expect(site).toMatchObject({ horizon: 15, haLimitNeg: -4.5, haLimitPos: 4.5, zenithBlindSpot: 2 })
    expect(site && siteToWire(site)).toEqual({ ...SAF, ...limits })
    const wrong = { horizon: -1, ha_limit_neg: 1, ha_limit_pos: 13, zenith_blind_spot: 91 }
    const [problem] = problemsOf({ SITES_FILE: fileOf(JSON.stringify([{ ...SAF, ...wrong }])) })
    for (const field of Object.keys(wrong)) expect(problem).toContain(`saf: ${field} `)
  })

  it('are printed with secrets masked', () => {
    const lines = describeSettings({ SERVICE_KEYS: 'scheduler:hunter2', PORT: '9000' })
    expect(lines).toContain('SERVICE_KEYS=***')
    expect(lines).toContain('PORT=9000')
    expect(lines.join()).not.toContain('hunter2')
  })
})
