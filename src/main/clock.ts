/** Larger differences of the two clocks mean that the machine slept. */
const MIN_SLEEP_MS = 50

/**
 * A monotonic clock for timeouts and caches, in seconds since an arbitrary moment. Unlike the time of day, it never goes
 * back. Unlike `performance.now()`, it includes the time for which the machine sleeps or a function is frozen: then the
 * time of day runs ahead.
 *
 * @param monotonic milliseconds that never go back, and may not include sleep
 * @param timeOfDay milliseconds that may be set forward and back
 */
export function elapsedBy(monotonic: () => number, timeOfDay: () => number): () => number {
  let slept = 0
  let difference = timeOfDay() - monotonic()
  return () => {
    const ran = monotonic()
    const ahead = timeOfDay() - ran - difference
    if (ahead > MIN_SLEEP_MS) slept += ahead
    if (ahead > MIN_SLEEP_MS || ahead < 0) difference += ahead
    return (ran + slept) / 1000
  }
}

/** The monotonic clock of the process. */
export const elapsed = elapsedBy(() => performance.now(), Date.now)
