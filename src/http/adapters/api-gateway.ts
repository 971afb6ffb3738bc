import { isUtf8 } from 'node:buffer'
import { Readable, type Writable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import { Failure } from '../../domain/failure.ts'
import { rateLimitKey } from '../admission/address.ts'
import type { Admission } from '../admission/admission.ts'
import { NOT_HTTP } from '../admission/reject.ts'
import { parseRequestTarget } from '../admission/request-target.ts'
import type { HttpRequest, HttpResponse } from '../exchange.ts'

/** The event of API Gateway for a request: version 1 from a REST API, either version from an HTTP API. */
export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2

/** The response that both kinds of API accept. */
export interface GatewayResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded: boolean
}

/**
 * Converts an event to a request with a path under `base`, whether or not the gateway's path has that prefix.
 * @param assertFits throws if an answer cannot be sent
 * @throws Failure `malformed` if the event is not a valid request
 */
export function requestOf(event: GatewayEvent, base: string, assertFits: Admission['reserveResponse']): HttpRequest {
  try {
    const { method, path, query } = 'rawPath' in event ? versionTwoForm(event) : versionOneForm(event)
    const headers = headersOf(event)
    return {
      method,
      path: under(base, parseRequestTarget(withoutStage(path, event.requestContext.stage)).path),
      query,
      header: (name) => headers.get(name),
      body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
      id: event.requestContext.requestId,
      admission: admissionOf(event, assertFits),
      isFromThisMachine: () => false,
    }
  } catch (cause) {
    throw new Failure('malformed', NOT_HTTP, [], { cause })
  }
}

const versionOneForm = (event: APIGatewayProxyEvent) => ({
  method: event.httpMethod,
  path: event.path,
  query: String(new URLSearchParams(pairsOf(event.queryStringParameters, event.multiValueQueryStringParameters))),
})

const versionTwoForm = ({ rawPath, rawQueryString, requestContext: { http } }: APIGatewayProxyEventV2) => ({
  method: http.method,
  path: rawPath,
  query: rawQueryString,
})

/** Removes the stage from a path: HTTP APIs prefix it, REST APIs do not, and custom domains may add it again. */
function withoutStage(path: string, stage: string): string {
  if (path === `/${stage}`) return '/'
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path
}

const under = (base: string, path: string) => (path === base || path.startsWith(`${base}/`) ? path : `${base}${path}`)

/** By their names in lower case. */
function headersOf(event: GatewayEvent): ReadonlyMap<string, string> {
  const several = 'multiValueHeaders' in event ? event.multiValueHeaders : undefined
  const headers = new Map<string, string>()
  for (const [written, text] of pairsOf(event.headers, several)) {
    const name = written.toLowerCase()
    const known = headers.get(name)
    // As Latin-1, one byte a character, as over HTTP.
    const value = Buffer.from(text).toString('latin1')
    headers.set(name, known === undefined ? value : `${known}, ${value}`)
  }
  return headers
}

type SingleValues = Readonly<Record<string, string | undefined>> | null
type MultiValues = Readonly<Record<string, readonly string[] | undefined>> | null | undefined

/** Pairs of names and values; names with several values have several pairs. */
const pairsOf = (single: SingleValues, several?: MultiValues): [string, string][] =>
  Object.entries({ ...single, ...several }).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  )

/** Converts a response for the gateway: text as it is, other bytes, such as a font of the page, in Base64. */
export async function gatewayResponseOf(response: HttpResponse, id: string | undefined): Promise<GatewayResponse> {
  const { status: statusCode, headers, bytes } = await completed(response, id)
  const isBase64Encoded = !isUtf8(bytes)
  return { statusCode, headers, body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded }
}

/** A response with its whole body, and its headers by their names in lower case. */
async function completed({ status, headers, body = '' }: HttpResponse, id: string | undefined) {
  const named = Object.entries({ ...headers, ...(id !== undefined && { 'X-Request-Id': id }) })
  return {
    status,
    headers: Object.fromEntries(named.map(([name, value]) => [name.toLowerCase(), value])),
    bytes: body instanceof ReadableStream ? await buffer(body) : Buffer.from(body),
  }
}

