import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda'
import { Failure } from '../../domain/failure.ts'
import { rateLimitKey } from '../admission/address.ts'
import type { Admission } from '../admission/admission.ts'

/** What API Gateway hands a function for each request: a REST API in the first form, an HTTP API in either. */
export type GatewayEvent = APIGatewayProxyEvent | APIGatewayProxyEventV2

/** What both kinds of API take as an answer. */
export interface GatewayAnswer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly isBase64Encoded: boolean
}

/**
 * The request that a gateway took, with its path under `base` wherever the gateway has it.
 * @throws Failure `malformed` when no request can be made of it
 */
export function requestOf(event: GatewayEvent, base: string): Request {
  try {
    const { method, path, query } = 'rawPath' in event ? versionTwoForm(event) : versionOneForm(event)
    const url = new URL(`https://calendar${withoutStage(path, event.requestContext.stage)}`)
    // After the URL has taken the dots out, so that they lead nowhere else.
    url.pathname = under(base, url.pathname)
    url.search = query
    const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(event)
    const headers = headersOf(event)
    headers.delete('content-length')
    if (body) headers.set('content-length', String(body.byteLength))
    return new Request(url, { method, headers, body })
  } catch (cause) {
    throw new Failure('malformed', 'Error: the request is not valid HTTP', [], { cause })
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

/** An HTTP API has its stage in front of the path, a REST API has not, and a custom domain may say it once more. */
function withoutStage(path: string, stage: string): string {
  if (path === `/${stage}`) return '/'
  return path.startsWith(`/${stage}/`) ? path.slice(stage.length + 1) : path
}

const under = (base: string, path: string) => (path === base || path.startsWith(`${base}/`) ? path : `${base}${path}`)

function headersOf(event: GatewayEvent): Headers {
  const several = 'multiValueHeaders' in event ? event.multiValueHeaders : undefined
  const headers = new Headers()
  // As bytes, one a character: so they come over HTTP, and `Headers` takes no others.
  for (const [name, value] of pairsOf(event.headers, several)) headers.append(name, Buffer.from(value).toString('latin1'))
  return headers
}

type SingleValues = Readonly<Record<string, string | undefined>> | null
type MultiValues = Readonly<Record<string, readonly string[] | undefined>> | null | undefined

/** Names with their values; where the gateway also lists all the values of a name, each of them. */
const pairsOf = (single: SingleValues, several?: MultiValues): [string, string][] =>
  Object.entries({ ...single, ...several }).flatMap(([name, values = []]) => [values].flat().map((value): [string, string] => [name, value]))

const bodyOf = ({ body, isBase64Encoded }: GatewayEvent) => (body ? Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') : null)

/** All that the calendar answers is text, so none of it has to go out as Base64. */
export const answerOf = async (response: Response): Promise<GatewayAnswer> => ({
  statusCode: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
  isBase64Encoded: false,
})

/** The gateway itself bounds how much comes at once, and a function answers one request at a time. */
export const admissionOf = ({ requestContext }: GatewayEvent): Admission => ({
  address: rateLimitKey('http' in requestContext ? requestContext.http.sourceIp : (requestContext.identity?.sourceIp ?? '')),
  isPoll: () => false,
  maxReadBytes: () => Infinity,
  enqueue: async () => {},
  nextSlice: () => undefined,
  reserveResponse: () => {},
  stream: () => {},
})

/** What Lambda's runtime hands a function that streams. */
export interface AnswerStream extends Writable {
  setContentType(type: string): void
}

/** What tells the gateway that the status and the headers stand before the body, and what stands between them. */
const WITH_PRELUDE = 'application/vnd.awslambda.http-integration-response'
const END_OF_PRELUDE = new Uint8Array(8)

/**
 * Sends an answer as a REST API takes it from a function that streams. Its body is complete before any of it is sent,
 * so that none begins which could not be finished. A gateway that streams compresses nothing, so that is done here.
 * @param accepted the request's `Accept-Encoding`
 */
export async function streamAnswer(response: Response, accepted: string | null, stream: AnswerStream): Promise<void> {
  const { headers, body } = await encoded(response, accepted)
  // The gateway measures the body itself.
  headers.delete('content-length')
  stream.setContentType(WITH_PRELUDE)
  const prelude = JSON.stringify({ statusCode: response.status, headers: Object.fromEntries(headers) })
  await pipeline(Readable.from([Buffer.from(prelude), END_OF_PRELUDE, ...(body.length > 0 ? [body] : [])]), stream)
}

const compress = promisify(gzip)
/** What is shorter is not worth the time. */
const MIN_COMPRESSED_BYTES = 4096
const COMPRESSED_TYPES = /^(text\/|image\/svg|application\/(json|problem\+json|javascript))/

async function encoded(response: Response, accepted: string | null): Promise<{ headers: Headers; body: Uint8Array }> {
  const headers = new Headers(response.headers)
  const body = new Uint8Array(await response.arrayBuffer())
  if (body.length < MIN_COMPRESSED_BYTES || !COMPRESSED_TYPES.test(headers.get('content-type') ?? '')) return { headers, body }
  headers.append('vary', 'Accept-Encoding')
  if (!accepted?.includes('gzip')) return { headers, body }
  headers.set('content-encoding', 'gzip')
  // The same answer in other bytes.
  const tag = headers.get('etag')
  if (tag?.startsWith('"')) headers.set('etag', `W/${tag}`)
  return { headers, body: await compress(body) }
}

/** So much is surely sent within a function's time: the first 6 MB at once, and then 2 MB a second. */
const MAX_STREAMED_BYTES = 30_000_000

/** @throws Failure `too_large` */
export function assertFitsStreamed(answer: Uint8Array | string): void {
  if (Buffer.byteLength(answer) <= MAX_STREAMED_BYTES) return
  throw new Failure('too_large', 'Error: the answer is larger than the 30 MB that can be sent; ask for a shorter window or fewer sites')
}

/** What Lambda lets a function answer at once, in bytes: the body as a text within JSON, and what is around it. */
const MAX_BYTES = 6_291_556
const ENVELOPE_BYTES = 8192

/**
 * Lambda would answer in its place with an error of its own, which says nothing of what to do.
 * @param answer a JSON document
 * @throws Failure `too_large`
 */
export function assertFitsLambda(answer: Uint8Array | string): void {
  const bytes = typeof answer === 'string' ? Buffer.from(answer) : answer
  const max = MAX_BYTES - ENVELOPE_BYTES
  // Even if every byte were to take another, most answers fit; the others are worth counting.
  if (bytes.length * 2 <= max || (bytes.length <= max && bytesWithinJson(bytes) <= max)) return
  throw new Failure('too_large', 'Error: the answer is larger than the 6 MB that can be sent; ask for a shorter window or fewer sites')
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The size of a JSON document as a text within another: each quote and backslash takes a backslash more. */
export function bytesWithinJson(document: Uint8Array): number {
  let size = document.length
  // By index, which is ten times as fast as an iterator.
  for (let at = 0; at < document.length; at += 1) if (document[at] === QUOTE || document[at] === BACKSLASH) size += 1
  return size
}
