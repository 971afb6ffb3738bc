import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Json } from '../domain/reservation.ts'

/** DynamoDB's typed JSON, as items and table exports have it: each value names its type, `{"S": "saf"}`. */
export type DynamoJson = Record<string, AttributeValue>

/** Writes one JSON value as an attribute. The SDK's `marshall` reads `constructor` of a value, which may be a key of JSON. */
export function attributeOf(value: Json): AttributeValue {
  if (value === null) return { NULL: true }
  if (typeof value === 'boolean') return { BOOL: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'string') return { S: value }
  if (isList(value)) return { L: value.map(attributeOf) }
  return { M: attributesOf(value) }
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)

/** Writes a JSON object as attributes by name. */
export const attributesOf = (fields: { readonly [field: string]: Json }): DynamoJson =>
  Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, attributeOf(value)]))

/** Replaces the sets of an unmarshalled value by lists, since JSON has no sets. */
export function withoutSets(value: unknown): unknown {
  if (value instanceof Set) return [...(value as Set<unknown>)]
  if (Array.isArray(value)) return value.map(withoutSets)
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutSets(inner)]))
}
