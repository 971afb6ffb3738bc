/** Lets the requests that arrive in one turn of the event loop share what each would otherwise look up for itself. */
export interface Arrivals {
  /** To be called for each request that arrives, before it looks anything up. */
  arrived(): void
  /**
   * A function that calls `look` at most once for the requests of a turn: all of them had been sent when it did. Otherwise,
   * for example for a timer, it calls `look` each time. An error is not remembered.
   */
  shared<T>(look: () => T): () => T
  /** Forgets what was looked up in this turn: something of it has changed. */
  forget(): void
}

export function openArrivals(): Arrivals {
  /** Number of turns in which requests have arrived. */
  let turns = 0
  /** What was looked up under another number is out of date. */
  let state = 0
  /** Whether requests are being read: then the next one belongs to the same turn. */
  let isReading = false
  /** Whether requests of this turn are being answered. */
  let isAnswering = false

  const forget = () => void (state += 1)
  const end = (turn: number) => {
    if (turn === turns) isAnswering = false
  }
  return {
    arrived() {
      if (isReading) return
      isReading = isAnswering = true
      turns += 1
      forget()
      setImmediate(() => {
        isReading = false
        // Requests that were queued are answered in this phase of the event loop, before the next ones are read.
        setImmediate(end, turns)
      })
    },
    shared<T>(look: () => T) {
      let seen: { readonly state: number; readonly value: T } | undefined
      return () => {
        if (!isAnswering) return look()
        if (seen?.state !== state) seen = { state, value: look() }
        return seen.value
      }
    },
    forget,
  }
}

/** The arrivals of this process, which has one event loop. */
export const arrivals: Arrivals = openArrivals()
