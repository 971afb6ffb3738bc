import { useEffect, useState } from 'preact/hooks'

/** Something that changes, and whoever wants to know: read by parts of the grid that it does not draw by itself. */
export interface Source<T> {
  readonly get: () => T
  readonly set: (value: T) => void
  readonly follow: (follower: (value: T) => void) => () => void
}

export function sourceOf<T>(value: T): Source<T> {
  let now = value
  const followers = new Set<(value: T) => void>()
  return {
    get: () => now,
    set(next) {
      if (next === now) return
      now = next
      for (const follower of followers) follower(next)
    },
    follow(follower) {
      followers.add(follower)
      return () => followers.delete(follower)
    },
  }
}

export function useSource<T>(source: Source<T>): T {
  const [value, setValue] = useState(source.get)
  useEffect(() => {
    setValue(() => source.get())
    return source.follow((next) => setValue(() => next))
  }, [source])
  return value
}
