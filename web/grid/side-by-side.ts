import type { Interval } from '../../src/domain/interval.ts'

/** Where an interval stands among those that it overlaps: the share `index` of `count` equal ones of the width. */
export interface Share {
  readonly index: number
  readonly count: number
}

/**
 * Gives intervals that overlap equal shares of the width. All that touch each other, directly or over others, have the same
 * number of shares: the least with which no two overlap in one.
 */
export function shareWidth<T extends Interval>(intervals: readonly T[]): Map<T, Share> {
  const shares = new Map<T, Share>()
  let cluster: T[] = []
  let end = -Infinity
  for (const one of intervals.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    if (one.start >= end) {
      place(cluster, shares)
      cluster = []
    }
    cluster.push(one)
    end = Math.max(end, one.end)
  }
  place(cluster, shares)
  return shares
}

/** Puts each interval, sorted by start, into the first share that is empty by then. */
function place<T extends Interval>(cluster: readonly T[], shares: Map<T, Share>): void {
  const ends: number[] = []
  const indices = cluster.map(({ start, end }) => {
    const empty = ends.findIndex((until) => until <= start)
    const index = empty < 0 ? ends.length : empty
    ends[index] = end
    return index
  })
  for (const [n, one] of cluster.entries()) shares.set(one, { index: indices[n] as number, count: ends.length })
}
