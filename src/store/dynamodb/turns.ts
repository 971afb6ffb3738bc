/** One after the other for each name, within this process. */
export interface Turn {
  /** Resolves when whoever was before has ended; undefined where nobody was. */
  readonly others: Promise<void> | undefined
  end(): void
}

/**
 * Lets the changes of one process at one place wait for each other. That keeps nothing right, which the conditions of
 * each transaction do; but of many at once all but the first would be decided in vain.
 */
export function takingTurns(): (name: string) => Turn {
  const last = new Map<string, Promise<void>>()
  return (name) => {
    const others = last.get(name)
    let end = () => {}
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    const mine = others ? others.then(() => ended) : ended
    last.set(name, mine)
    void mine.then(() => last.get(name) === mine && last.delete(name))
    return { others, end }
  }
}
