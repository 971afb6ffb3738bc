import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { verifyChecksums } from './checksum.ts'

/** Tries of one request, each with this patience: some ten seconds in all, half of what the observatory waits. */
const MAX_ATTEMPTS = 3
const RESPONSE_TIMEOUT_MS = 3000

export interface ConnectOptions {
  readonly region: string
  /** Another address than the region's own. */
  readonly endpoint?: string | undefined
  /** Whether that is Amazon's emulator on this machine, which looks at no credentials. */
  readonly local: boolean
  /** How often to try one request. */
  readonly maxAttempts?: number
  /** How long to wait for one answer, in milliseconds; half of it for a connection. */
  readonly timeoutMs?: number
}

/** A client of DynamoDB that gives up in time. A write is tried again under its token, so that it happens once. */
export function openClient({ region, endpoint, local, maxAttempts = MAX_ATTEMPTS, timeoutMs = RESPONSE_TIMEOUT_MS }: ConnectOptions): DynamoDBClient {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(local && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    maxAttempts: maxAttempts,
    requestHandler: {
      connectionTimeout: timeoutMs / 2,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // That one ends when an answer begins; this is for an answer that stops in the middle.
      socketTimeout: timeoutMs,
    },
  })
  verifyChecksums(client)
  return client
}
