import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { quantile } from '../lib.ts'

/** An HTTP request of a client that sends at fixed times, however long responses take. */
export interface ClientRequest {
  readonly port: number
  readonly path: string
  readonly body?: string
  readonly headers?: Record<string, string>
  /** The client's own address, of 127.0.0.0/8. */
  readonly from?: string
}

const agent = new Agent({ keepAlive: true, maxSockets: 500 })

/** Sends one request. @returns its status */
export function send({ port, path, body, headers = {}, from }: ClientRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { port, path, method: body === undefined ? 'GET' : 'POST', headers, agent, timeout: 20_000 }
    const sent = request({ host: '127.0.0.1', ...options, ...(from && { localAddress: from }) }, (response) => {
      response.resume()
      response.on('end', () => resolve(response.statusCode ?? 0)).on('error', reject)
    })
    sent.on('timeout', () => sent.destroy(new Error('no response within 20 s'))).on('error', reject)
    sent.end(body)
  })
}

/** Response times in ms, from the instant at which each request was due. */
export interface Times {
  readonly ms: readonly number[]
  /** Responses with another status than 200. */
  readonly failed: number
}

/** Sends `perSecond` requests a second for some seconds. */
export async function steadily(
  perSecond: number,
  seconds: number,
  requestOf: (n: number) => ClientRequest,
): Promise<Times> {
  const startedAt = performance.now()
  const ms: number[] = []
  let failed = 0
  const one = async (n: number) => {
    const due = startedAt + (n * 1000) / perSecond
    await sleep(Math.max(0, due - performance.now()))
    const status = await send(requestOf(n)).catch(() => 0)
    if (status === 200) ms.push(performance.now() - due)
    else failed += 1
  }
  await Promise.all(Array.from({ length: Math.floor(perSecond * seconds) }, (_, n) => one(n)))
  return { ms, failed }
}

/** `p50 1.2, p99 3.4, longest 5.6 ms` */
export const timesText = ({ ms, failed }: Times): string =>
  `p50 ${quantile(ms, 0.5).toFixed(1)}, p99 ${quantile(ms, 0.99).toFixed(1)}, longest ${Math.max(...ms).toFixed(1)} ms` +
  (failed > 0 ? `, ${failed} FAILED` : '')
