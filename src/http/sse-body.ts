const encoder = new TextEncoder()

/** What leads out to one client, for as long as both want. */
export interface SseBody {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** How much waits for the client, in characters, with what is on its way there. */
  readonly bufferedChars: () => number
  readonly send: (text: string) => void
  /** Resolves when nothing waits any more, or it has ended. */
  readonly drained: () => Promise<void>
  /** What still waits is dropped. */
  readonly end: () => void
}

/**
 * Keeps what is sent until the client takes it. A queue of our own and not the stream's, since a stream that is closed
 * still holds its queue for a client that may never take it.
 *
 * @param onCancel the client went away
 */
export function openSseBody(onCancel: () => void): SseBody {
  let queue: string[] = []
  let queued = 0
  let inFlight = 0
  let open = true
  let pullPending = false
  let resolveDrained = () => {}
  let drained: Promise<void> | undefined
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>

  const onDrained = () => {
    inFlight = queued
    queued = 0
    queue = []
    drained = undefined
    resolveDrained()
  }
  const flush = () => {
    inFlight = 0
    pullPending = queue.length === 0
    if (pullPending) return
    controller.enqueue(encoder.encode(queue.join('')))
    onDrained()
  }
  const close = () => {
    const wasOpen = open
    open = false
    onDrained()
    return wasOpen
  }
  const start = (chunk: typeof controller) => void (controller = chunk)
  const cancel = () => {
    if (close()) onCancel()
  }
  return {
    body: new ReadableStream({ start, pull: flush, cancel }, { highWaterMark: 0 }),
    bufferedChars: () => queued + inFlight,
    send(text) {
      if (!open) return
      queue.push(text)
      queued += text.length
      if (pullPending) flush()
    },
    drained() {
      if (queue.length === 0) return Promise.resolve()
      return (drained ??= new Promise((resolve) => (resolveDrained = resolve)))
    },
    end() {
      if (close()) controller.close()
    },
  }
}
