const encoder = new TextEncoder()

/** What leads out to one client, for as long as both want. */
export interface Outlet {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** How much waits for the client, in characters, with what is on its way there. */
  readonly waiting: () => number
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
 * @param onGone the client went away
 */
export function outlet(onGone: () => void): Outlet {
  let queue: string[] = []
  let queued = 0
  let onItsWay = 0
  let open = true
  let hungry = false
  let wake = () => {}
  let drained: Promise<void> | undefined
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>

  const emptied = () => {
    onItsWay = queued
    queued = 0
    queue = []
    drained = undefined
    wake()
  }
  const pour = () => {
    onItsWay = 0
    hungry = queue.length === 0
    if (hungry) return
    controller.enqueue(encoder.encode(queue.join('')))
    emptied()
  }
  const shut = () => {
    const wasOpen = open
    open = false
    emptied()
    return wasOpen
  }
  const start = (given: typeof controller) => void (controller = given)
  const cancel = () => {
    if (shut()) onGone()
  }
  return {
    body: new ReadableStream({ start, pull: pour, cancel }, { highWaterMark: 0 }),
    waiting: () => queued + onItsWay,
    send(text) {
      if (!open) return
      queue.push(text)
      queued += text.length
      if (hungry) pour()
    },
    drained() {
      if (queue.length === 0) return Promise.resolve()
      return (drained ??= new Promise((resolve) => (wake = resolve)))
    },
    end() {
      if (shut()) controller.close()
    },
  }
}
