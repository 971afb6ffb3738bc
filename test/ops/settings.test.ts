import { mkdtempSync, writeFileSync } from 'node:fs'
import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { describeSettings, isDemo, readSettings, SettingsError } from '../../src/ops/settings.ts'

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(environment)
    return []
  } catch (error) {
    if (error instanceof SettingsError) return error.problems
    throw error
  }
}

const fileOf = (text: string) => {
  const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'file')
  writeFileSync(file, text)
  return file
}

const pem = (type: 'public' | 'private') => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return type === 'public' ? publicKey.export({ type: 'spki', format: 'pem' }).toString() : privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

const SAF = { code: 'saf', name: 'Apache Ridge', latitude: 35.5, longitude: -105.9, elevation: 2194, time_zone: 'America/Denver', enclosure: 'dome' }

describe('settings', () => {
  it('need none', () => {
    const settings = readSettings({})
    expect(settings).toMatchObject({ PORT: 8000, HOST: '127.0.0.1', STAGE: 'dev', STORE: 'sqlite:data/calendar.db', CONFLICTS: 'deny' })
    expect(isDemo(settings)).toBe(true)
  })

  it('count an empty variable as not set', () => {
    expect(readSettings({ PORT: '', AUTH_ISSUER: '' })).toMatchObject({ PORT: 8000, AUTH_ISSUER: undefined })
  })

  it('names every mistake at once', () => {
    const problems = problemsOf({ PORT: '99999', STAGE: 'live', HOST: '0.0.0.0', SERVICE_KEYS: 'nokey', SITES_FILE: fileOf('[{}]'), AUTH_ROLES_CLAIM: 'x' })
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['PORT', 'STAGE', 'SITES_FILE', 'SERVICE_KEYS', 'HOST'])
  })

  it.each(['0.0.0.0', '192.168.1.5', '::', 'example.org'])('refuses the demo issuer on %s', (host) => {
    expect(problemsOf({ HOST: host })).toHaveLength(1)
    expect(problemsOf({ HOST: host, AUTH_ISSUER: 'https://issuer.example/' })).toEqual([])
    expect(problemsOf({ HOST: host, AUTH_PUBLIC_KEY: pem('public') })).toEqual([])
  })

  it('allows http for an issuer on this machine only', () => {
    expect(problemsOf({ AUTH_ISSUER: 'http://127.0.0.1:9000' })).toEqual([])
    expect(problemsOf({ AUTH_ISSUER: 'http://issuer.example' })).toHaveLength(1)
  })

  it('reads service keys, keys with a colon too', () => {
    expect([...readSettings({ SERVICE_KEYS: 'scheduler:abc:def, jobs:xyz' }).SERVICE_KEYS]).toEqual([
      ['scheduler', 'abc:def'],
      ['jobs', 'xyz'],
    ])
    expect(problemsOf({ SERVICE_KEYS: 'a:1,a:2' })).toHaveLength(1)
  })

  it('reads a public key as text or from a file, and refuses a private one', () => {
    const key = pem('public')
    for (const given of [key, fileOf(key)]) {
      expect(readSettings({ AUTH_PUBLIC_KEY: given }).AUTH_PUBLIC_KEY?.export({ type: 'spki', format: 'pem' })).toBe(key)
    }
    expect(problemsOf({ AUTH_PUBLIC_KEY: pem('private') })).toEqual(['AUTH_PUBLIC_KEY must be a public key, and this is a private one'])
    expect(problemsOf({ AUTH_PUBLIC_KEY: 'nothing' })).toHaveLength(1)
  })

  it('refuse a key that is too short, or of another kind than tokens are signed with', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    for (const key of [short, curve]) {
      const text = key.export({ type: 'spki', format: 'pem' }).toString()
      expect(problemsOf({ AUTH_PUBLIC_KEY: text })).toEqual(['AUTH_PUBLIC_KEY must be an RSA key of at least 2048 bits'])
    }
  })

  it('reads a sites file, and says what is wrong with one', () => {
    expect(readSettings({ SITES_FILE: fileOf(JSON.stringify([SAF])) }).SITES_FILE?.get('saf')?.timeZone).toBe('America/Denver')
    const wrong = [SAF, SAF, { ...SAF, code: 'x', latitude: 91, time_zone: 'Mars/Olympus' }]
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify(wrong)) })[0]).toMatch(/latitude.*time_zone/)
    expect(problemsOf({ SITES_FILE: fileOf(JSON.stringify([SAF, SAF])) })[0]).toContain('saf is listed twice')
    expect(problemsOf({ SITES_FILE: 'missing' })).toHaveLength(1)
  })

  it('are printed with secrets masked', () => {
    const lines = describeSettings({ SERVICE_KEYS: 'scheduler:hunter2', PORT: '9000' })
    expect(lines).toContain('SERVICE_KEYS=***')
    expect(lines).toContain('PORT=9000')
    expect(lines.join()).not.toContain('hunter2')
  })
})
