import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb'

const ATTRIBUTES = ['event_id', 'start', 'end', 'site', 'creator_id'] as const
type Attribute = (typeof ATTRIBUTES)[number]

const keyOf = (hash: Attribute, range: Attribute): KeySchemaElement[] => [
  { AttributeName: hash, KeyType: 'HASH' },
  { AttributeName: range, KeyType: 'RANGE' },
]

const indexOf = (name: string, hash: Attribute) => ({
  IndexName: name,
  KeySchema: keyOf(hash, 'end'),
  Projection: { ProjectionType: 'ALL' as const },
})

export const BY_SITE = 'site-end-index'
export const BY_OBSERVER = 'creatorid-end-index'

/** The original's table: its keys and its indexes, with capacity on demand. */
export const tableDefinition = (table: string): CreateTableCommandInput => ({
  TableName: table,
  AttributeDefinitions: ATTRIBUTES.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
  KeySchema: keyOf('event_id', 'start'),
  BillingMode: 'PAY_PER_REQUEST',
  GlobalSecondaryIndexes: [indexOf(BY_SITE, 'site'), indexOf(BY_OBSERVER, 'creator_id')],
})
