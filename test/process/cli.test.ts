import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { home, post, run, SERVICE_KEY, startCalendar, TRUSTING, withToken } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
beforeEach(async () => {
  place = await home()
})
afterEach(() => place.remove())

describe('config', () => {
  it('prints every setting in force, and no secret', async () => {
    const { code, out } = await run({ ...place.environment, ...TRUSTING }, 'config')
    expect(code).toBe(0)
    expect(out).toContain(`STORE=${place.environment.STORE}\n`)
    expect(out).toContain('STAGE=dev  (default)\n')
    expect(out).toContain('SERVICE_KEYS=***\n')
    expect(out).not.toContain(SERVICE_KEY)
  })

  it('reports all mistakes at once, and no secret', async () => {
    const mistakes = { PORT: 'many', STAGE: 'moon', CONFLICTS: 'maybe', SERVICE_KEYS: 'no-colon-but-secret' }
    const { code, out, err } = await run({ ...place.environment, ...mistakes }, 'config')
    expect(code).toBe(1)
    for (const name of Object.keys(mistakes)) expect(err).toContain(`  ${name} must be `)
    expect(out + err).not.toContain('no-colon-but-secret')
    expect(err).not.toContain('    at ')
  })
})

it('config warns of names that are nearly settings', async () => {
  const { code, err } = await run({ ...place.environment, WRITE_GAURD: 'strict' }, 'config')
  expect([code, err]).toEqual([0, 'WRITE_GAURD is no setting; is WRITE_GUARD meant?\n'])
})

describe('serve', () => {
  it('logs names that are nearly settings', async () => {
    const calendar = await startCalendar({ ...place.environment, LOG_LEVEL: 'warn', WRITE_GAURD: 'strict' })
    const { out } = await calendar.end('SIGTERM')
    expect(out).toContain('WRITE_GAURD is no setting; is WRITE_GUARD meant?')
  })

  it.each([['AUTH_ISUER', 'https://issuer.example'], ['STAGE', 'prod'], ['TRUST_PROXY', '1'], ['SERVICE_KEYS', TRUSTING.SERVICE_KEYS]])('refuses to be a demo with %s=%s', async (name, value) => {
    const { code, err } = await run({ ...place.environment, [name]: value }, 'serve')
    expect([code, err]).toEqual([1, expect.stringMatching(new RegExp(`^These settings are wrong:\n  ${name}.* AUTH_ISSUER`))])
    expect(err).not.toContain(SERVICE_KEY)
  })

  it('refuses to be a demo where others can reach it', async () => {
    const { code, err } = await run({ ...place.environment, HOST: '0.0.0.0' }, 'serve')
    expect(code).toBe(1)
    expect(err).toContain('HOST 0.0.0.0 is not loopback')
  })

  it('says so, and ends, when its port is taken', async () => {
    const calendar = await startCalendar(place.environment)
    const { code, err } = await run(place.environment, 'serve')
    expect(code).toBe(1)
    expect(err).toContain('EADDRINUSE')
    await calendar.end('SIGTERM')
  })
})

describe('token', () => {
  it('prints a token with which one can reserve', async () => {
    const calendar = await startCalendar(place.environment)
    const { code, out } = await run(place.environment, 'token', '--as', 'ada')
    expect(code).toBe(0)
    const wish = { event_id: 'adas', site: 'saf', start: '2030-06-20T04:15:00Z' }
    const { status, value } = await post(`${calendar.base}/newevent`, wish, withToken(out.trim()))
    expect(status).toBe(200)
    expect(value).toMatchObject({ new_calendar_event: { ...wish, creator_id: 'demo|ada', creator: 'Ada Lovelace' } })
    await calendar.end('SIGTERM')
  })

  it('names who there is when there is no such person', async () => {
    const { code, err } = await run(place.environment, 'token', '--as', 'zoe')
    expect(code).toBe(1)
    expect(err).toContain('There is no zoe; there are ada, bo, cleo, grace.')
  })

  it('is not to be had where there is a real issuer', async () => {
    const { code, err } = await run({ ...place.environment, AUTH_ISSUER: 'https://issuer.example.org' }, 'token', '--as', 'ada')
    expect(code).toBe(1)
    expect(err).toContain('There is a real issuer')
  })
})

it('explains itself', async () => {
  const { code, out } = await run(place.environment, '--help')
  expect(code).toBe(0)
  for (const name of ['serve', 'config', 'token', 'import', 'export', 'migrate', 'backup', 'check']) expect(out).toMatch(new RegExp(`^  ${name}\\b`, 'm'))
})
