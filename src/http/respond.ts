import { createHash } from 'node:crypto'
import { namesTag } from './entity-tags.ts'

/** Any origin is allowed, without the browser's own credentials: a page sends its token itself. */
const CORS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag, Retry-After, X-Request-Id',
}

/** API responses are data: browsers must not run, frame or sniff them. */
const SECURITY = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'cross-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
}

export const API_HEADERS = { ...CORS, ...SECURITY, 'Content-Type': 'application/json' }

/** The last two are response headers, but some clients send them with requests. */
const ALLOWED_HEADERS = [
  'Content-Type',
  'Authorization',
  'X-Api-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'X-Amz-Date',
  'X-Amz-Security-Token',
  'X-Amz-User-Agent',
  'Access-Control-Allow-Origin',
  'Access-Control-Allow-Credentials',
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

/** Responses depend on the caller: caches must revalidate them each time, and for each caller. */
const REVALIDATE_HEADERS = { 'Cache-Control': 'private, no-cache', Vary: 'Authorization, X-Api-Key, Accept' }

/** The response to a `GET`: with an ETag, or `304` if the client has that already. */
export async function respondRevalidated(
  body: Uint8Array<ArrayBuffer> | string,
  etag: string | undefined,
  request: Request,
  id: string,
): Promise<Response> {
  const tag = etag ?? `"${await digestOf(body)}"`
  const headers = { ...API_HEADERS, ...REVALIDATE_HEADERS, ETag: tag, 'X-Request-Id': id }
  if (namesTag(request.headers.get('if-none-match'), tag)) {
    return new Response(null, { status: 304, headers })
  }
  return respondWith(body, headers)
}

/** In bytes. */
const CHUNK_BYTES = 65_536

/** A long body is sent in chunks as the client takes them, so that a stalled client is noticed. */
export function respondWith(
  body: Uint8Array<ArrayBuffer> | string,
  headers: Readonly<Record<string, string>>,
): Response {
  if (typeof body === 'string' || body.length <= 4 * CHUNK_BYTES) return new Response(body, { headers })
  let from = 0
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    controller.enqueue(body.subarray(from, (from += CHUNK_BYTES)))
    if (from >= body.length) controller.close()
  }
  return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }), {
    headers: { ...headers, 'Content-Length': String(body.length) },
  })
}

/** From this size on (in bytes), another thread makes the digest. */
const LARGE_BODY_BYTES = 500_000

async function digestOf(body: Uint8Array<ArrayBuffer> | string): Promise<string> {
  if (body.length < LARGE_BODY_BYTES) return createHash('sha1').update(body).digest('base64url')
  return Buffer.from(await crypto.subtle.digest('SHA-1', typeof body === 'string' ? Buffer.from(body) : body)).toString(
    'base64url',
  )
}
