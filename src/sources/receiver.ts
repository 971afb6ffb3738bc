import { createHmac } from 'node:crypto'
import type { Instant } from '../domain/interval.ts'
import { discardBody } from './body-text.ts'

const TIMEOUT_MS = 15_000

/** Where a receiver of webhooks is, and the keys that its requests are signed with. */
export interface ReceiverAddress {
  readonly url: string
  /** Several while they are rotated: there is a signature with each. */
  readonly keys: readonly Buffer[]
}

/** One attempt to send a webhook. */
export interface WebhookRequest {
  readonly id: string
  /** The time of the attempt. */
  readonly timestamp: Instant
  /** JSON. */
  readonly body: string
}

/** Why a webhook was not delivered. */
export interface WebhookFailure {
  readonly error: Error
  /** Of the response, if there was one. */
  readonly status?: number
  /** The seconds to wait that the receiver asks for. */
  readonly retryAfter?: number | undefined
}

/** A receiver of webhooks. */
export interface Receiver {
  /** Sends a webhook once. Resolves within 15 s and never throws; with nothing if it was delivered. */
  send(request: WebhookRequest): Promise<WebhookFailure | undefined>
}

/**
 * The receiver at an address, by the Standard Webhooks specification. Follows no redirect: a signed request goes nowhere else.
 * @param stopping aborts requests in progress
 */
export const receiverAt = ({ url, keys }: ReceiverAddress, stopping?: AbortSignal): Receiver => ({
  async send(request) {
    const timeout = AbortSignal.timeout(TIMEOUT_MS)
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: headersOf(request, keys),
        body: request.body,
        redirect: 'manual',
        signal: stopping ? AbortSignal.any([timeout, stopping]) : timeout,
      })
      await discardBody(response)
      return response.ok ? undefined : failureOf(response, request.timestamp)
    } catch (error) {
      return { error: error as Error }
    }
  },
})

const headersOf = (request: WebhookRequest, keys: readonly Buffer[]) => ({
  'Content-Type': 'application/json',
  'User-Agent': 'photonranch-calendar',
  'webhook-id': request.id,
  'webhook-timestamp': String(request.timestamp),
  'webhook-signature': keys.map((key) => signatureOf(request, key)).join(' '),
})

const signatureOf = ({ id, timestamp, body }: WebhookRequest, key: Buffer) =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`

function failureOf({ status, headers }: Response, now: Instant): WebhookFailure {
  return { error: new Error(`the receiver answered ${status}`), status, retryAfter: secondsIn(headers, now) }
}

/** `Retry-After`, as seconds or as a date. */
function secondsIn(headers: Headers, now: Instant): number | undefined {
  const text = headers.get('retry-after')
  if (text === null) return undefined
  const seconds = /^\d{1,9}$/.test(text) ? Number(text) : Math.ceil(Date.parse(text) / 1000) - now
  return seconds > 0 ? seconds : undefined
}
