import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Json } from '../../domain/reservation.ts'

/** An item of DynamoDB: attributes by name. */
export type Item = Record<string, AttributeValue>

/** JSON as an attribute. `marshall` asks a value for its `constructor`, which in JSON is a key like any other. */
export function attributeOf(value: Json): AttributeValue {
  if (value === null) return { NULL: true }
  if (typeof value === 'boolean') return { BOOL: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'string') return { S: value }
  if (isList(value)) return { L: value.map(attributeOf) }
  return { M: attributesOf(value) }
}

export const attributesOf = (fields: { readonly [field: string]: Json }): Item =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, attributeOf(value)]))

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

const MAX_DEPTH = 30
const MAX_NUMBER = 1e125
const MIN_NUMBER = 1e-130

/**
 * Whether DynamoDB and its client give a value back as it was: numbers end where JSON's go on, keys are not empty, texts
 * are whole, and `__proto__` is no key.
 */
export function isStorableValue(value: Json, depth = 1): boolean {
  if (typeof value === 'number') return value === 0 || (Math.abs(value) >= MIN_NUMBER && Math.abs(value) < MAX_NUMBER)
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (depth === MAX_DEPTH) return false
  if (isList(value)) return value.every((one) => isStorableValue(one, depth + 1))
  return Object.entries(value).every(([key, inner]) => isStorableKey(key) && isStorableValue(inner, depth + 1))
}

export const isStorableKey = (key: string): boolean => key !== '' && key !== '__proto__' && key.isWellFormed()

/** An item as plain JSON. Numbers beyond what JavaScript keeps are rounded, as they are wherever JSON is read. */
export const plainOf = (item: Item): { [field: string]: unknown } =>
  withoutSets(unmarshall(item, { wrapNumbers: Number })) as { [field: string]: unknown }

/** JSON has no sets: they become lists. */
export function withoutSets(value: unknown): unknown {
  if (value instanceof Set) return [...(value as Set<unknown>)]
  if (Array.isArray(value)) return value.map(withoutSets)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSets(inner)]))
}
