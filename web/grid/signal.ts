import { useEffect, useState } from 'preact/hooks'

/**
 * A value that changes, for components that are drawn anew without those around them. `@preact/signals` does
 * the same, for 2.8 kB more (gzipped).
 */
export interface Signal<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  /** @returns a function that ends the subscription */
  readonly subscribe: (listener: (value: T) => void) => () => void
}

/** A signal with an initial value. */
export function signal<T>(initial: T): Signal<T> {
  let value = initial
  const listeners = new Set<(value: T) => void>()
  return {
    get: () => value,
    set(next) {
      if (next === value) return
      value = next
      for (const listener of listeners) listener(next)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The value of a signal. The component renders again when it changes. */
export function useSignal<T>(source: Signal<T>): T {
  const [value, setValue] = useState(source.get)
  useEffect(() => {
    setValue(() => source.get())
    return source.subscribe((next) => setValue(() => next))
  }, [source])
  return value
}
