/** Takes any number of items, and keeps the first few in an order. */
export interface FirstFew<T> {
  add(item: T): void
  /** The first items, sorted; of equal ones that which was added first. */
  items(): readonly T[]
  /** Whether others were left out. */
  hasMore(): boolean
}

export function firstFew<T>(limit: number, compare: (a: T, b: T) => number): FirstFew<T> {
  let kept: T[] = []
  let hasMore = false
  const trim = () => {
    hasMore ||= kept.length > limit
    kept = kept.toSorted(compare).slice(0, limit)
    return kept
  }
  return {
    add(item) {
      kept.push(item)
      // Sorting seldom makes it cheap.
      if (kept.length >= 4 * limit + 100) trim()
    },
    items: trim,
    hasMore: () => hasMore || kept.length > limit,
  }
}
