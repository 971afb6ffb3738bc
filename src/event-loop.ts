/** Callbacks requested per turn of the event loop. The microtasks of each run before the next. */
const CALLBACKS_PER_TURN = 64

/**
 * Shares the event loop's time between urgent work (connections, polls) and work that can wait. While requests keep
 * arriving, work that can wait gets a slice of time and then a longer break; otherwise it runs without breaks.
 *
 * Node accepts one connection per turn of its event loop, so work between turns delays clients that are connecting.
 */
export interface TimeSlices {
  /** To be called for each request that arrives. */
  tookRequest(): void
  /** Whether there is time now for work that can wait, and no such work is queued. */
  hasTime(): boolean
  /** Queues a callback until there is time, first in, first out. */
  wait(callback: () => void): void
}

/**
 * @param sliceMs length of a slice in milliseconds
 * @param breakMs length of the break after it
 */
export function openTimeSlices(sliceMs: number, breakMs = sliceMs): TimeSlices {
  const slice = openSlice(sliceMs, breakMs)
  let [requests, seenRequests] = [0, 0]
  let isScheduled = false
  /** Whether the slice has ended in this turn of the event loop. On a busy machine the break may be over before the turn is. */
  let hasEnded = false
  const waiting: (() => void)[] = []

  function scheduleRun(): void {
    if (isScheduled) return
    isScheduled = true
    setImmediate(run)
  }
  /** Runs once per turn of the event loop, after its input and output. */
  function run(): void {
    isScheduled = hasEnded = false
    if (requests === seenRequests) slice.restart()
    seenRequests = requests
    if (waiting.length === 0) return
    for (let n = Math.min(waiting.length, CALLBACKS_PER_TURN); n > 0; n -= 1) setImmediate(callNext)
    scheduleRun()
  }
  function callNext(): void {
    if (waiting.length === 0 || hasEnded) return
    if (slice.hasTime()) waiting.shift()?.()
    else hasEnded = true
  }
  return {
    tookRequest: () => void (requests += 1),
    hasTime: () => waiting.length === 0 && slice.hasTime(),
    wait(callback) {
      waiting.push(callback)
      scheduleRun()
    },
  }
}

/** Alternates between slices and breaks. */
function openSlice(sliceMs: number, breakMs: number) {
  /** When the current slice or break began; at most one of the two is set. */
  let sliceStart: number | undefined
  let breakStart: number | undefined
  return {
    restart: () => void (sliceStart = breakStart = undefined),
    hasTime(): boolean {
      const now = performance.now()
      if (breakStart !== undefined && now - breakStart < breakMs) return false
      if (sliceStart !== undefined && now - sliceStart >= sliceMs) {
        // The break begins now, even if the last callback overran the slice.
        breakStart = now
        sliceStart = undefined
        return false
      }
      breakStart = undefined
      sliceStart ??= now
      return true
    },
  }
}

/** The time slices of this process, which has one event loop. */
export const timeSlices: TimeSlices = openTimeSlices(3, 9)
