import { createHash } from 'node:crypto'
import { namesTag } from './entity-tags.ts'

/** Any origin may ask, but never with a browser's own credentials: tokens are sent by the page, or not at all. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Retry-After, X-Request-Id',
}

/** An answer of the API is data: nothing may run, frame, sniff or keep it. */
const SECURITY = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

export const API_HEADERS = { ...CORS, ...SECURITY, 'Content-Type': 'application/json' }

/** Some clients send the last two as request headers, misunderstanding them; a preflight must let them. */
const ALLOWED_HEADERS = [
  'Content-Type', 'Authorization', 'X-Api-Key', 'If-Match', 'If-None-Match', 'Last-Event-ID', 'X-Amz-Date', 'X-Amz-Security-Token',
  'X-Amz-User-Agent', 'Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials',
].join(', ')

export const preflight = (): Response =>
  new Response(null, {
    status: 204,
    headers: {
      ...CORS,
      'Access-Control-Allow-Methods': 'GET, HEAD, POST, OPTIONS',
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      'Access-Control-Max-Age': '86400',
    },
  })

/** What is seen depends on who asks: caches may keep it, but must ask again each time, and for each asker. */
const REVALIDATE_HEADERS = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, X-Api-Key, Accept' }

/** The answer to a `GET`: with its ETag, or just `304` for who has it already. */
export async function respondRevalidated(body: Uint8Array<ArrayBuffer> | string, etag: string | undefined, request: Request, id: string): Promise<Response> {
  const tag = etag ?? `"${await digestOf(body)}"`
  const headers = { ...API_HEADERS, ...REVALIDATE_HEADERS, ETag: tag, 'X-Request-Id': id }
  if (namesTag(request.headers.get('if-none-match'), tag)) {
    return new Response(null, { status: 304, headers })
  }
  return respondWith(body, headers)
}

/** More than a socket takes at once, in bytes. */
const CHUNK_BYTES = 65_536

/** A long answer goes out piece by piece, as its client takes it: so it can be seen whether it takes any. */
export function respondWith(body: Uint8Array<ArrayBuffer> | string, headers: Readonly<Record<string, string>>): Response {
  if (typeof body === 'string' || body.length <= 4 * CHUNK_BYTES) return new Response(body, { headers })
  let from = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(body.subarray(from, (from += CHUNK_BYTES)))
    if (from >= body.length) controller.close()
  }
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), { headers: { ...headers, 'Content-Length': String(body.length) } })
}

/** More is digested by another thread, so that nobody waits for it. */
const LARGE_BODY_BYTES = 500_000

async function digestOf(body: Uint8Array<ArrayBuffer> | string): Promise<string> {
  if (body.length < LARGE_BODY_BYTES) return createHash('sha1').update(body).digest('base64url')
  return Buffer.from(await crypto.subtle.digest('SHA-1', typeof body === 'string' ? Buffer.from(body) : body)).toString('base64url')
}
