/** Above what the two clocks differ by chance. */
const ASLEEP_MS = 50

/**
 * Seconds that have gone by since some moment: what is waited for, or is fresh for a while, goes by this and not by the
 * time of day, which somebody may set. It never goes back. Where the time of day runs ahead it counts that too: a machine
 * that sleeps, or a function that is frozen, does not see in any other way that time passes.
 *
 * @param running milliseconds that never go back, and may stand still meanwhile
 * @param timeOfDay milliseconds, which may go back and forth
 */
export function elapsedBy(running: () => number, timeOfDay: () => number): () => number {
  let slept = 0
  let difference = timeOfDay() - running()
  return () => {
    const ran = running()
    const ahead = timeOfDay() - ran - difference
    if (ahead > ASLEEP_MS) slept += ahead
    if (ahead > ASLEEP_MS || ahead < 0) difference += ahead
    return (ran + slept) / 1000
  }
}

/** One for the process. */
export const elapsed = elapsedBy(() => performance.now(), Date.now)
