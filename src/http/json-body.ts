import { Failure } from '../domain/failure.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import { parsing, rejection } from './strict-json.ts'

export const MAX_BODY_BYTES = 65_536

/**
 * Reads the JSON object in the body of a request. Its Content-Type is ignored, since real clients send none.
 * @param max the maximum size in bytes
 * @throws Failure `malformed`, `too_large`
 */
export async function jsonBody(request: Request, max: number = MAX_BODY_BYTES): Promise<Record<string, unknown>> {
  const value = await parsed(decode(await bytesOf(request, max)))
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw rejection('the body must be a JSON object')
  return value as Record<string, unknown>
}

/** Reads and drops a body. If it is too large, the connection is closed instead. */
export async function discardBody(request: Request, max: number = MAX_BODY_BYTES): Promise<void> {
  await bytesOf(request, max).catch(() => undefined)
}

const tooLarge = (max: number) => new Failure('too_large', `Error: the body holds at most ${max} bytes`)

async function bytesOf(request: Request, max: number): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null) {
    if (Number(announced) > max) throw tooLarge(max)
    return new Uint8Array(await request.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > max) throw tooLarge(max)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw rejection('the body must be valid UTF-8')
  }
}

/** Parses a text, a long one in several turns of the event loop. @throws Failure `malformed` */
async function parsed(text: string): Promise<unknown> {
  const reading = parsing(text)
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
    await yieldToEventLoop()
  }
}
