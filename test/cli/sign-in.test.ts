import { decodeJwt } from 'jose'
import { expect, it, onTestFinished } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { signIn } from '../../src/cli/sign-in.ts'
import { Browser } from '../demo/browser.ts'
import { httpStub } from '../http-stub.ts'
import { serve, serveDemo } from '../server.ts'
import { command, startCommand } from './folder.ts'

/** Starts `sign-in`; `end` interrupts it. */
function signingIn(address: string) {
  const controller = new AbortController()
  const started = startCommand({ CALENDAR_URL: address }, ['sign-in', '--json'], { signal: controller.signal })
  const end = () => controller.abort('SIGINT')
  onTestFinished(end)
  return { ...started, end }
}

/** An issuer that answers at the endpoint for tokens with an error, and a calendar that has it. */
function issuing(error: string | undefined): Promise<string> {
  return httpStub((request, response) => {
    const base = `http://${request.headers.host}`
    const answers: Record<string, object> = {
      '/config': { issuer: base, client_id: 'calendar', audience: 'urn:calendar', max_window_days: 1, max_series: 1 },
      '/.well-known/openid-configuration': {
        issuer: base,
        token_endpoint: `${base}/token`,
        ...(error !== undefined && { device_authorization_endpoint: `${base}/device` }),
      },
      '/device': {
        device_code: 'secret',
        user_code: 'ABCD\u001b[31m',
        verification_uri: `${base}/here`,
        expires_in: error === 'never' ? 1 : 100,
        interval: ['never', 'slow'].includes(error ?? '') ? 60 : 0.01,
      },
    }
    const answer = answers[request.url ?? '']
    response
      .writeHead(answer ? 200 : 400, { 'Content-Type': 'application/json' })
      .end(JSON.stringify(answer ?? { error }))
  })
}

it('prints the token of who signs in with the code in a browser', async () => {
  const server = await serveDemo()
  onTestFinished(() => server.stop())
  const address = `${server.address}${server.base}`
  const { out, err, code } = signingIn(address)
  await expect.poll(err).toContain('or open')
  const [, uri = '', userCode = ''] = /^Open (\S+) and enter the code (\S+)\n/.exec(err()) ?? []
  const browser = new Browser()
  const confirm = await browser.submit(await browser.open(uri), { user_code: userCode })
  await browser.choose(await browser.submit(confirm), 'bo')
  expect(await code).toBe(EXIT.done)
  const { token, expires } = JSON.parse(out()) as { token: string; expires: string }
  expect(decodeJwt(token).sub).toBe('demo|bo')
  expect(Date.parse(expires)).toBeGreaterThan(Date.now())
  const reserve = ['reserve', 'saf', '2031-06-19 22:15', '--json']
  const reserved = await command({ CALENDAR_URL: address, CALENDAR_TOKEN: token }, reserve)
  expect(JSON.parse(reserved.out)).toMatchObject({ event: { creator_id: 'demo|bo' } })
}, 60_000)

it.each([
  ['access_denied', 'Signing in was declined.'],
  ['expired_token', 'The code has expired; run the command again.'],
  ['never', 'The code has expired; run the command again.'],
  ['invalid_client', expect.stringMatching(/ refuses to sign in: invalid_client\.$/)],
])(
  'says in one sentence that the issuer answers %s',
  async (error, sentence) => {
    const { code, out, err } = await command({ CALENDAR_URL: await issuing(error) }, ['sign-in'])
    expect([code, out]).toEqual([EXIT.unable, ''])
    expect(err.split('\n').slice(0, -1)).toEqual([expect.stringMatching(/ enter the code ABCD\ufffd\[31m$/), sentence])
  },
  20_000,
)

it('ends at once when it is interrupted as soon as it says where to sign in', async () => {
  const leaving = new AbortController()
  const asked = { issuer: await issuing('slow'), clientId: 'calendar', audience: 'urn:calendar', now: () => 0 }
  const say = () => leaving.abort('SIGINT')
  await expect(signIn({ ...asked, signal: leaving.signal, say })).rejects.toMatchObject({ code: 'interrupted' })
}, 20_000)

it('says that an issuer has no device codes, or does not answer', async () => {
  const without = await command({ CALENDAR_URL: await issuing(undefined) }, ['sign-in'])
  expect([without.code, without.err]).toEqual([EXIT.unable, expect.stringMatching(/ has no device codes; /)])
  const server = await serve({ AUTH_ISSUER: 'http://127.0.0.1:1' })
  onTestFinished(() => server.stop())
  const { code, err } = await command({ CALENDAR_URL: `${server.address}${server.base}` }, ['sign-in'])
  expect([code, err]).toEqual([EXIT.unable, 'http://127.0.0.1:1 does not answer as a sign-in service does.\n'])
})

it('ends while it waits when it is interrupted', async () => {
  const { code, err, end } = signingIn(await issuing('slow'))
  await expect.poll(err).toContain('enter the code')
  end()
  expect(await code).toBe(130)
})
