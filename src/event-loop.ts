/** How many callbacks are asked for at once: each runs with the microtasks of the one before it done. */
const CHECK_EVERY = 64

/**
 * The event loop's time, shared between what has to be seen to at once (connections, polls) and what can wait. While
 * more keeps coming in, what can wait has a slice of time, and then a longer break; when nothing comes in, it goes on.
 *
 * Node takes one connection in each turn of its loop, so work between turns keeps out whoever is not connected yet.
 */
export interface TimeSlices {
  /** Something has come in. */
  tookRequest(): void
  /** Whether there is time now for what can wait, and nothing that waits already. */
  hasTime(): boolean
  /** Calls back when there is, in the order of asking. */
  wait(callback: () => void): void
}

/**
 * @param sliceMs how long a slice is, in milliseconds
 * @param breakMs how long the break after it
 */
export function openTimeSlices(sliceMs: number, breakMs = sliceMs): TimeSlices {
  /** When the slice or the break that is now began; undefined where neither is. */
  let slice: number | undefined
  let pause: number | undefined
  let requests = 0
  let seen = 0
  let isScheduled = false
  const waiting: (() => void)[] = []

  function sliceHasTime(): boolean {
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
  function scheduleRun(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(runWaiting)
  }
  /** Once in each turn of the loop, after what came in. */
  function runWaiting(): void {
    isScheduled = false
    if (requests === seen) slice = pause = undefined
    seen = requests
    if (waiting.length === 0) return
    for (let n = Math.min(waiting.length, CHECK_EVERY); n > 0; n -= 1) setImmediate(step)
    scheduleRun()
  }
  function step(): void {
    if (waiting.length > 0 && sliceHasTime()) waiting.shift()?.()
  }
  return {
    tookRequest: () => void (requests += 1),
    hasTime: () => waiting.length === 0 && sliceHasTime(),
    wait(callback) {
      waiting.push(callback)
      scheduleRun()
    },
  }
}

/** Those of this process: it has one event loop. */
export const timeSlices: TimeSlices = openTimeSlices(3, 9)
