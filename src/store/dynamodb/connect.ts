import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { verifyAnswers } from './checksum.ts'

/** Tries of one request, each with this patience: some ten seconds in all, half of what the observatory waits. */
const TRIES = 3
const ANSWER_MS = 3000

export interface Where {
  readonly region: string
  /** Another address than the region's own. */
  readonly endpoint?: string | undefined
  /** Whether that is Amazon's emulator on this machine, which looks at no credentials. */
  readonly local: boolean
  /** How often to try one request. */
  readonly tries?: number
  /** How long to wait for one answer, in milliseconds; half of it for a connection. */
  readonly patience?: number
}

/** A client of DynamoDB that gives up in time. A write is tried again under its token, so that it happens once. */
export function connect({ region, endpoint, local, tries = TRIES, patience = ANSWER_MS }: Where): DynamoDBClient {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(local && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: patience / 2,
      requestTimeout: patience,
      throwOnRequestTimeout: true,
      // That one ends when an answer begins; this is for an answer that stops in the middle.
      socketTimeout: patience,
    },
  })
  verifyAnswers(client)
  return client
}
