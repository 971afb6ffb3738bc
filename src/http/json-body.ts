import { visit } from 'jsonc-parser'
import { Failure } from '../domain/failure.ts'
import { quoted } from '../domain/text.ts'

export const MOST_BYTES = 65_536
const DEEPEST = 32

/**
 * The JSON object in a request's body, whatever its Content-Type says: the observatory, the jobs and the projects
 * backends send none.
 * @throws Failure `malformed`, or `too_large` past 64 kB
 */
export async function jsonBody(request: Request): Promise<Record<string, unknown>> {
  const value = parseStrictly(decode(await bytesOf(request)))
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw refusal('the body must be a JSON object')
  return value as Record<string, unknown>
}

/** Reads a body that nobody wants, unless it is too large: that connection is given up. */
export async function passOverBody(request: Request): Promise<void> {
  await bytesOf(request).catch(() => undefined)
}

const refusal = (problem: string) => new Failure('malformed', `Error: ${problem}`, [{ message: problem }])
const tooLarge = () => new Failure('too_large', `Error: the body holds at most ${MOST_BYTES} bytes`)

async function bytesOf(request: Request): Promise<Uint8Array> {
  const announced = request.headers.get('content-length')
  if (announced !== null) {
    if (Number(announced) > MOST_BYTES) throw tooLarge()
    return new Uint8Array(await request.arrayBuffer())
  }
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength
    if (size > MOST_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw refusal('the body must be valid UTF-8')
  }
}

/**
 * `JSON.parse`, less what it lets through and people are hurt by: a key given twice (the last would win unseen),
 * `__proto__`, nesting without end, numbers that JavaScript cannot keep, halves of surrogate pairs.
 * @throws Failure `malformed`
 */
export function parseStrictly(text: string): unknown {
  inspect(text)
  try {
    return JSON.parse(text)
  } catch {
    throw refusal('the body must be valid JSON')
  }
}

function inspect(text: string): void {
  const open: Set<string>[] = []
  const enter = () => {
    if (open.push(new Set()) > DEEPEST) throw refusal(`the body is nested more than ${DEEPEST} deep`)
  }
  const leave = () => void open.pop()
  visit(text, {
    onObjectBegin: enter,
    onObjectEnd: leave,
    onArrayBegin: enter,
    onArrayEnd: leave,
    onObjectProperty: (key) => {
      const keys = open.at(-1)
      if (key === '__proto__') throw refusal('the key __proto__ is not allowed')
      if (keys?.has(key)) throw refusal(`the key "${quoted(key, 64)}" is given twice`)
      if (!key.isWellFormed()) throw refusal('a key holds half a surrogate pair')
      keys?.add(key)
    },
    onLiteralValue: (value, offset, length) => {
      if (typeof value === 'number' && !isKept(value, text.slice(offset, offset + length))) {
        throw refusal('a number is too large to be kept exactly')
      }
      if (typeof value === 'string' && !value.isWellFormed()) throw refusal('a text holds half a surrogate pair')
    },
  })
}

/** A whole number past 2^53 would come back as another one. */
const isKept = (value: number, written: string) =>
  Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(written))
