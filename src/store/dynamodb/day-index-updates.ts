import type { Item } from './attributes.ts'
import { isShort, type Key, keyAttributes, monthsOf, keyText, dayIndexId } from './items.ts'
import type { GuardedItems, RowChange, TransactionWrite } from './plan.ts'
import { rowIdentity } from './rows.ts'
import { type Entry, entryOf, type DayItem, dayItemKeysOf, writeEntries } from './day-index.ts'

/** What a transaction does to one day item, and under which conditions. */
interface DayItemUpdate {
  readonly key: Key
  /** By place. */
  readonly removed: Set<string>
  readonly added: Entry[]
  /** Of a month: something changes on a day item of its days. */
  bumpsChildVersion: boolean
  /** Nothing on it may have changed, though it be left as it is. */
  checksVersion: boolean
  /** Nor anything on the day items of its days. */
  checksChildVersion: boolean
}

/** By the day item's name. */
export type DayItemUpdates = ReadonlyMap<string, DayItemUpdate>

/** What steps do to day items, together with the day items that must stay as they were seen. */
export function dayItemUpdatesOf(rowChanges: readonly RowChange[], guarded: GuardedItems): DayItemUpdates {
  const updates = new Map<string, DayItemUpdate>()
  const updateOf = (key: Key): DayItemUpdate => {
    const update = updates.get(keyText(key)) ?? { key, removed: new Set(), added: [], bumpsChildVersion: false, checksVersion: false, checksChildVersion: false }
    updates.set(keyText(key), update)
    return update
  }
  for (const { before, after } of rowChanges) {
    for (const key of before ? dayItemKeysOf(before.reservation) : []) updateOf(key).removed.add(rowIdentity(before!))
    for (const key of after ? dayItemKeysOf(after.reservation) : []) updateOf(key).added.push(entryOf(after!))
    for (const row of [before, after]) {
      if (!row || !isShort(row.reservation)) continue
      for (const month of monthsOf(row.reservation)) updateOf({ event_id: dayIndexId(row.reservation.site), start: month }).bumpsChildVersion = true
    }
  }
  for (const { key, checksChildVersion } of guarded.values()) {
    const update = updateOf(key)
    update.checksVersion = true
    update.checksChildVersion = checksChildVersion
  }
  return updates
}

/** The entries of a day item after an edit; empty where the edit leaves them alone. */
export function encodedAfter({ removed, added }: DayItemUpdate, dayItem: DayItem): string {
  if (removed.size === 0 && added.length === 0) return ''
  return writeEntries([...dayItem.entries.filter(({ id, start }) => !removed.has(`${id}\n${start}`)), ...added])
}

/** An edit as a write, or as a mere check where it leaves the day item as it is. */
export function dayItemWrite(update: DayItemUpdate, dayItem: DayItem, token: string): TransactionWrite {
  const text = encodedAfter(update, dayItem)
  const set: [string, string][] = []
  if (text) set.push(['entries', text], ['version', token])
  if (update.bumpsChildVersion) set.push(['tally', token])
  const unchanged: [string, string | undefined][] = []
  if (text || update.checksVersion) unchanged.push(['version', dayItem.version])
  if (update.checksChildVersion) unchanged.push(['tally', dayItem.childVersion])
  return writeOf(update.key, set, unchanged)
}

function writeOf(key: Key, set: readonly [string, string][], unchanged: readonly [string, string | undefined][]): TransactionWrite {
  const names: Record<string, string> = {}
  const values: Item = {}
  const nameFor = (name: string) => {
    names[`#${name}`] = name
    return `#${name}`
  }
  const valueFor = (name: string, value: string) => {
    values[name] = { S: value }
    return name
  }
  const UpdateExpression = `SET ${set.map(([name, value]) => `${nameFor(name)} = ${valueFor(`:${name}`, value)}`).join(', ')}`
  const conditions = unchanged.map(([name, value]) =>
    value === undefined ? `attribute_not_exists(${nameFor(name)})` : `${nameFor(name)} = ${valueFor(`:old_${name}`, value)}`,
  )
  const ConditionExpression = conditions.join(' AND ')
  const common = {
    Key: keyAttributes(key),
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  }
  if (set.length === 0) return (TableName) => ({ ConditionCheck: { TableName, ConditionExpression, ...common } })
  return (TableName) => ({ Update: { TableName, UpdateExpression, ...(ConditionExpression && { ConditionExpression }), ...common } })
}
