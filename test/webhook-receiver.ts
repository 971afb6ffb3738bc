import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Webhook } from 'standardwebhooks'
import { onTestFinished } from 'vitest'
import type { WebhookBody } from '../src/wire/responses.ts'

/** A secret as operators make them; another for each number. */
export const secretOf = (number: number): string =>
  `whsec_${Buffer.from(`secret number ${number} of a test`).toString('base64')}`

/** A request, verified or not. */
export interface Received {
  readonly id: string
  readonly timestamp: number
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  readonly body: WebhookBody
}

/** Answers a request in any way. */
export type Answer = (response: ServerResponse, received: Received) => void

/** Answers with a status, and no body. */
export const answering =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    void response.writeHead(status, headers).end()

/**
 * A receiver on loopback that verifies every request with the `standardwebhooks` package.
 * @param now the time of the calendar in seconds; by default the real one
 */
export async function webhookReceiver({ secret = secretOf(1), now }: { secret?: string; now?: () => number } = {}) {
  const [received, invalid]: [Received[], unknown[]] = [[], []]
  let answer: Answer = answering(204)
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk as Buffer)
      const raw = Buffer.concat(chunks)
      const headers = request.headers
      try {
        verify(secret, raw, headers, now)
      } catch (error) {
        invalid.push(error)
      }
      const one = {
        id: String(headers['webhook-id']),
        timestamp: Number(headers['webhook-timestamp']),
        headers,
        raw: raw.toString(),
        body: JSON.parse(raw.toString()) as WebhookBody,
      }
      received.push(one)
      answer(response, one)
    })()
  })
  let port = 0
  const listen = () =>
    new Promise<void>((resolve) =>
      server.listen(port, '127.0.0.1', () => {
        ;({ port } = server.address() as AddressInfo)
        resolve()
      }),
    )
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  await listen()
  onTestFinished(stop)
  return {
    url: `http://127.0.0.1:${port}/hooks`,
    received,
    /** Why requests could not be verified. */
    invalid,
    /** From now on. */
    answer: (next: Answer) => void (answer = next),
    /** Kills it, or starts it again at the same address. */
    stop,
    start: listen,
    /** The revisions of a reservation, as they were received. */
    revisionsOf: (id: string) =>
      received.filter(({ body }) => body.data.event_id === id).map(({ body }) => body.data.revision),
  }
}

/** @throws WebhookVerificationError */
function verify(secret: string, raw: Buffer, headers: IncomingHttpHeaders, now: (() => number) | undefined): void {
  const real = Date.now
  // The package compares the timestamp with the real clock.
  if (now) Date.now = () => now() * 1000
  try {
    new Webhook(secret).verify(raw, headers as Record<string, string>)
  } finally {
    Date.now = real
  }
}
