import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { EXIT } from '../../src/cli/cli-error.ts'
import { inheritedSocket } from '../../src/main/inherited-socket.ts'
import { home, TRUSTING } from './calendar.ts'
import { behindSocket } from './socket-activation.ts'

let place: Awaited<ReturnType<typeof home>>
let server: Awaited<ReturnType<typeof behindSocket>> | undefined
beforeEach(async () => {
  place = await home()
})
afterEach(async () => {
  await server?.end()
  server = undefined
  place.remove()
})

const BODY = JSON.stringify({ site: 'saf', start: '2030-06-20T00:00:00Z', end: '2030-06-21T00:00:00Z' })

/** One poll as an observatory's: with its patience, and what came of it. */
async function poll(port: number, agent: Agent): Promise<string> {
  const { said: output, kept } = await asked(port, agent)
  // Here a client may have been held up for as long as a server waits for it. It asks again, as clients do.
  return kept && output === 'ECONNRESET' ? (await asked(port, agent)).said : output
}

const asked = (port: number, agent: Agent) =>
  new Promise<{ said: string; kept: boolean }>((resolve) => {
    const notify = (output: string) => resolve({ said: output, kept: asking.reusedSocket })
    const asking = request(
      { port, host: '127.0.0.1', method: 'POST', path: '/dev/siteevents', agent, timeout: 20_000 },
      (answer) => {
        let text = ''
        answer.on('data', (data: Buffer) => (text += data))
        answer.on('end', () => notify(`${answer.statusCode} ${text}`))
        answer.on('error', (error) => notify(error.message))
      },
    )
    asking.on('timeout', () => asking.destroy(new Error('no answer in time')))
    asking.on('error', (error: Error & { code?: string }) => notify(error.code ?? error.message))
    asking.end(BODY)
  })

it('answers every poll during restarts, on kept and on new connections', async () => {
  server = await behindSocket(place)
  const { port, restart, codes } = server
  const answers = new Map<string, number>()
  const orders = { stop: false }
  const pollers = Promise.all(
    Array.from({ length: 20 }, async (_, n) => {
      const agent = new Agent({ keepAlive: n % 2 === 0 })
      while (!orders.stop) {
        const answer = await poll(port, agent)
        answers.set(answer, (answers.get(answer) ?? 0) + 1)
        await sleep(30)
      }
      agent.destroy()
    }),
  )
  const answered = () => [...answers.values()].reduce((sum, count) => sum + count, 0)
  const more = async (count: number) => {
    const enough = answered() + count
    while (answered() < enough) await sleep(10)
  }
  await more(100)
  for (const name of ['SIGTERM', 'SIGHUP', 'SIGTERM'] as const) {
    await restart(name)
    await more(100)
  }
  orders.stop = true
  await pollers
  expect([...answers.keys()]).toEqual(['200 []'])
  expect(codes()).toEqual(['0', '0', '0'])
})

it('lets requests wait while no server runs, and the next one answers them', async () => {
  server = await behindSocket(place)
  const { port, restart } = server
  // Nothing runs yet: the first request starts it.
  expect(await poll(port, new Agent())).toBe('200 []')
  const ended = restart('SIGTERM')
  const during = Promise.all(Array.from({ length: 50 }, () => poll(port, new Agent())))
  await ended
  expect(new Set(await during)).toEqual(new Set(['200 []']))
})

it('uses the one socket that was passed to it, and rejects anything else', () => {
  expect(inheritedSocket({}, 7)).toBeUndefined()
  expect(inheritedSocket({ LISTEN_PID: '7', LISTEN_FDS: '1', LISTEN_FDNAMES: 'http' }, 7)).toBe(3)
  expect(inheritedSocket({ LISTEN_PID: '8', LISTEN_FDS: '1' }, 7)).toBeUndefined()
  expect(() => inheritedSocket({ LISTEN_PID: '7', LISTEN_FDS: '2' }, 7)).toThrow('Give its unit one ListenStream.')
})

it.each([
  ['a socket that is not TCP', TRUSTING, '/calendar.sock', 'The inherited socket is not a TCP socket'],
  ['any socket in demo mode', {}, '', 'An inherited socket is for production'],
])('does not start on %s', async (_, settings, path, sentence) => {
  const listening = createServer().listen(path ? { path: `${place.folder}${path}` } : { port: 0, host: '127.0.0.1' })
  await once(listening, 'listening')
  const { fd } = Reflect.get(listening, '_handle') as { fd: number }
  const environment = { ...place.environment, ...settings, NODE: process.execPath }
  const child = spawn('sh', ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$NODE" bin/photonranch-calendar.js serve'], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', fd],
  })
  let output = ''
  child.stderr?.on('data', (data: Buffer) => (output += data))
  const [code] = (await once(child, 'close')) as [number]
  expect([code, output]).toEqual([EXIT.settings, expect.stringContaining(sentence) as string])
  listening.close()
})
