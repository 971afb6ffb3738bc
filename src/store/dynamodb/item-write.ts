import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb'
import type { Json } from '../../domain/reservation.ts'
import { attributeOf } from '../../wire/dynamo-json.ts'
import { type Item, type Key, keyAttributes, keyText } from './items.ts'

/** One write: puts, updates or deletes an item, or within a transaction only checks it. */
export interface ItemWrite {
  readonly key: Key
  readonly put?: Item
  /** The attributes to set, by name, or to remove if undefined; the others stay. */
  readonly set?: Attributes
  readonly remove?: true
  /** Texts to add to the end of lists, by the name of the attribute. A missing list counts as empty. */
  readonly append?: Readonly<Record<string, readonly string[]>>
  /** How many elements to remove from the beginning of lists. */
  readonly shift?: Readonly<Record<string, number>>
  /** The attributes that the stored item must have, by name; undefined for one that it must not have. */
  readonly expected: Attributes
}

interface Attributes {
  readonly [name: string]: AttributeValue | undefined
}

/** Expects that there is no item. */
export const ABSENT: ItemWrite['expected'] = { event_id: undefined }

/** The attribute for a value that an item may not have. */
export const optional = (value: Json | undefined): AttributeValue | undefined =>
  value === undefined ? undefined : attributeOf(value)

/** A transaction cannot write an item twice: updates and checks of the same one become one. */
export function mergeWrites(writes: readonly ItemWrite[]): ItemWrite[] {
  const merged = new Map<string, ItemWrite>()
  for (const write of writes) {
    const other = merged.get(keyText(write.key))
    const set = (other?.set ?? write.set) && { set: { ...other?.set, ...write.set } }
    const expected = { ...other?.expected, ...write.expected }
    merged.set(keyText(write.key), { ...other, ...write, ...set, expected })
  }
  return [...merged.values()]
}

/** The attributes that expressions name as `#name`: DynamoDB reserves some of the names. */
export function namesIn(...expressions: readonly string[]): Record<string, string> | undefined {
  const names = expressions.flatMap((text) => [...text.matchAll(/#(\w+)/g)])
  return names.length > 0 ? Object.fromEntries(names.map(([alias, name = '']) => [alias, name])) : undefined
}

/** A write as a part of a transaction. */
export function transactItem(
  { key, put, remove, expected, ...update }: ItemWrite,
  TableName: string,
): TransactWriteItem {
  const conditions = Object.entries(expected).map(([name, value]) =>
    value ? `#${name} = :old_${name}` : `attribute_not_exists(#${name})`,
  )
  const UpdateExpression = updateExpression(update)
  const values = [
    ...updateValues(update),
    ...definedIn(expected).map(([name, value]) => [`:old_${name}`, value] as const),
  ]
  const common = {
    TableName,
    ConditionExpression: conditions.join(' AND ') || undefined,
    ExpressionAttributeNames: namesIn(...conditions, UpdateExpression),
    ExpressionAttributeValues: values.length > 0 ? Object.fromEntries(values) : undefined,
  }
  if (put) return { Put: { ...common, Item: put } }
  const Key = keyAttributes(key)
  if (remove) return { Delete: { ...common, Key } }
  return UpdateExpression ? { Update: { ...common, Key, UpdateExpression } } : { ConditionCheck: { ...common, Key } }
}

type Update = Pick<ItemWrite, 'set' | 'append' | 'shift'>

function updateExpression({ set = {}, append = {}, shift = {} }: Update): string {
  const sets = [
    ...definedIn(set).map(([name]) => `#${name} = :${name}`),
    ...Object.keys(append).map((name) => `#${name} = list_append(if_not_exists(#${name}, :none), :${name})`),
  ]
  const removals = [
    ...Object.keys(set).flatMap((name) => (set[name] ? [] : [`#${name}`])),
    ...Object.entries(shift).flatMap(([name, count]) => Array.from({ length: count }, (_, n) => `#${name}[${n}]`)),
  ]
  return [
    ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
    ...(removals.length > 0 ? [`REMOVE ${removals.join(', ')}`] : []),
  ].join(' ')
}

function updateValues({ set = {}, append }: Update): [string, AttributeValue][] {
  const lists = Object.entries(append ?? {}).map(([name, texts]) => [name, listOf(texts)] as const)
  const none = append ? [['none', listOf([])] as const] : []
  return [...definedIn(set), ...lists, ...none].map(([name, value]) => [`:${name}`, value])
}

const listOf = (texts: readonly string[]): AttributeValue => ({ L: texts.map((S) => ({ S })) })

const definedIn = (attributes: Attributes) =>
  Object.entries(attributes).filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined)
