import { Failure } from '../domain/failure.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import { parsePlain } from './plain-json.ts'
import { parsing, rejection } from './strict-json.ts'

export const MAX_BODY_BYTES = 65_536

type JsonObject = Record<string, unknown>

/**
 * The JSON object in the body of a request. Its Content-Type is ignored, since real clients send none.
 * @param bytes undefined if there are too many
 * @param max the maximum size in bytes
 * @returns at once if nothing in it is suspicious
 * @throws Failure `malformed`, `too_large`
 */
export function jsonBody(
  bytes: Uint8Array | undefined,
  max: number = MAX_BODY_BYTES,
): JsonObject | Promise<JsonObject> {
  if (!bytes || bytes.length > max) throw new Failure('too_large', `Error: the body holds at most ${max} bytes`)
  const text = decode(bytes)
  const value = parsePlain(text)
  return value === undefined ? inspected(text).then(objectOf) : objectOf(value)
}

/** The value of a body in which nothing is suspicious, or undefined: then `jsonBody` has to look at it. */
export function plainBody(bytes: Uint8Array): unknown {
  try {
    return parsePlain(utf8.decode(bytes))
  } catch {
    return undefined
  }
}

/** @throws Failure `malformed` */
export function objectOf(value: unknown): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw rejection('the body must be a JSON object')
  return value as JsonObject
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw rejection('the body must be valid UTF-8')
  }
}

/** Parses a text token by token, a long one in several turns of the event loop. @throws Failure `malformed` */
async function inspected(text: string): Promise<unknown> {
  const reading = parsing(text)
  for (;;) {
    const { done, value } = reading.next()
    if (done) return value
    await yieldToEventLoop()
  }
}
