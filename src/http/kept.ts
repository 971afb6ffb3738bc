/** Makes something once for each name, when it is first asked for. What failed is tried again, and takes no room. */
export function kept<T>(make: (name: string) => T | Promise<T>): (name: string) => Promise<T> {
  const made = new Map<string, Promise<T>>()
  return async (name) => {
    const known = made.get(name)
    if (known) return known
    const making = Promise.resolve(name).then(make)
    made.set(name, making)
    making.catch(() => made.delete(name))
    return making
  }
}
