import { type ChildProcess, spawn, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { endOf } from '../child.ts'

/** What a service sends to be known as `service:test`. */
export const SERVICE_KEY = 'e3f1a90b7c2d48569f0e1d2c3b4a5968'

/** No demo, but a calendar with an issuer, of which nothing is asked, and with a service. It also starts sooner. */
export const TRUSTING = { AUTH_ISSUER: 'https://issuer.invalid', SERVICE_KEYS: `test:${SERVICE_KEY}` }

/** A folder of its own for a store, and the environment of a calendar that keeps it there. */
export async function home() {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-'))
  const environment = {
    PATH: process.env['PATH'] ?? '',
    PORT: String(await freePort()),
    STORE: `sqlite:${join(folder, 'calendar.db')}`,
    LOG_LEVEL: 'error',
    OBSERVER_WRITES_PER_MINUTE: '100000000',
    OBSERVER_WRITES_PER_DAY: '100000000',
  }
  const remove = () => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  return { folder, environment, file: join(folder, 'calendar.db'), remove }
}

/** What a test that failed has left running. */
const running = new Set<ChildProcess>()

export type Environment = Readonly<Record<string, string>>

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The command as it is installed: what `npm run build` left in dist. `through` starts it with other rights or bounds. */
function command(
  environment: Environment,
  args: readonly string[],
  stdio: StdioOptions = ['ignore', 'pipe', 'pipe'],
  through: readonly string[] = [],
): ChildProcess {
  const [program, ...first] = [...through, process.execPath, 'bin/photonranch-calendar.js']
  const child = spawn(program, [...first, ...args], { env: environment, stdio })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

/** Runs a command to its end. */
export async function run(environment: Environment, ...args: string[]) {
  const child = command(environment, args)
  let out = ''
  let err = ''
  child.stdout?.on('data', (data: Buffer) => (out += data))
  child.stderr?.on('data', (data: Buffer) => (err += data))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Starts a command that is not waited for. */
export function startCommand(environment: Environment, ...args: string[]) {
  const child = command(environment, args, 'ignore')
  const { ended, until } = endOf(child)
  return {
    until,
    end: async (signal: NodeJS.Signals) => {
      child.kill(signal)
      const [code] = await ended
      return { code }
    },
  }
}

export interface Calendar {
  readonly pid: number
  readonly port: number
  readonly base: string
  /** Calls `check` until it throws no more. @throws Error as soon as the server has ended without that */
  until(check: () => unknown): Promise<void>
  /** Sends a signal; resolves with the exit code (null when the signal itself ended it) and how long it took, in ms. */
  end(signal: NodeJS.Signals): Promise<{ code: number | null; ms: number; out: string }>
}

/** Starts a server process and resolves once it can answer. What it prints is kept, unless `stdio` says otherwise. */
export async function startCalendar(
  environment: Environment,
  stdio?: StdioOptions,
  through?: readonly string[],
): Promise<Calendar> {
  const child = command(environment, ['serve'], stdio, through)
  let out = ''
  child.stdout?.on('data', (data: Buffer) => (out += data))
  child.stderr?.on('data', (data: Buffer) => (out += data))
  const { ended, until } = endOf(child, () => out)
  const port = Number(environment['PORT'])
  while (!(await isReady(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The calendar did not start:\n${out}`)
    await sleep(20)
  }
  return {
    pid: child.pid ?? 0,
    port,
    base: `http://127.0.0.1:${port}/dev`,
    until,
    end: async (signal) => {
      const startedAt = performance.now()
      child.kill(signal)
      const [code] = await ended
      return { code, ms: performance.now() - startedAt, out }
    },
  }
}

/** To connect takes less of the processor than a request, and most attempts are made before anything listens. */
const isReady = async (port: number) =>
  (await isListening(port)) &&
  fetch(`http://127.0.0.1:${port}/health/ready`, { signal: AbortSignal.timeout(500) }).then(
    ({ ok }) => ok,
    () => false,
  )

const isListening = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => resolve(false)).once('connect', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })

/** Asks an endpoint, as programs do. */
export async function post(
  url: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; value: unknown }> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body), headers })
  return { status: response.status, value: await response.json() }
}

export const asService = { 'X-Api-Key': SERVICE_KEY }
export const withToken = (token: string) => ({ Authorization: `Bearer ${token}` })

/** The minute that is so many minutes into 2030, as the wire writes it. */
export const minute = (n: number): string =>
  `${new Date(Date.UTC(2030, 0, 1) + n * 60_000).toISOString().slice(0, 19)}Z`
