/**
 * What waits, by address: each address has a queue of its own, and they take turns. So whoever asks for much waits for
 * themselves, and not all others for them.
 */
export interface FairQueue<T> {
  add(address: string, item: T): void
  /** Takes out the next one, of the address whose turn it is among those that may; undefined where there is none. */
  next(may: (address: string) => boolean): T | undefined
  /** Takes it out wherever it stands. */
  remove(address: string, item: T): void
  /** Takes out what has come last for the address with most. */
  dropLast(): T | undefined
  /** What has waited longest, for each address. */
  heads(): readonly T[]
  of(address: string): number
  size(): number
  /** How many addresses wait. */
  addresses(): number
}

export function openFairQueue<T>(): FairQueue<T> {
  // In the order of their turns.
  const queues = new Map<string, T[]>()
  let size = 0
  const took = (address: string, queue: T[], item: T | undefined) => {
    if (item === undefined) return undefined
    size -= 1
    if (queue.length === 0) queues.delete(address)
    return item
  }
  return {
    add(address, item) {
      size += 1
      const queue = queues.get(address)
      if (queue) queue.push(item)
      else queues.set(address, [item])
    },
    next(may) {
      for (const [address, queue] of queues) {
        if (!may(address)) continue
        queues.delete(address)
        const item = queue.shift()
        // To the end of the line.
        queues.set(address, queue)
        return took(address, queue, item)
      }
      return undefined
    },
    remove(address, item) {
      const queue = queues.get(address)
      const at = queue?.indexOf(item) ?? -1
      if (queue && at >= 0) took(address, queue, queue.splice(at, 1)[0])
    },
    dropLast() {
      let longest: [string, T[]] | undefined
      for (const entry of queues) if (!longest || entry[1].length > longest[1].length) longest = entry
      return longest && took(...longest, longest[1].pop())
    },
    heads: () => [...queues.values()].flatMap(([first]) => (first === undefined ? [] : [first])),
    of: (address) => queues.get(address)?.length ?? 0,
    size: () => size,
    addresses: () => queues.size,
  }
}
