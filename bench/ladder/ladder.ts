import type { ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { home, startCalendar } from '../../test/process/calendar.ts'
import { child, fill, interleaved, median, print, publicKeyIn, RECENT, spread, tokensOf } from '../lib.ts'
import { type Case, CASES, HISTORY, type LoadRequest } from './cases.ts'
import { type Load, load } from './load.ts'
import type { RungOptions } from './rung.ts'

const ROUNDS = 5
const SECONDS = 1.2
/**
 * The first rounds are not counted: a server runs for weeks, and its code is optimised within seconds. The calendar has most
 * of it, so that its times stand still last: after five to eight seconds.
 */
const WARM_UP_ROUNDS = 5

/** Measures each case on each rung: a bare server, one that also parses and asks the store, and the calendar. */
export async function ladder(): Promise<void> {
  print(
    `\nThe ladder: CPU time of the server for a request; median of ${ROUNDS} rounds of ${SECONDS} s in turn (from least to most).` +
      '\n`bare` is node:http that sends the same bytes; `store` also parses the body and asks the store.',
  )
  for (const name of Object.keys(CASES)) await measure(name)
}

async function measure(name: string): Promise<void> {
  const test = CASES[name] as Case
  const place = await home()
  fill(place.file, HISTORY, RECENT)
  const proxied = test.writes && { TRUST_PROXY: '1', AUTH_PUBLIC_KEY: await publicKeyIn(place.folder) }
  const environment = { ...place.environment, LOG_LEVEL: 'info', ...proxied }
  const calendar = await startCalendar(environment, ['ignore', 'ignore', 'inherit'])
  const rungs: ChildProcess[] = []
  try {
    const tokens = test.writes ? await tokensOf(test.connections, { folder: place.folder, port: calendar.port }) : []
    const { request, status, body } = await sample(test, calendar.port, tokens)
    const response = join(place.folder, 'response')
    writeFileSync(response, body)
    const database = join(place.folder, 'rung.db')
    fill(database, HISTORY, RECENT)
    const start = async (kind: RungOptions['kind']) => {
      const options: RungOptions = { kind, case: name, response, status, database }
      const { process, said: port } = await child('ladder/rung', JSON.stringify(options))
      rungs.push(process)
      return port as number
    }
    const ports: Record<string, number> = { bare: await start('bare') }
    if (test.answer ?? test.writes) ports['store'] = await start('store')
    ports['ours'] = calendar.port
    if (test.answer) await assertSame(ports, request)
    report(test, await rounds(test, ports, tokens, request))
  } finally {
    await calendar.end('SIGTERM')
    for (const rung of rungs) rung.kill()
    place.remove()
  }
}

/** One request with its response: the bytes that `bare` sends. For a case without a rung `store`, the request names the ETag. */
async function sample(test: Case, port: number, tokens: readonly string[]) {
  const request = test.request(0, tokens)
  const first = await send(port, request)
  if (test.answer ?? test.writes) return { request, ...first }
  const again = { ...request, headers: { ...request.headers, 'If-None-Match': first.etag } }
  return { request: again, ...(await send(port, again)) }
}

async function send(port: number, { method, path, body, headers }: LoadRequest) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    body: body ?? null,
    headers: headers ?? {},
  })
  if (response.status >= 400) throw new Error(`${path} was answered ${response.status}.`)
  return { status: response.status, body: await response.text(), etag: response.headers.get('etag') ?? '' }
}

/** All rungs must do the same work. */
async function assertSame(ports: Readonly<Record<string, number>>, request: LoadRequest): Promise<void> {
  const bodies = await Promise.all(Object.values(ports).map(async (port) => (await send(port, request)).body))
  if (new Set(bodies).size !== 1) throw new Error('The rungs do not answer alike.')
}

async function rounds(
  test: Case,
  ports: Readonly<Record<string, number>>,
  tokens: readonly string[],
  fixed: LoadRequest,
): Promise<Record<string, Load[]>> {
  let n = 0
  const varies = test.answer ?? test.writes
  const next = () => (varies ? test.request((n += 1), tokens) : fixed)
  const run = (port: number) => () => load({ port, connections: test.connections, seconds: SECONDS, next })
  const runs = Object.fromEntries(Object.entries(ports).map(([rung, port]) => [rung, run(port)]))
  await interleaved(WARM_UP_ROUNDS, runs)
  return interleaved(ROUNDS, runs)
}

function report({ title, aim }: Case, results: Readonly<Record<string, Load[]>>): void {
  print(`\n  ${title}; aim: ${aim}`)
  const ours = results['ours'] ?? []
  for (const [rung, loads] of Object.entries(results)) {
    const cpu = spread(
      loads.map((one) => one.cpu),
      'µs',
      1,
    )
    const rate = median(loads.map((one) => one.rate)).toFixed(0)
    const share = (of: keyof Load) =>
      spread(
        loads.map(
          (one, n) => (of === 'cpu' ? one.cpu / (ours[n]?.cpu ?? NaN) : (ours[n]?.rate ?? NaN) / one.rate) * 100,
        ),
        '%',
      )
    const compared = rung === 'ours' ? '' : `; ours stands at ${share('cpu')} of it by CPU, ${share('rate')} by rate`
    print(`    ${rung.padEnd(6)} ${cpu.padEnd(24)} ${rate.padStart(6)} requests/s${compared}`)
  }
}
