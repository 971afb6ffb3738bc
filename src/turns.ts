/** How many callbacks are asked for at once: each runs with the microtasks of the one before it done. */
const TOGETHER = 64

/**
 * The event loop's time, shared between what has to be seen to at once (connections, polls) and what can wait. While
 * more keeps coming in, what can wait has a slice of time, and then a longer break; when nothing comes in, it goes on.
 *
 * Node takes one connection in each turn of its loop, so work between turns keeps out whoever is not connected yet.
 */
export interface Turns {
  /** Something has come in. */
  arrived(): void
  /** Whether there is time now for what can wait, and nothing that waits already. */
  isOpen(): boolean
  /** Calls back when there is, in the order of asking. */
  wait(callback: () => void): void
}

/**
 * @param sliceMs how long a slice is, in milliseconds
 * @param breakMs how long the break after it
 */
export function openTurns(sliceMs: number, breakMs = sliceMs): Turns {
  /** When the slice or the break that is now began; undefined where neither is. */
  let slice: number | undefined
  let pause: number | undefined
  let arrivals = 0
  let seen = 0
  let looking = false
  const waiting: (() => void)[] = []

  function hasTime(): boolean {
    const now = performance.now()
    if (pause !== undefined && now - pause < breakMs) return false
    if (slice !== undefined && now - slice >= sliceMs) {
      // From now on, however much longer the last piece of work has taken.
      pause = now
      slice = undefined
      return false
    }
    pause = undefined
    slice ??= now
    return true
  }
  function lookSoon(): void {
    if (looking) return
    looking = true
    setImmediate(look)
  }
  /** Once in each turn of the loop, after what came in. */
  function look(): void {
    looking = false
    if (arrivals === seen) slice = pause = undefined
    seen = arrivals
    if (waiting.length === 0) return
    for (let n = Math.min(waiting.length, TOGETHER); n > 0; n -= 1) setImmediate(step)
    lookSoon()
  }
  function step(): void {
    if (waiting.length > 0 && hasTime()) waiting.shift()?.()
  }
  return {
    arrived: () => void (arrivals += 1),
    isOpen: () => waiting.length === 0 && hasTime(),
    wait(callback) {
      waiting.push(callback)
      lookSoon()
    },
  }
}

/** Those of this process: it has one event loop. */
export const turns: Turns = openTurns(3, 9)
