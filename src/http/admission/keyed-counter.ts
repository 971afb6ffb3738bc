import { PrunedMap } from './pruned-map.ts'

/** An amount for each key, and their total. */
export interface KeyedCounter {
  add(key: string, amount: number): void
  get(key: string): number
  total(): number
}

export function openKeyedCounter(): KeyedCounter {
  const each = new PrunedMap(
    () => ({ amount: 0 }),
    ({ amount }) => amount === 0,
  )
  let total = 0
  return {
    add(key, amount) {
      each.obtain(key).amount += amount
      total += amount
    },
    get: (key) => each.get(key)?.amount ?? 0,
    total: () => total,
  }
}
