/**
 * What `work` gives, where it does so within `milliseconds`. After that it goes on, for whoever else waits for it.
 * @throws Error what `late` makes, or as `work` does
 */
export function inTime<T>(work: Promise<T>, milliseconds: number, late: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(late()), milliseconds)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
