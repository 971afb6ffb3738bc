import { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** Tries of one request, each with this patience: some ten seconds in all, half of what the observatory waits. */
const TRIES = 3
const ANSWER_MS = 3000

export interface Where {
  readonly region: string
  /** Another address than the region's own. */
  readonly endpoint?: string | undefined
  /** Whether that is Amazon's emulator on this machine, which looks at no credentials. */
  readonly local: boolean
  /** How long to wait for one answer, in milliseconds; half of it for a connection. */
  readonly patience?: number
}

/** A client of DynamoDB that gives up in time. A write is tried again under its token, so that it happens once. */
export const connect = ({ region, endpoint, local, patience = ANSWER_MS }: Where): DynamoDBClient =>
  new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(local && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
    maxAttempts: TRIES,
    requestHandler: { connectionTimeout: patience / 2, requestTimeout: patience, throwOnRequestTimeout: true },
  })
