import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Instant } from '../../domain/interval.ts'
import type { RowCodec, Store } from '../store.ts'

export interface Table {
  readonly client: DynamoDBClient
  readonly table: string
}

export interface DynamoOptions {
  readonly codec: RowCodec
  readonly now: () => Instant
  /** A text nobody has had before. */
  readonly newToken: () => string
  /** From 0 up to 1, for waiting. */
  readonly chance: () => number
  /** Told of rows that cannot be read; names nobody. */
  readonly report: (message: string, facts: object) => void
}

/** The calendar in the original's DynamoDB table. */
export function dynamoStore(_: Table, __: DynamoOptions): Store {
  throw new Error('not yet')
}
