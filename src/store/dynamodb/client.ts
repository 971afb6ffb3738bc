import { crc32 } from 'node:zlib'
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'

/** Three attempts of three seconds take ten seconds with their pauses: half of what the observatory waits. */
const MAX_ATTEMPTS = 3
const RESPONSE_TIMEOUT_MS = 3000

type Signer = Exclude<NonNullable<DynamoDBClientConfig['signer']>, (...of: never) => unknown>

export interface ConnectOptions {
  readonly region: string
  /** An address other than the region's. */
  readonly endpoint?: string | undefined
  /** Whether the endpoint is Amazon's emulator on this machine, which ignores credentials. */
  readonly local: boolean
  /** Attempts of one request. */
  readonly maxAttempts?: number
  /** Timeout of one attempt, in milliseconds; half of it for connecting. */
  readonly timeoutMs?: number
}

/** Opens a client of DynamoDB that verifies every answer, and retries a failed request within a bounded time. */
export function openClient({
  region,
  endpoint,
  local,
  maxAttempts = MAX_ATTEMPTS,
  timeoutMs = RESPONSE_TIMEOUT_MS,
}: ConnectOptions): DynamoDBClient {
  const client = new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(local && { credentials: { accessKeyId: 'local', secretAccessKey: 'local' }, signer: UNSIGNED }),
    maxAttempts,
    requestHandler: {
      connectionTimeout: timeoutMs / 2,
      requestTimeout: timeoutMs,
      throwOnRequestTimeout: true,
      // `requestTimeout` ends when an answer begins; this one covers an answer that stops in the middle.
      socketTimeout: timeoutMs,
    },
  })
  // The SDK copies each request and each answer for a log that nobody keeps.
  client.middlewareStack.remove('loggerMiddleware')
  verifyChecksums(client)
  return client
}

/** The emulator reads nothing of a signature but who sends. To sign takes a sixth of the CPU time of a request. */
const UNSIGNED: Signer = {
  sign(request) {
    request.headers['authorization'] =
      'AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=none'
    return Promise.resolve(request)
  },
}

interface RawResponse {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  body: AsyncIterable<Uint8Array> | Uint8Array
}

/** An answer that is not what DynamoDB sent. The SDK retries it. */
class CorruptResponse extends Error {
  /** The SDK looks for this. */
  readonly $retryable = {}
  override readonly name = 'CorruptResponse'
}

/**
 * DynamoDB sends a checksum with every successful answer, which this SDK ignores: it would take an empty, altered or
 * invented answer for the content of the table.
 */
function verifyChecksums({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request)
      const raw = answer.response as RawResponse
      raw.body = await readBody(raw.body)
      const checksum = raw.headers['x-amz-crc32']
      // Amazon's emulator sends errors without one.
      const isIntact =
        checksum === undefined ? raw.statusCode >= 300 && raw.body.length > 0 : Number(checksum) === crc32(raw.body)
      if (!isIntact) throw new CorruptResponse('An answer is not what DynamoDB sent.')
      return answer
    },
    // Before the answer is parsed, and within the SDK's retries.
    { step: 'deserialize', priority: 'low', name: 'verifyChecksums' },
  )
}

async function readBody(body: RawResponse['body']): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}
