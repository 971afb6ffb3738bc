import { hash } from 'node:crypto'
import { namesTag } from './entity-tags.ts'
import type { HttpRequest, HttpResponse } from './exchange.ts'

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

/** Shared by all responses, and so frozen. */
export const API_HEADERS: Readonly<Record<string, string>> = Object.freeze({
  ...CORS,
  ...SECURITY,
  'Content-Type': 'application/json',
})

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

export const PREFLIGHT: HttpResponse = {
  status: 204,
  headers: {
    ...CORS,
    'Access-Control-Allow-Methods': 'GET, HEAD, POST, OPTIONS',
    'Access-Control-Allow-Headers': ALLOWED_HEADERS,
    'Access-Control-Max-Age': '86400',
  },
}

/** Responses depend on the caller: caches must revalidate them each time, and for each caller. */
const REVALIDATED_HEADERS = Object.freeze({
  ...API_HEADERS,
  'Cache-Control': 'private, no-cache',
  Vary: 'Authorization, X-Api-Key, Accept',
})

type Headers = HttpResponse['headers']

export type Payload = Uint8Array<ArrayBuffer> | string

/** The JSON response of an endpoint. */
export const respond = (body: Payload, etag?: string): HttpResponse => ({
  status: 200,
  headers: etag === undefined ? API_HEADERS : { ...API_HEADERS, ETag: etag },
  body,
})

/** The same response, which nobody may keep. */
export const notStored = (response: HttpResponse): HttpResponse => ({
  ...response,
  headers: { ...response.headers, 'Cache-Control': 'no-store' },
})

/** The response to a `GET`, with its headers (JSON's by default): with an ETag, or `304` if the client has that already. */
export async function respondRevalidated(
  body: Payload,
  etag: string | undefined,
  request: HttpRequest,
  headers: Headers = REVALIDATED_HEADERS,
): Promise<HttpResponse> {
  const tag = etag ?? `"${await digestOf(body)}"`
  if (namesTag(request.header('if-none-match'), tag)) return notModified(tag, headers)
  return { status: 200, headers: { ...headers, ETag: tag }, body }
}

export const notModified = (tag: string, headers: Headers = REVALIDATED_HEADERS): HttpResponse => ({
  status: 304,
  headers: { ...headers, ETag: tag },
})

/** From this size on (in bytes), another thread makes the digest. */
const LARGE_BODY_BYTES = 500_000

async function digestOf(body: Payload): Promise<string> {
  if (body.length < LARGE_BODY_BYTES) return hash('sha1', body, 'base64url')
  return Buffer.from(await crypto.subtle.digest('SHA-1', typeof body === 'string' ? Buffer.from(body) : body)).toString(
    'base64url',
  )
}
