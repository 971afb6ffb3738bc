import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Json } from '../../domain/reservation.ts'
import { type DynamoJson, withoutSets } from '../../wire/dynamo-json.ts'

/** An item of DynamoDB: attributes by name. */
export type Item = DynamoJson

const MAX_DEPTH = 30
const MAX_NUMBER = 1e125
const MIN_NUMBER = 1e-130

/**
 * Whether DynamoDB and its client return a value unchanged: DynamoDB's range of numbers is smaller than JSON's, keys are
 * not empty, texts are well-formed, and `__proto__` is not a key.
 */
export function isStorableValue(value: Json, depth = 1): boolean {
  if (typeof value === 'number') return value === 0 || (Math.abs(value) >= MIN_NUMBER && Math.abs(value) < MAX_NUMBER)
  if (typeof value === 'string') return value.isWellFormed()
  if (value === null || typeof value !== 'object') return true
  if (depth === MAX_DEPTH) return false
  if (Array.isArray(value)) return (value as readonly Json[]).every((one) => isStorableValue(one, depth + 1))
  return Object.entries(value).every(([key, inner]) => isStorableKey(key) && isStorableValue(inner, depth + 1))
}

export const isStorableKey = (key: string): boolean => key !== '' && key !== '__proto__' && key.isWellFormed()

/** An item as plain JSON. Numbers that JavaScript cannot hold exactly are rounded, as in any JSON. */
export const plainOf = (item: Item): { [field: string]: unknown } =>
  withoutSets(unmarshall(item, { wrapNumbers: Number })) as { [field: string]: unknown }
