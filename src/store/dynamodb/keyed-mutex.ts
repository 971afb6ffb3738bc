/** One after the other for each name, within this process. */
export interface MutexLock {
  /** Resolves when whoever was before has ended; undefined where nobody was. */
  readonly ahead: Promise<void> | undefined
  release(): void
}

/**
 * Lets the changes of one process at one place wait for each other. That keeps nothing right, which the conditions of
 * each transaction do; but of many at once all but the first would be decided in vain.
 */
export function keyedMutex(): (name: string) => MutexLock {
  const last = new Map<string, Promise<void>>()
  return (name) => {
    const ahead = last.get(name)
    let release = () => {}
    const ended = new Promise<void>((resolve) => {
      release = resolve
    })
    const mine = ahead ? ahead.then(() => ended) : ended
    last.set(name, mine)
    void mine.then(() => last.get(name) === mine && last.delete(name))
    return { ahead, release }
  }
}