/** The admission of an event. Nothing is limited here: the gateway throttles, and a function has one request at a time. */
const admissionOf = ({ requestContext }: GatewayEvent, reserveResponse: Admission['reserveResponse']): Admission => ({
  address: rateLimitKey(
    'http' in requestContext ? requestContext.http.sourceIp : (requestContext.identity?.sourceIp ?? ''),
  ),
  isPoll: () => false,
  maxReadBytes: () => Infinity,
  enqueue: async () => {},
  nextSlice: () => undefined,
  reserveResponse,
  stream: () => {},
})

/** The output stream of a streaming function. */
export interface ResponseStream extends Writable {
  setContentType(type: string): void
}

/** The content type of an answer that starts with a prelude of status and headers, and the separator after the prelude. */
const WITH_PRELUDE = 'application/vnd.awslambda.http-integration-response'
const END_OF_PRELUDE = new Uint8Array(8)

/**
 * Sends a response to a REST API with response streaming. The body is complete first, so that an answer that begins is
 * also completed. Compresses it, since the gateway does not compress streamed answers.
 * @param acceptEncoding the header of the request
 */
export async function streamResponse(
  response: HttpResponse,
  id: string | undefined,
  acceptEncoding: string | undefined,
  stream: ResponseStream,
): Promise<void> {
  const { status: statusCode, headers, bytes } = await compressed(await completed(response, id), acceptEncoding)
  stream.setContentType(WITH_PRELUDE)
  const prelude = JSON.stringify({ statusCode, headers })
  await pipeline(Readable.from([Buffer.from(prelude), END_OF_PRELUDE, ...(bytes.length > 0 ? [bytes] : [])]), stream)
}

const compress = promisify(gzip)
/** Shorter bodies are not compressed. */
const MIN_COMPRESSED_BYTES = 4096
const COMPRESSED_TYPES = /^(text\/|image\/svg|application\/(json|problem\+json|javascript))/

type Completed = Awaited<ReturnType<typeof completed>>

async function compressed(response: Completed, acceptEncoding: string | undefined): Promise<Completed> {
  const { headers, bytes } = response
  const { vary, etag } = headers
  if (bytes.length < MIN_COMPRESSED_BYTES || !COMPRESSED_TYPES.test(headers['content-type'] ?? '')) return response
  const varied = { ...headers, vary: vary === undefined ? 'Accept-Encoding' : `${vary}, Accept-Encoding` }
  if (!acceptEncoding?.includes('gzip')) return { ...response, headers: varied }
  return {
    ...response,
    // Compressed, it is the same answer in other bytes: a weak ETag.
    headers: { ...varied, 'content-encoding': 'gzip', ...(etag?.startsWith('"') && { etag: `W/${etag}` }) },
    bytes: await compress(bytes),
  }
}

/** What can be sent within the timeout of the function: 6 MB at once, then 2 MB a second. */
const MAX_STREAMED_BYTES = 30_000_000

/** @throws Failure `too_large` */
export function assertFitsStreamed(answer: Uint8Array | string): void {
  if (Buffer.byteLength(answer) <= MAX_STREAMED_BYTES) return
  throw new Failure(
    'too_large',
    'Error: the answer is larger than the 30 MB that can be sent; ask for a shorter window or fewer sites',
  )
}

/** Lambda's limit of a response that is not streamed, in bytes, and the part of it for everything but the body. */
const MAX_BYTES = 6_291_556
const ENVELOPE_BYTES = 8192

/**
 * Checks the size of an answer. Lambda would replace one that is too large by an error that does not say what to do.
 * @param answer a JSON document or a calendar feed
 * @throws Failure `too_large`
 */
export function assertFitsLambda(answer: Uint8Array | string): void {
  const bytes = typeof answer === 'string' ? Buffer.from(answer) : answer
  const max = MAX_BYTES - ENVELOPE_BYTES
  // Most answers fit even if every byte had to be escaped; only the others are counted.
  if (bytes.length * 2 <= max || (bytes.length <= max && bytesWithinJson(bytes) <= max)) return
  throw new Failure(
    'too_large',
    'Error: the answer is larger than the 6 MB that can be sent; ask for a shorter window or fewer sites',
  )
}

const [QUOTE, BACKSLASH, SPACE] = [0x22, 0x5c, 0x20]

/** The size of a JSON document or of lines as a string within another document: each quote, backslash, tab and line break is escaped. */
export function bytesWithinJson(text: Uint8Array): number {
  let size = text.length
  // By index: ten times as fast as an iterator.
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] as number
    if (byte === QUOTE || byte === BACKSLASH || byte < SPACE) size += 1
  }
  return size
}
