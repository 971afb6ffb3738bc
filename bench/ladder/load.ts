import autocannon, { type Request } from 'autocannon'
import type { LoadRequest } from './cases.ts'

/** What a server did under load. */
export interface Load {
  /** Requests per second. */
  readonly rate: number
  /** CPU time of the server for each request, in µs. */
  readonly cpu: number
}

/** How to load a server. */
export interface LoadOptions {
  readonly port: number
  readonly connections: number
  readonly seconds: number
  readonly next: () => LoadRequest
}

/** Sends requests over kept connections, each as soon as the one before is answered. @throws Error if one was not answered well */
export async function load({ port, connections, seconds, next }: LoadOptions): Promise<Load> {
  const url = `http://127.0.0.1:${port}`
  const before = await cpuSeconds(url)
  const startedAt = performance.now()
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    requests: [{ setupRequest: (request: Request) => ({ ...request, ...next() }) }],
  })
  const elapsed = (performance.now() - startedAt) / 1000
  const failed = result['4xx'] + result['5xx'] + result.errors
  const answered = result['2xx'] + result['3xx']
  if (failed > 0 || answered === 0) throw new Error(`${failed} requests failed, ${answered} were answered.`)
  return { rate: answered / elapsed, cpu: ((await cpuSeconds(url)) - before) / (answered / 1e6) }
}

async function cpuSeconds(url: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text()
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1])
}
