import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer, connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createServer as createVite, type Plugin } from 'vite'

/**
 * Runs the calendar from its sources. Vite serves the page, and proxies everything else to a server that restarts when its
 * sources change.
 */
const HOST = '127.0.0.1'
const HOME = 'node_modules/.cache/dev'
const PAGE_PORT = Number(process.env['PORT'] || 8000)
/** Paths that are proxied to the server: endpoints, their documentation, health, metrics, and the demo issuer. */
const SERVER_PATHS = String.raw`^/(dev|docs|openapi\.json|health|metrics|demo-identity)(?=[/?]|$)`
const TIMEOUT_MS = 15_000

const serverPort = await freePort()
const environment = {
  LOG_LEVEL: 'error',
  ...process.env,
  HOST,
  STAGE: 'dev',
  STORE: process.env['STORE'] || `sqlite:${HOME}/calendar.db`,
}
mkdirSync(HOME, { recursive: true })

const ended = new AbortController()
const end = () => ended.abort()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)

// At each start, because demo data covers the fortnight around today.
const [code] = (await once(node('src/main/cli.ts', 'demo-data', '--add'), 'exit')) as [number | null]
if (code !== 0 || ended.signal.aborted) process.exit(code ?? 1)

const vite = await createVite({
  root: 'web',
  cacheDir: `../${HOME}/vite`,
  clearScreen: false,
  logLevel: 'warn',
  plugins: [waitForServer()],
  server: {
    host: HOST,
    port: PAGE_PORT,
    strictPort: true,
    proxy: { [SERVER_PATHS]: { target: `http://${HOST}:${serverPort}`, changeOrigin: false } },
  },
})
await vite.listen().catch((error: Error) => {
  console.error(`${error.message}: stop what listens there, or set PORT.`)
  process.exit(1)
})
// Vite would exit the process before the server has stopped.
process.removeAllListeners('SIGTERM').on('SIGTERM', end)
const server = node('--watch', '--watch-preserve-output', 'dev/server.ts', String(PAGE_PORT))
process.on('exit', () => server.kill())
console.log(`The calendar is at http://${HOST}:${PAGE_PORT}, with demo data in ${environment.STORE}. Ctrl-C ends it.`)

if (!ended.signal.aborted) await Promise.race([once(ended.signal, 'abort'), once(server, 'exit')])
await Promise.all([vite.close(), endOf(server)])
process.exit(ended.signal.aborted ? 0 : 1)

function node(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, words, {
    env: { ...environment, PORT: String(serverPort) },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
}

/** Ends the server. On Ctrl-C, a terminal signals the whole process group, so it may have ended already. */
async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await once(child, 'exit')
}

/** Lets requests wait while the server restarts. */
function waitForServer(): Plugin {
  const pattern = new RegExp(SERVER_PATHS)
  return {
    name: 'wait-for-server',
    configureServer: ({ middlewares }) =>
      void middlewares.use((request, _, next) => {
        if (pattern.test(request.url ?? '')) void listening().then(() => next())
        else next()
      }),
  }
}

/** Resolves when the server accepts connections, or after a timeout; then the proxy reports the error. */
async function listening(): Promise<void> {
  const until = performance.now() + TIMEOUT_MS
  while (!(await answers()) && performance.now() < until) await sleep(50)
}

function answers(): Promise<boolean> {
  const socket = connect(serverPort, HOST)
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST)
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  return port
}
