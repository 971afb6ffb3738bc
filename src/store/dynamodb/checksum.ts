import { crc32 } from 'node:zlib'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** An answer as it comes from the wire. */
interface Raw {
  readonly headers: Readonly<Record<string, string>>
  body: AsyncIterable<Uint8Array> | Uint8Array
}

/** An answer that is not what DynamoDB sent. It is asked for again. */
class Garbled extends Error {
  /** What the SDK looks at. */
  readonly $retryable = {}
  override readonly name = 'Garbled'
}

/**
 * DynamoDB says of each answer what its checksum is, and this SDK does not look: it takes an empty answer, or one that
 * something on the way has made up or changed, for what stands.
 */
export function verifyAnswers({ middlewareStack }: DynamoDBClient): void {
  middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request)
      const raw = answer.response as Raw
      raw.body = await whole(raw.body)
      assertIntact(raw.headers['x-amz-crc32'], raw.body)
      return answer
    },
    // Before it is read as JSON, and within what is tried again.
    { step: 'deserialize', priority: 'low', name: 'verifyAnswers' },
  )
}

/** Amazon's emulator gives its refusals no checksum, and a proxy may lose one; but no answer is empty. */
function assertIntact(checksum: string | undefined, body: Uint8Array): void {
  const isIntact = checksum === undefined ? body.length > 0 : Number(checksum) === crc32(body)
  if (!isIntact) throw new Garbled('An answer is not what DynamoDB sent.')
}

async function whole(body: Raw['body']): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}
