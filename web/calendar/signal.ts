import { useEffect, useState } from 'preact/hooks'

/** Something that changes, and whoever wants to know: read by parts of the grid that it does not draw by itself. */
export interface Signal<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly subscribe: (listener: (value: T) => void) => () => void
}

export function signal<T>(value: T): Signal<T> {
  let now = value
  const listeners = new Set<(value: T) => void>()
  return {
    get: () => now,
    set(next) {
      if (next === now) return
      now = next
      for (const listener of listeners) listener(next)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

export function useSignal<T>(source: Signal<T>): T {
  const [value, setValue] = useState(source.get)
  useEffect(() => {
    setValue(() => source.get())
    return source.subscribe((next) => setValue(() => next))
  }, [source])
  return value
}
