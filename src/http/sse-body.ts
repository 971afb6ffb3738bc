const encoder = new TextEncoder()

/** The body of one Server-Sent Events response. */
export interface SseBody {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>
  /** The size of what the client has not taken yet. */
  readonly buffered: () => { readonly bytes: number; readonly chars: number }
  readonly send: (text: string) => void
  /** Resolves when the buffer is empty, or the stream has ended. */
  readonly drained: () => Promise<void>
  /** Ends the stream, and drops what is buffered. */
  readonly end: () => void
}

/**
 * Opens a body that buffers texts until the client takes them. The buffer is not the stream's own, since a closed stream
 * keeps its queue for a client that may never take it.
 *
 * @param onCancel called when the client disconnects
 */
export function openSseBody(onCancel: () => void): SseBody {
  const buffer = openBuffer()
  let open = true
  let pullPending = false
  let controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>

  const pull = () => {
    buffer.markSent()
    pullPending = buffer.isEmpty()
    if (!pullPending) controller.enqueue(encoder.encode(buffer.take()))
  }
  const close = () => {
    const wasOpen = open
    open = false
    buffer.take()
    return wasOpen
  }
  const start = (own: typeof controller) => void (controller = own)
  const cancel = () => {
    if (close()) onCancel()
  }
  return {
    body: new ReadableStream({ start, pull, cancel }, { highWaterMark: 0 }),
    buffered: buffer.size,
    send(text) {
      if (!open) return
      buffer.add(text)
      if (pullPending) pull()
    },
    drained: buffer.emptied,
    end() {
      if (close()) controller.close()
    },
  }
}

const NOTHING = { bytes: 0, chars: 0 }

/** Texts that wait, and the size of them and of the text that was taken last. */
function openBuffer() {
  let texts: string[] = []
  let [waiting, inFlight] = [NOTHING, NOTHING]
  let empty: PromiseWithResolvers<void> | undefined
  return {
    isEmpty: () => texts.length === 0,
    size: () => ({ bytes: waiting.bytes + inFlight.bytes, chars: waiting.chars + inFlight.chars }),
    add(text: string) {
      texts.push(text)
      waiting = { bytes: waiting.bytes + Buffer.byteLength(text), chars: waiting.chars + text.length }
    },
    take(): string {
      const text = texts.join('')
      texts = []
      ;[waiting, inFlight] = [NOTHING, waiting]
      empty?.resolve()
      empty = undefined
      return text
    },
    markSent: () => void (inFlight = NOTHING),
    /** Resolves when all texts are taken. */
    emptied: () => (texts.length === 0 ? Promise.resolve() : (empty ??= Promise.withResolvers<void>()).promise),
  }
}
