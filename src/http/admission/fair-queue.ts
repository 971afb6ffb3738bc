import { type Linked, LinkedList, unlink } from './linked-list.ts'
import { PrunedMap } from './pruned-map.ts'

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

/** The items of an address. */
interface Line<T> extends Linked<Line<T>> {
  readonly address: string
  readonly items: T[]
}

interface State<T> {
  readonly lines: PrunedMap<Line<T>>
  /** The lines that have items, in the order of their turns. */
  readonly turns: LinkedList<Line<T>>
  size: number
}

export function openFairQueue<T>(): FairQueue<T> {
  const state: State<T> = {
    lines: new PrunedMap<Line<T>>(
      (address) => ({ address, items: [] }),
      ({ items }) => items.length === 0,
    ),
    turns: new LinkedList(),
    size: 0,
  }
  const { lines, turns } = state
  return {
    add(address, item) {
      const line = lines.obtain(address)
      if (line.items.push(item) === 1) turns.add(line)
      state.size += 1
    },
    next(may) {
      for (const line of turns) {
        if (!may(line.address)) continue
        // It goes to the end of the turns.
        turns.add(line)
        return takeAt(state, line, 0)
      }
      return undefined
    },
    remove(address, item) {
      const line = lines.get(address)
      const index = line?.items.indexOf(item) ?? -1
      if (line && index >= 0) takeAt(state, line, index)
    },
    dropLast() {
      let longest = turns.first
      for (const line of turns) if (longest && line.items.length > longest.items.length) longest = line
      return longest && takeAt(state, longest, longest.items.length - 1)
    },
    heads: () => [...turns].flatMap(({ items }) => items.slice(0, 1)),
    of: (address) => lines.get(address)?.items.length ?? 0,
    size: () => state.size,
    addresses: () => turns.size,
  }
}

function takeAt<T>(state: State<T>, line: Line<T>, index: number): T | undefined {
  const [item] = line.items.splice(index, 1)
  if (line.items.length === 0) unlink(line)
  state.size -= 1
  return item
}
