/** An amount for each key, and their total. Keys with an amount of zero are removed. */
export interface KeyedCounter {
  add(key: string, amount: number): void
  get(key: string): number
  total(): number
}

export function openKeyedCounter(): KeyedCounter {
  const each = new Map<string, number>()
  let total = 0
  return {
    add(key, amount) {
      const sum = (each.get(key) ?? 0) + amount
      total += amount
      if (sum === 0) each.delete(key)
      else each.set(key, sum)
    },
    get: (key) => each.get(key) ?? 0,
    total: () => total,
  }
}
