import type { Item } from './attributes.ts'
import { isShort, type Key, keyAttributes, monthsOf, nameOf, sheetsOf } from './keys.ts'
import type { Guards, Step, Write } from './plan.ts'
import { placeOf } from './rows.ts'
import { type Entry, entryOf, type Sheet, sheetKeysOf, writeEntries } from './sheets.ts'

/** What a transaction does to one sheet, and under which conditions. */
interface Edit {
  readonly key: Key
  /** By place. */
  readonly gone: Set<string>
  readonly come: Entry[]
  /** Of a month: something changes on a sheet of its days. */
  counts: boolean
  /** Nothing on it may have changed, though it be left as it is. */
  guarded: boolean
  /** Nor anything on the sheets of its days. */
  tallied: boolean
}

/** By the sheet's name. */
export type Edits = ReadonlyMap<string, Edit>

/** What steps do to sheets, together with the sheets that must stay as they were seen. */
export function editsOf(steps: readonly Step[], guards: Guards): Edits {
  const edits = new Map<string, Edit>()
  const editOf = (key: Key): Edit => {
    const edit = edits.get(nameOf(key)) ?? { key, gone: new Set(), come: [], counts: false, guarded: false, tallied: false }
    edits.set(nameOf(key), edit)
    return edit
  }
  for (const { before, after } of steps) {
    for (const key of before ? sheetKeysOf(before.reservation) : []) editOf(key).gone.add(placeOf(before!))
    for (const key of after ? sheetKeysOf(after.reservation) : []) editOf(key).come.push(entryOf(after!))
    for (const row of [before, after]) {
      if (!row || !isShort(row.reservation)) continue
      for (const month of monthsOf(row.reservation)) editOf({ event_id: sheetsOf(row.reservation.site), start: month }).counts = true
    }
  }
  for (const { key, tally } of guards.values()) Object.assign(editOf(key), { guarded: true, tallied: tally })
  return edits
}

/** The entries of a sheet after an edit; empty where the edit leaves them alone. */
export function textOver({ gone, come }: Edit, sheet: Sheet): string {
  if (gone.size === 0 && come.length === 0) return ''
  return writeEntries([...sheet.entries.filter(({ id, start }) => !gone.has(`${id}\n${start}`)), ...come])
}

/** An edit as a write, or as a mere check where it leaves the sheet as it is. */
export function edited(edit: Edit, sheet: Sheet, token: string): Write {
  const text = textOver(edit, sheet)
  const set: [string, string][] = []
  if (text) set.push(['entries', text], ['version', token])
  if (edit.counts) set.push(['tally', token])
  const unmoved: [string, string | undefined][] = []
  if (text || edit.guarded) unmoved.push(['version', sheet.version])
  if (edit.tallied) unmoved.push(['tally', sheet.tally])
  return writeOf(edit.key, set, unmoved)
}

function writeOf(key: Key, set: readonly [string, string][], unmoved: readonly [string, string | undefined][]): Write {
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
  const conditions = unmoved.map(([name, value]) =>
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
