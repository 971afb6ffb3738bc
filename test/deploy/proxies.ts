import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from 'node:tls'
import { generate } from 'selfsigned'
import { onTestFinished } from 'vitest'
import { freePort } from '../process/calendar.ts'

/** Where test/needs.sh unpacks programs that are not installed. */
const OWN = 'build/unpacked'
const programOf = (path: string, name: string) => (existsSync(join(OWN, path)) ? join(process.cwd(), OWN, path) : name)

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly text: string
  /** The parsed body; undefined if it is not JSON. */
  readonly json: unknown
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly agent?: Agent
}

export interface Proxy {
  readonly port: number
  /** The port without TLS. */
  readonly plainPort: number
  ask(path: string, asking?: Asking): Promise<Answer>
  /** The contents of all its log files. */
  logs(): string
  stop(): Promise<void>
}

/** Replace the time-outs of the configuration, in seconds: for connecting to the calendar, and for its response. */
interface Waits {
  readonly reach?: number
  readonly answer?: number
}

interface Place {
  readonly folder: string
  readonly upstream: number
  readonly port: number
  readonly plainPort: number
  readonly waits: Waits
}

/** A configuration file with replacements. @throws Error if it lacks a text to replace */
function filled(file: string, replacements: readonly (readonly [string | RegExp, string])[]): string {
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of replacements) {
    if (text.search(from) < 0) throw new Error(`${file} has no ${from}`)
    text = text.replaceAll(from, to)
  }
  return text
}

const KINDS = {
  nginx({ folder, upstream, port, plainPort, waits }: Place) {
    const site = filled('deploy/proxy/nginx.conf', [
      ['127.0.0.1:8000', `127.0.0.1:${upstream}`],
      [/^ *listen \[::\].*\n/gm, ''],
      ['listen 443', `listen 127.0.0.1:${port}`],
      ['listen 80', `listen 127.0.0.1:${plainPort}`],
      ['/etc/ssl/calendar', folder],
      ['/var/log/nginx', folder],
      ['18s', `${waits.answer ?? 18}s`],
    ])
    writeFileSync(join(folder, 'site.conf'), site)
    const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ')
    // Like Debian's nginx.conf, which logs every request by default.
    const main = `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
      events {} http { access_log ${folder}/access.log; ${places} include ${folder}/site.conf; }`
    writeFileSync(join(folder, 'nginx.conf'), main)
    return spawn(
      programOf('usr/sbin/nginx', 'nginx'),
      ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')],
      {
        env: { PATH: `${process.env['PATH']}:/usr/sbin` },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
  },
  Caddy({ folder, upstream, port, plainPort, waits }: Place) {
    const site = filled('deploy/proxy/Caddyfile', [
      ['127.0.0.1:8000', `127.0.0.1:${upstream}`],
      [/^\{\n/gm, `{\n\tadmin off\n\tauto_https disable_certs\n\thttp_port ${plainPort}\n\thttps_port ${port}\n`],
      ['output stderr', `output file ${folder}/errors.log`],
      [
        /^calendar\.example\.org \{/gm,
        `https://localhost:${port} {\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`,
      ],
      ['/var/log/caddy', folder],
      ['lb_try_duration 12s', `lb_try_duration ${waits.reach ?? 12}s`],
      ['18s', `${waits.answer ?? 18}s`],
    ])
    writeFileSync(join(folder, 'Caddyfile'), site)
    return spawn(
      programOf('usr/bin/caddy', 'caddy'),
      ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
      {
        env: { PATH: process.env['PATH'] ?? '', HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
        stdio: 'ignore',
      },
    )
  },
} satisfies Record<string, (place: Place) => ChildProcess>

export type Kind = keyof typeof KINDS
export const PROXIES = Object.keys(KINDS) as Kind[]

/** Starts a proxy with our configuration in front of a local port. */
export async function startProxy(kind: Kind, upstream: number, waits: Waits = {}): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), 'calendar-proxy-'))
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }])
  writeFileSync(join(folder, 'fullchain.pem'), cert)
  writeFileSync(join(folder, 'privkey.pem'), key)
  mkdirSync(join(folder, 'logs'))
  const [port, plainPort] = [await freePort(), await freePort()]
  const child = KINDS[kind]({ folder, upstream, port, plainPort, waits })
  const exit = once(child, 'exit')
  const ask = (path: string, asking: Asking = {}) => asked(port, path, asking)
  while (
    !(await ask('/metrics').then(
      () => true,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error(`${kind} did not start:\n${logsIn(folder)}`)
    await sleep(20)
  }
  return {
    port,
    plainPort,
    ask,
    logs: () => logsIn(folder),
    async stop() {
      child.kill('SIGTERM')
      await exit
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a proxy that is stopped when the running test finishes. */
export async function startProxyHere(...overrides: Parameters<typeof startProxy>): Promise<Proxy> {
  const proxy = await startProxy(...overrides)
  onTestFinished(() => proxy.stop())
  return proxy
}

const logsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.log') && statSync(join(folder, name)).isFile())
    .map((name) => `== ${name}\n${readFileSync(join(folder, name), 'utf8')}`)
    .join('\n')

const asked = (port: number, path: string, { method = 'GET', headers = {}, body, agent }: Asking) =>
  new Promise<Answer>((resolve, reject) => {
    const options = {
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      path,
      method,
      rejectUnauthorized: false,
      ...(agent && { agent }),
    }
    const asking = request({ ...options, headers: { Host: `localhost:${port}`, ...headers } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const whole = Buffer.concat(parts)
        const text = whole.toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: whole, text, json: parsed(text) })
      })
    })
    asking.on('error', reject)
    asking.end(body)
  })

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Sends a text over TLS. @returns all that the proxy sends until it closes */
export const sendRaw = (port: number, text: string) =>
  new Promise<string>((resolve) => {
    let answer = ''
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () =>
      socket.write(text),
    )
    socket.on('data', (data: Buffer) => (answer += data))
    socket.on('error', () => resolve(answer))
    socket.on('close', () => resolve(answer))
  })
