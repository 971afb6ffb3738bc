import { ApiError, errorOf, NetworkError } from '../client/problem.ts'
import { pauseBefore, sleep } from '../client/retry.ts'
import { openSseReader, type SseMessage } from './sse-messages.ts'

export interface FollowOptions {
  readonly url: URL
  readonly token: string | undefined
  readonly signal: AbortSignal
  /** Called when the stream is cut off, and when it is back. */
  readonly onCut: () => void
  readonly onBack: () => void
}

/**
 * The messages of a stream, for as long as `signal` allows. It reconnects and resumes after the last message.
 * @throws ApiError, also later if the calendar refuses; NetworkError if no calendar answers at first; the reason of `signal`
 */
export async function* followChanges(options: FollowOptions): AsyncGenerator<SseMessage> {
  const { signal, onCut, onBack } = options
  const state: Connection = { lastId: undefined, isOpen: false }
  let [failures, isCut] = [0, false]
  for (;;) {
    const opened = () => {
      if (isCut) onBack()
      ;[failures, isCut] = [0, false]
    }
    try {
      yield* connect(options, state, opened)
      // The server ends every stream after an hour: that is no failure.
      await sleep(pauseBefore(undefined, 0), signal)
    } catch (error) {
      signal.throwIfAborted()
      if (!mayReconnect(error) || !state.isOpen) throw error
      if (!isCut) onCut()
      isCut = true
      await sleep(pauseBefore(error, failures), signal)
      failures += 1
    }
  }
}

/** What is known of the stream. */
interface Connection {
  lastId: string | undefined
  /** Whether it has ever been open. */
  isOpen: boolean
}

/** After 429 and 5xx it is tried again, and when there is no answer. */
const mayReconnect = (error: unknown) =>
  error instanceof NetworkError || (error instanceof ApiError && (error.status === 429 || error.status >= 500))

/** The calendar sends something every 15 seconds. */
const SILENCE_MS = 45_000

/** The messages until the stream ends. @throws ApiError, NetworkError */
async function* connect(
  { url, token, signal }: FollowOptions,
  state: Connection,
  onOpen: () => void,
): AsyncGenerator<SseMessage> {
  const silence = new AbortController()
  const timer = setTimeout(() => silence.abort(), SILENCE_MS)
  const headers = {
    Accept: 'text/event-stream, application/problem+json',
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(state.lastId !== undefined && { 'Last-Event-ID': state.lastId }),
  }
  try {
    const body = await open(url, { headers, signal: AbortSignal.any([signal, silence.signal]) })
    state.isOpen = true
    onOpen()
    const read = openSseReader()
    for await (const piece of body.pipeThrough(new TextDecoderStream())) {
      timer.refresh()
      for (const message of read(piece)) {
        yield message
        state.lastId = message.id ?? state.lastId
      }
    }
  } catch (cause) {
    throw cause instanceof ApiError || cause instanceof NetworkError ? cause : new NetworkError({ cause })
  } finally {
    clearTimeout(timer)
    silence.abort()
  }
}

async function open(url: URL, init: RequestInit): Promise<NonNullable<Response['body']>> {
  const response = await fetch(url, init)
  if (!response.ok) throw errorOf(response, await response.json().catch(() => undefined))
  if (!response.body || response.headers.get('Content-Type')?.startsWith('text/event-stream') !== true)
    throw new NetworkError({ status: response.status })
  return response.body
}
