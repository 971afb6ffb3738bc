import { isDeepStrictEqual } from 'node:util'
import { type Item, type Key, keyAttributes, keyOf, keyText } from './items.ts'
import type { ItemWrite } from './item-write.ts'
import { allItems, firstPage, type Requests, type Search } from './requests.ts'

/** Holds items by their keys, outside the table. */
export interface ScratchTable {
  get(eventId: string, start: string): Item | undefined
  /** All items with an `event_id`, by `start`. */
  under(eventId: string): Item[]
  put(eventId: string, start: string, item: Item): void
  close(): void
}

/**
 * Requests that read a table with the items of `scratch` over it, and write to `scratch` only. So a change decides and
 * fails as it would, and the table stays as it is. For an import, which deletes nothing and lists nothing.
 */
// oxlint-disable-next-line max-lines-per-function -- short methods that share what would be written
export function dryRunRequests(table: Requests, scratch: ScratchTable): Requests {
  const inScratch = ({ event_id, start }: Key) => scratch.get(event_id, start)
  const get = async (key: Key) => inScratch(key) ?? table.get(key)
  const withScratch = (stored: readonly Item[], keys: readonly Key[]) =>
    merged(
      stored,
      keys.map(inScratch).filter((item) => item !== undefined),
    )

  async function* pages(search: Search): AsyncGenerator<Item[]> {
    const { partition, range: [first, last] = ['', '\uffff'], descending = false, limit } = search
    const stored = await (limit === undefined ? allItems : firstPage)(table.pages(search))
    const added = scratch.under(partition).filter((item) => keyOf(item).start >= first && keyOf(item).start <= last)
    const sorted = merged(stored, added).toSorted((a, b) => (keyOf(a).start < keyOf(b).start ? -1 : 1))
    yield (descending ? sorted.toReversed() : sorted).slice(0, limit)
  }

  const holds = ({ expected }: ItemWrite, item: Item | undefined) =>
    Object.entries(expected).every(([name, value]) => isDeepStrictEqual(item?.[name], value))
  function apply({ key, put, set, remove }: ItemWrite, item: Item | undefined): void {
    if (remove) notInDryRun()
    // It has no feed: what would be added to logs is left out.
    if (put ?? set) scratch.put(key.event_id, key.start, put ?? ({ ...item, ...keyAttributes(key), ...set } as Item))
  }

  async function transact(writes: readonly ItemWrite[]): Promise<void> {
    const stored = await Promise.all(writes.map(async ({ key }) => table.get(key)))
    // From here on nothing waits, so that the conditions still hold when the items are written.
    const current = writes.map(({ key }, index) => inScratch(key) ?? stored[index])
    if (!writes.every((write, index) => holds(write, current[index]))) throw new ConditionFailed()
    for (const [index, write] of writes.entries()) apply(write, current[index])
  }

  return {
    ...table,
    get,
    pages,
    transact,
    getAll: async (keys, only) => withScratch(await table.getAll(keys, only), keys),
    async getSettled(keys) {
      const items = await table.getSettled(keys)
      return items && withScratch(items, keys)
    },
    async write(write) {
      const item = await get(write.key)
      if (!holds(write, item)) return false
      apply(write, item)
      return true
    },
    eachUnder: notInDryRun,
    writeAll: notInDryRun,
    close() {
      scratch.close()
      table.close()
    },
  }
}

/** Stored items, with those that have been added in the place of stored ones with the same keys. */
const merged = (stored: readonly Item[], added: readonly Item[]) => [
  ...new Map([...stored, ...added].map((item) => [keyText(keyOf(item)), item])).values(),
]

function notInDryRun(): never {
  throw new Error('An import does not do that, so that a dry run of it cannot.')
}

/** The error by which DynamoDB says that a condition does not hold. */
class ConditionFailed extends Error {
  override readonly name = 'TransactionCanceledException'
  readonly CancellationReasons = [{ Code: 'ConditionalCheckFailed' }]
  readonly $metadata = { attempts: 1 }
}
