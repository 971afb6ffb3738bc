import type { ChangesPageInput, ChangesPageOutput } from './endpoints.ts'
import { ApiError, CursorExpiredError, NetworkError } from './problem.ts'
import { pauseBefore, sleep } from './retry.ts'
import type { Transport } from './transport.ts'
import { openWakeUp, type StreamOpener } from './stream.ts'

/** A change of a reservation, and the cursor after it. */
export type Change = ChangesPageOutput['changes'][number]

/** What {@link Calendar.changes} needs. All is optional. */
export interface ChangesOptions {
  /** The cursor after which to begin: that of the last change that was processed. By default the present one. */
  readonly since?: string | undefined
  /** The telescopes, at most 100. All by default; their changes come with a delay of `pollMs`, because only those of named ones are streamed. */
  readonly sites?: string | readonly string[] | undefined
  /** Ends it at once: the loop throws the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Milliseconds between two requests while nothing happens and there is no stream. 5,000 by default. */
  readonly pollMs?: number | undefined
  /** Called with the cursor before the first change, and with a later one each time that all changes before it were processed. */
  readonly onCursor?: ((cursor: string) => void) | undefined
  /** Called with the error when the calendar stops answering, and when it answers again. */
  readonly onCut?: ((error: ApiError | NetworkError) => void) | undefined
  readonly onBack?: (() => void) | undefined
}

/** Reads pages and opens streams, until the signal of the calendar aborts. */
export interface ChangesSource {
  readonly ask: Transport
  readonly openStream: StreamOpener
  readonly signal: AbortSignal | undefined
}

const POLL_MS = 5000

/**
 * The changes after a cursor, each once, until the caller stops. They are read in pages; a stream only says when.
 * @throws ApiError, CursorExpiredError, the reason of `signal`; NetworkError only if the calendar has never answered
 */
export function changesOf(source: ChangesSource, options: ChangesOptions): AsyncIterableIterator<Change, undefined> {
  if (options.sites?.length === 0) throw new TypeError('sites must not be empty')
  const ending = new AbortController()
  const signal = AbortSignal.any([ending.signal, source.signal ?? [], options.signal ?? []].flat())
  const changes = follow(source, { ...options, signal })
  const done = { done: true, value: undefined } as const
  return {
    next: () =>
      changes.next().catch((error: unknown) => {
        const isReturned = ending.signal.aborted
        // It closes the stream.
        ending.abort()
        if (isReturned) return done
        throw error
      }),
    // A generator's own `return` would wait for the request that it is waiting for.
    async return() {
      ending.abort()
      await changes.return(undefined).catch(() => undefined)
      return done
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

type Following = ChangesOptions & { readonly signal: AbortSignal }

async function* follow(source: ChangesSource, options: Following): AsyncGenerator<Change, undefined> {
  const { signal, sites, pollMs = POLL_MS, onCursor } = options
  const read = readerOf(source, options)
  const wakeUp = openWakeUp(sites === undefined ? undefined : source.openStream, { signal, pollMs })
  let cursor = options.since ?? (await read({ site: sites })).cursor
  onCursor?.(cursor)
  for (;;) {
    const page = await read({ since: cursor, site: sites })
    for (const change of page.changes) {
      signal.throwIfAborted()
      yield change
    }
    signal.throwIfAborted()
    if (page.cursor !== cursor) onCursor?.(page.cursor)
    cursor = page.cursor
    // A page may have fewer changes than there are: only one without changes is the last for now.
    if (page.changes.length === 0) await wakeUp.next({ since: cursor, site: sites })
  }
}

/** Reads a page. Once the calendar has answered, it is asked again until it answers, with growing pauses. */
function readerOf({ ask }: ChangesSource, { signal, onCut, onBack }: Following) {
  let hasAnswered = false
  const recover = async (error: unknown, failures: number) => {
    signal.throwIfAborted()
    if (!hasAnswered || !mayPass(error)) throw error
    if (failures === 0) onCut?.(error)
    await sleep(pauseBefore(error, failures), signal)
  }
  const persist = async (input: ChangesPageInput): Promise<ChangesPageOutput> => {
    for (let failures = 0; ; failures += 1) {
      try {
        const page = (await ask({ path: 'changes', method: 'GET', input }, { signal })) as ChangesPageOutput
        if (failures > 0) onBack?.()
        hasAnswered = true
        return page
      } catch (error) {
        await recover(error, failures)
      }
    }
  }
  return async (input: ChangesPageInput): Promise<ChangesPageOutput> => {
    try {
      return await persist(input)
    } catch (error) {
      if (!isExpired(error)) throw error
      hasAnswered = true
      throw new CursorExpiredError(error, (await persist({ site: input.site })).cursor)
    }
  }
}

const isExpired = (error: unknown): error is ApiError => error instanceof ApiError && error.status === 410

/** Whether an error may be over after a while: of a restart, a busy calendar, a cut connection. */
const mayPass = (error: unknown): error is ApiError | NetworkError =>
  error instanceof NetworkError || (error instanceof ApiError && (error.status === 429 || error.status >= 500))
