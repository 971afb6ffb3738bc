/** A process of clients that reserve over HTTP as fast as they are answered. Its argument is JSON. */
import autocannon, { type Client, type Request } from 'autocannon'
import { HOUR } from '../src/domain/interval.ts'
import { writeTime } from '../src/wire/time.ts'
import { SITES } from './lib.ts'

export interface Orders {
  readonly url: string
  readonly tokens: readonly string[]
  /** Number of reservations; without it, until the process ends. */
  readonly amount?: number
  /** Index of the first half hour to reserve. */
  readonly from: number
}

export interface Done {
  readonly ok: number
  readonly others: number
  readonly seconds: number
}

const FUTURE = Date.UTC(2031, 0, 1) / 1000

process.on('message', (orders: Orders) => void write(orders))

async function write(orders: Orders): Promise<void> {
  const { url, tokens, amount } = orders
  let n = orders.from
  const setupRequest = (request: Request): Request => {
    n += 1
    const start = FUTURE + Math.floor(n / SITES.length) * (HOUR / 2)
    const body = JSON.stringify({
      event_id: `made-${n}`,
      site: SITES[n % SITES.length],
      start: writeTime(start),
      end: writeTime(start + HOUR / 2),
      title: 'NGC 7000',
      reservation_note: 'Please keep the dome lights off.',
    })
    return {
      ...request,
      body,
      headers: { Authorization: `Bearer ${tokens[n % tokens.length]}`, 'Content-Type': 'application/json' },
    }
  }
  // autocannon itself counts whole seconds.
  const startedAt = performance.now()
  let ended = startedAt
  const setupClient = (client: Client) =>
    void client.on('response', () => {
      ended = performance.now()
    })
  const {
    '2xx': ok,
    non2xx,
    errors,
  } = await autocannon({
    url,
    connections: tokens.length,
    ...(amount === undefined ? { duration: 3600 } : { amount }),
    requests: [{ method: 'POST', setupRequest }],
    setupClient,
  })
  process.send?.({ ok, others: non2xx + errors, seconds: (ended - startedAt) / 1000 } satisfies Done)
}
process.send?.('ready')
