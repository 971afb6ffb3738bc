/** How much of something there is for each name, and in all. Names without any are forgotten. */
export interface KeyedCounter {
  add(name: string, amount: number): void
  get(name: string): number
  total(): number
}

export function openKeyedCounter(): KeyedCounter {
  const each = new Map<string, number>()
  let total = 0
  return {
    add(name, amount) {
      const sum = (each.get(name) ?? 0) + amount
      total += amount
      if (sum === 0) each.delete(name)
      else each.set(name, sum)
    },
    get: (name) => each.get(name) ?? 0,
    total: () => total,
  }
}
