import type { CalendarOptions, CallOptions } from './options.ts'
import { ApiError, errorOf, NetworkError } from './problem.ts'
import { mayRepeat, pauseBefore, sleep } from './retry.ts'
import { rememberRevision } from './revision.ts'
import type { StreamOpener } from './stream.ts'

/** What an endpoint is asked. A read is sent as `either`: a `GET` if its input fits into an address, else a `POST`. */
export interface Question {
  readonly path: string
  readonly method: 'GET' | 'POST' | 'either'
  readonly input: object
}

/** Sends a question, again if that is safe. @throws ApiError, NetworkError, the reason of a signal that aborts it */
export type Transport = (question: Question, options?: CallOptions) => Promise<unknown>

const TIMEOUT_MS = 20_000
const RETRIES = 2

export function openTransport(options: CalendarOptions): Transport {
  const { retries = RETRIES, timeoutMs = TIMEOUT_MS } = options
  const base = folderOf(options.base)
  return async (question, { signal, timeoutMs: ownTimeoutMs = timeoutMs, ifMatch } = {}) => {
    const abort = AbortSignal.any([options.signal ?? [], signal ?? []].flat())
    const limit = AbortSignal.any([abort, AbortSignal.timeout(ownTimeoutMs)])
    const end = performance.now() + ownTimeoutMs
    for (let tries = 0; ; tries += 1) {
      try {
        return await Promise.race([send(requestOf(question, base), ifMatch, options, limit), expiry(limit)])
      } catch (error) {
        abort.throwIfAborted()
        const pause = pauseBefore(error, tries)
        const isLast = tries >= retries || performance.now() + pause >= end
        if (isLast || !mayRepeat(error, question.path, question.method !== 'POST')) throw error
        await sleep(pause, abort)
      }
    }
  }
}

/** Opens the stream of `changes`, once. */
export function streamOpenerOf(options: CalendarOptions): StreamOpener {
  const { fetch: request = globalThis.fetch } = options
  const base = folderOf(options.base)
  return async (input, signal) => {
    const { url } = requestOf({ path: 'changes', method: 'GET', input }, base)
    const headers = { ...(await credentialsOf(options)), Accept: 'text/event-stream' }
    const response = await request(url, { headers, signal })
    const isStream = response.headers.get('Content-Type')?.startsWith('text/event-stream') === true
    if (response.ok && isStream && response.body) return response.body
    await response.body?.cancel()
    throw new ApiError(response.ok ? 406 : response.status, 'unknown', 'There is no stream.')
  }
}

/** An address to which paths can be added. @throws TypeError */
function folderOf(address: string | URL): URL {
  const base = new URL(address)
  if (!base.pathname.endsWith('/')) base.pathname += '/'
  return base
}

async function credentialsOf({ token, apiKey }: CalendarOptions): Promise<Record<string, string>> {
  const bearer = typeof token === 'function' ? await token() : token
  return { ...(bearer && { Authorization: `Bearer ${bearer}` }), ...(apiKey && { 'X-Api-Key': apiKey }) }
}

/** Rejects when a signal aborts, even if the token or `fetch` of the caller never ends. @throws NetworkError */
const expiry = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const expire = () => reject(new NetworkError({ cause: signal.reason }))
    if (signal.aborted) expire()
    else signal.addEventListener('abort', expire, { once: true })
  })

interface Address {
  readonly url: URL
  readonly body?: string
}

/** Browsers revalidate a `GET` by its ETag. Longer addresses are refused by some proxies. */
const MAX_ADDRESS = 4000

function requestOf({ path, method, input }: Question, base: URL): Address {
  const post = { url: new URL(path, base), body: JSON.stringify(input) }
  if (method === 'POST') return post
  const query = queryOf(input)
  const url = new URL(query ? `${path}?${query}` : path, base)
  return method === 'GET' || (query !== undefined && url.href.length <= MAX_ADDRESS) ? { url } : post
}

/** The fields of an input as a query; undefined if it has an object. */
function queryOf(input: object): string | undefined {
  const pairs = Object.entries(input).flatMap(([name, value]) =>
    [value as unknown].flat().map((one): [string, unknown] => [name, one]),
  )
  const sent = pairs.filter(([, value]) => value !== undefined && value !== null)
  if (sent.some(([, value]) => typeof value === 'object')) return undefined
  return new URLSearchParams(sent.map(([name, value]): [string, string] => [name, String(value)])).toString()
}

/** Sends a request once. */
async function send(
  { url, body }: Address,
  ifMatch: number | undefined,
  options: CalendarOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const { fetch: request = globalThis.fetch } = options
  const headers = {
    Accept: 'application/problem+json, application/json',
    ...(await credentialsOf(options)),
    ...(ifMatch !== undefined && { 'If-Match': `"${ifMatch}"` }),
  }
  const init = { headers, signal, ...(body !== undefined && { method: 'POST', body }) }
  const { response, text } = await textOf(() => request(url, init))
  const value = jsonOf(text, response.status)
  if (!response.ok) throw errorOf(response, value)
  rememberRevision(value, response)
  return value
}

/** @throws NetworkError */
async function textOf(request: () => Promise<Response>): Promise<{ response: Response; text: string }> {
  try {
    const response = await request()
    return { response, text: await response.text() }
  } catch (cause) {
    throw new NetworkError({ cause })
  }
}

/** @throws NetworkError if something else than the calendar has answered */
function jsonOf(text: string, status: number): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new NetworkError({ cause, status })
  }
}
