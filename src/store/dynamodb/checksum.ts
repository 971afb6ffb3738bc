import { crc32 } from 'node:zlib'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

/** An answer as it comes from the wire. */
interface Raw {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  body: AsyncIterable<Uint8Array> | Uint8Array
}

/** An answer that is not what DynamoDB sent. It is asked for again. */
class CorruptResponse extends Error {
  /** What the SDK looks at. */
  readonly $retryable = {}
  override readonly name = 'Garbled'
}

/**
 * DynamoDB says of each answer what its checksum is, and this SDK does not look: it takes an empty answer, or one that
 * something on the way has made up or changed, for what stands.
 */
export function verifyChecksums({ middlewareStack }: DynamoDBClient): void {
  // Amazon's emulator gives its refusals none, and a proxy may lose them all. But who has told of one tells of each.
  let tells = false
  middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request)
      const raw = answer.response as Raw
      raw.body = await readWhole(raw.body)
      const checksum = raw.headers['x-amz-crc32']
      tells ||= checksum !== undefined
      const isIntact = checksum === undefined ? !(tells && raw.statusCode < 300) && raw.body.length > 0 : Number(checksum) === crc32(raw.body)
      if (!isIntact) throw new CorruptResponse('An answer is not what DynamoDB sent.')
      return answer
    },
    // Before it is read as JSON, and within what is tried again.
    { step: 'deserialize', priority: 'low', name: 'verifyAnswers' },
  )
}

async function readWhole(body: Raw['body']): Promise<Uint8Array> {
  if (body instanceof Uint8Array) return body
  const parts: Uint8Array[] = []
  for await (const part of body) parts.push(part)
  return Buffer.concat(parts)
}
