/** Counts items and holds the first of them, so that a report stays small. */
export interface Sample<T> {
  count: number
  readonly first: T[]
}

const MAX_ITEMS = 1000

export const emptySample = <T>(): Sample<T> => ({ count: 0, first: [] })

export function addTo<T>(sample: Sample<T>, item: T): void {
  sample.count += 1
  if (sample.first.length < MAX_ITEMS) sample.first.push(item)
}
