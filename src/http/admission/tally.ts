/** How much of something there is for each name, and in all. Names without any are forgotten. */
export interface Tally {
  add(name: string, amount: number): void
  of(name: string): number
  total(): number
}

export function openTally(): Tally {
  const each = new Map<string, number>()
  let total = 0
  return {
    add(name, amount) {
      const sum = (each.get(name) ?? 0) + amount
      total += amount
      if (sum === 0) each.delete(name)
      else each.set(name, sum)
    },
    of: (name) => each.get(name) ?? 0,
    total: () => total,
  }
}
