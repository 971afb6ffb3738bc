import { readEvents } from './read-events.ts'

/** A stream says something every 15 seconds. When it is late, changes may have been missed. */
const LATE_MS = 17_000
/** A stream that is silent for so long is dead, and is replaced. */
const DEAD_MS = 45_000
/** Milliseconds until a stream that has ended is requested again. */
const REOPEN_MS = 1000

const [CONNECTING, OPEN, CLOSED] = [0, 1, 2] as const

type Listener = (event: { readonly data?: string }) => void

/**
 * A stream of Server-Sent Events as an `EventSource` gives it, which also notices silence: `late` while it says nothing though it
 * should, again and again until it is replaced.
 */
export class EventStream {
  readyState: typeof CONNECTING | typeof OPEN | typeof CLOSED = CONNECTING
  private lastId = ''
  private request = new AbortController()
  private timer: ReturnType<typeof setTimeout> | undefined
  private heardAt = 0

  private readonly address: URL
  private readonly listeners: [string, Listener][] = []

  constructor(address: URL) {
    this.address = address
    void this.connect()
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.push([type, listener])
  }

  close(): void {
    this.readyState = CLOSED
    clearTimeout(this.timer)
    this.request.abort()
  }

  private async connect(): Promise<void> {
    this.request = new AbortController()
    this.heard()
    const isRefused = await this.listen().catch(() => false)
    clearTimeout(this.timer)
    if (this.readyState === CLOSED) return
    this.readyState = isRefused ? CLOSED : CONNECTING
    this.dispatch('error')
    if (!isRefused) this.timer = setTimeout(() => void this.connect(), REOPEN_MS)
  }

  /** @returns whether the calendar refuses to stream */
  private async listen(): Promise<boolean> {
    const headers = { Accept: 'text/event-stream', ...(this.lastId !== '' && { 'Last-Event-ID': this.lastId }) }
    const { ok, body } = await fetch(this.address, { headers, cache: 'no-store', signal: this.request.signal })
    if (!ok || !body) return true
    this.readyState = OPEN
    this.dispatch('open')
    for await (const { type, data, id } of readEvents(body, () => this.heard())) {
      this.lastId = id ?? this.lastId
      if (data !== undefined) this.dispatch(type, data)
    }
    return false
  }

  private dispatch(type: string, data?: string): void {
    for (const [name, listener] of this.listeners) if (name === type) listener(data === undefined ? {} : { data })
  }

  private heard(): void {
    this.heardAt = Date.now()
    this.watch()
  }

  private watch(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      if (Date.now() - this.heardAt >= DEAD_MS) return this.request.abort()
      this.dispatch('late')
      this.watch()
    }, LATE_MS)
  }
}
