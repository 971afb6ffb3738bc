/** Caches the result of `make` for each name for ever. An error is not cached: the next call tries again. */
export function memoize<T>(make: (name: string) => T | Promise<T>): (name: string) => Promise<T> {
  const cache = new Map<string, Promise<T>>()
  return async (name) => {
    const known = cache.get(name)
    if (known) return known
    const pending = Promise.resolve(name).then(make)
    cache.set(name, pending)
    pending.catch(() => cache.delete(name))
    return pending
  }
}
