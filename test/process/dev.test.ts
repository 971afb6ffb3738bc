import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { endOf } from '../child.ts'
import { freePort, home } from './calendar.ts'

let place: Awaited<ReturnType<typeof home>>
beforeAll(async () => void (place = await home()))
afterAll(() => place.remove())

it('serves the page and the endpoints at one address, with demo data, and exits on a signal', async () => {
  const port = await freePort()
  const child = spawn(process.execPath, ['dev/dev.ts'], {
    env: { ...place.environment, PORT: String(port) },
    stdio: 'ignore',
  })
  const { ended, beforeEnd } = endOf(child)
  const ask = (path: string) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers: { accept: 'text/html', connection: 'close' } })
  try {
    const page = await beforeEnd(vi.waitFor(() => ask('/saf'), { timeout: 100_000 }))
    expect(await page.text()).toContain('/@vite/client')
    expect(await (await ask('/main.tsx')).text()).toContain('preact')
    // The server may still be starting: it is waited for.
    expect(await (await ask('/dev/get-event?event_id=nothing')).json()).toBe('There is no such event.')
    const { issuer } = (await (await ask('/dev/config')).json()) as { issuer: string }
    expect(issuer).toBe(`http://127.0.0.1:${port}/demo-identity`)
    expect(await (await ask('/demo-identity/.well-known/openid-configuration')).json()).toMatchObject({
      issuer,
      jwks_uri: `${issuer}/jwks`,
    })
    const window = `start=${new Date(Date.now() - 86_400_000).toISOString()}&end=${new Date(Date.now() + 604_800_000).toISOString()}`
    expect(((await (await ask(`/dev/siteevents?site=saf&${window}`)).json()) as unknown[]).length).toBeGreaterThan(10)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await ended).toEqual([0, null])
  await expect(ask('/')).rejects.toThrow()
})
