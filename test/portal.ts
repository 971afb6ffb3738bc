import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** An observation as a stock portal sends it, shortened. */
export type Observation = Readonly<Record<string, unknown>> & { readonly id: number }

export const SECRET = 'Token 0123456789abcdef0123456789abcdef'

/** A time in June 2030: `june(20, '04:15')`. */
export const june = (day: number, time = '00:00'): string => `2030-06-${String(day).padStart(2, '0')}T${time}:00Z`

/** An observation of half an hour on the 20th of June 2030, in an hour of its own. */
export const observation = (n: number, overrides: Readonly<Record<string, unknown>> = {}): Observation => ({
  id: 1000 + n,
  request: { id: 2000 + n, state: 'PENDING', configurations: [{ exposure_time: 30.5, target: { name: 'M 31' } }] },
  site: 'mrc',
  enclosure: 'enc1',
  telescope: '0m31',
  start: june(20, `${String(n % 24).padStart(2, '0')}:00`),
  end: june(20, `${String(n % 24).padStart(2, '0')}:30`),
  state: 'PENDING',
  proposal: 'LCO2030A-001',
  submitter: 'hubble',
  name: 'M31 Cepheids',
  observation_type: 'NORMAL',
  modified: '2030-06-19T20:00:00.123456Z',
  ...overrides,
})

export const observations = (count: number): Observation[] => Array.from({ length: count }, (_, n) => observation(n))

export interface Requested {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
}

/** Answers one request, perhaps after a while. */
export type PortalFault = (requested: Requested, response: ServerResponse) => void | Promise<void>

export const sendJson = (response: ServerResponse, body: unknown, status = 200): void =>
  void response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))

/**
 * Starts an observation portal that stops when the test ends.
 * @param schedule what it has; called for each request
 * @param kind `stock` selects by `end_after`, `start_before` and `state`, sends at most 100 without a token and 1000 with one, and
 *   ends its addresses with a slash; `proxy` selects by `start` and `end`; `naive` by nothing
 */
export async function portal(
  schedule: (requested: Requested) => readonly Observation[] = () => [],
  kind: 'stock' | 'proxy' | 'naive' = 'proxy',
) {
  const requests: Requested[] = []
  let fault: PortalFault | undefined
  const stub = await aServer(async (requested, response) => {
    requests.push(requested)
    if (fault) return fault(requested, response)
    const { path, query } = requested
    if (kind === 'stock' && !path.endsWith('/'))
      return void response.writeHead(301, { Location: `${path}/?${query.toString()}` }).end()
    sendJson(response, pageOf(select(schedule(requested), requested, kind), requested, kind))
  })
  return {
    url: stub.url,
    /** All requests, those that were redirected included. */
    requests,
    offsets: () => requests.map(({ query }) => query.get('offset')),
    /** From now on. */
    turn: (next?: PortalFault) => void (fault = next),
    stop: stub.stop,
  }
}

/** A server that answers as a test says. */
export async function aServer(answer: PortalFault) {
  const server = createServer((request, response) => {
    const { pathname: path, searchParams: query } = new URL(request.url ?? '', 'http://portal.invalid')
    void answer({ path, query, headers: request.headers }, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

function select(schedule: readonly Observation[], { query }: Requested, kind: string): readonly Observation[] {
  const [after, before] = kind === 'stock' ? ['end_after', 'start_before'] : ['start', 'end']
  if (kind === 'naive') return schedule
  const states = query.getAll('state')
  return schedule
    .filter(
      (one) => String(one['end']) >= String(query.get(after)) && String(one['start']) <= String(query.get(before)),
    )
    .filter((one) => kind === 'proxy' || states.includes(String(one['state'])))
}

export function pageOf(schedule: readonly Observation[], { query, headers }: Requested, kind = 'proxy') {
  const [offset, limit] = [Number(query.get('offset')), Number(query.get('limit'))]
  const size = kind === 'stock' && headers.authorization === undefined ? Math.min(100, limit) : limit
  return { count: schedule.length, next: null, previous: null, results: schedule.slice(offset, offset + size) }
}
