/** A queue in which addresses take turns, so that an address with many items delays only itself. */
export interface FairQueue<T> {
  add(address: string, item: T): void
  /** Removes and returns the first item of the next address that `may`; undefined if there is none. */
  next(may: (address: string) => boolean): T | undefined
  remove(address: string, item: T): void
  /** Removes and returns the last item of the address with most. */
  dropLast(): T | undefined
  /** The first item of each address. */
  heads(): readonly T[]
  /** Number of items of an address. */
  of(address: string): number
  size(): number
  /** Number of addresses with items. */
  addresses(): number
}

/** Queues by address, in the order of the addresses' turns. */
type Queues<T> = Map<string, T[]>

export function openFairQueue<T>(): FairQueue<T> {
  const queues: Queues<T> = new Map()
  let size = 0
  const count = (item: T | undefined) => {
    if (item !== undefined) size -= 1
    return item
  }
  return {
    add(address, item) {
      size += 1
      const queue = queues.get(address)
      if (queue) queue.push(item)
      else queues.set(address, [item])
    },
    next: (may) => count(takeNext(queues, may)),
    remove: (address, item) => void count(takeItem(queues, address, item)),
    dropLast: () => count(takeLast(queues)),
    heads: () => [...queues.values()].flatMap(([first]) => (first === undefined ? [] : [first])),
    of: (address) => queues.get(address)?.length ?? 0,
    size: () => size,
    addresses: () => queues.size,
  }
}

function takeNext<T>(queues: Queues<T>, may: (address: string) => boolean): T | undefined {
  for (const [address, queue] of queues) {
    if (!may(address)) continue
    const item = queue.shift()
    // The address goes to the end of the turns.
    queues.delete(address)
    if (queue.length > 0) queues.set(address, queue)
    return item
  }
  return undefined
}

function takeItem<T>(queues: Queues<T>, address: string, item: T): T | undefined {
  const queue = queues.get(address)
  const index = queue?.indexOf(item) ?? -1
  if (!queue || index < 0) return undefined
  queue.splice(index, 1)
  if (queue.length === 0) queues.delete(address)
  return item
}

function takeLast<T>(queues: Queues<T>): T | undefined {
  let longest: [string, T[]] | undefined
  for (const entry of queues) if (!longest || entry[1].length > longest[1].length) longest = entry
  if (!longest) return undefined
  const [address, queue] = longest
  const item = queue.pop()
  if (queue.length === 0) queues.delete(address)
  return item
}
