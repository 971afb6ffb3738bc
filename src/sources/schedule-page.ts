import { CHUNK_BYTES, yieldToEventLoop } from '../concurrency.ts'

/** One observation as a portal sends it. */
export type PortalObservation = Readonly<Record<string, unknown>>

/** What a page says of itself. */
export interface PageEnd {
  /** How many observations there are on all pages. */
  readonly count: number
  /** How many there are on this one. */
  readonly size: number
}

/** What of a page is used. */
export interface PageOptions {
  /** How many observations it may have. */
  readonly max: number
  readonly keep: (one: PortalObservation) => boolean
}

/** The largest observation, and the largest other value, in bytes: parsed in one piece. */
const MAX_VALUE_BYTES = 256_000
/** Fields of a page; a portal sends four. */
const MAX_FIELDS = 100

/**
 * Parses a page, and yields its observations in chunks: `JSON.parse` of a whole one would block the event loop for a tenth of
 * a second, and then the garbage collector.
 * @throws Error if it is no JSON object with a `count` and a list of objects `results`. The message quotes nothing of the page
 */
export async function* parsePage(
  bytes: Buffer,
  options: PageOptions,
): AsyncGenerator<readonly PortalObservation[], PageEnd> {
  const scanner = new Scanner(bytes)
  const fields = new Map<unknown, unknown>()
  let size: number | undefined
  for (const key of scanner.parts('{', '}')) {
    if (typeof key !== 'string' || fields.has(key) || fields.size === MAX_FIELDS) throw new Error(NO_JSON)
    scanner.expect(':')
    if (key === 'results' && scanner.isAt('[')) fields.set(key, (size = yield* parseResults(scanner, options)))
    else fields.set(key, scanner.parseValue())
    await scanner.pause()
  }
  scanner.expectEnd()
  if (size === undefined) throw new Error('the page has no list of results')
  return { count: countIn(fields), size }
}

function countIn(fields: ReadonlyMap<unknown, unknown>): number {
  const count = fields.get('count')
  if (!Number.isSafeInteger(count) || Number(count) < 0) throw new Error('the page has no count')
  return Number(count)
}

/** @returns how many there are */
async function* parseResults(
  scanner: Scanner,
  { max, keep }: PageOptions,
): AsyncGenerator<readonly PortalObservation[], number> {
  let size = 0
  let chunk: PortalObservation[] = []
  for (const one of scanner.parts('[', ']')) {
    if (typeof one !== 'object' || one === null || Array.isArray(one)) throw new Error('a result is not an object')
    if (size === max) throw new Error('the page has too many results')
    size += 1
    if (keep(one as PortalObservation)) chunk.push(one as PortalObservation)
    const pause = scanner.pause()
    if (!pause) continue
    await pause
    yield chunk
    chunk = []
  }
  yield chunk
  return size
}

const codeOf = (character: string) => character.charCodeAt(0)
const bytesOf = (characters: string) => new Set(Buffer.from(characters))
const [QUOTE, BACKSLASH] = [codeOf('"'), codeOf('\\')]
const SPACE = bytesOf(' \t\n\r')
const OPENING = bytesOf('{[')
const CLOSING = bytesOf('}]')
const ENDS_SCALAR = bytesOf(',}] \t\n\r')

/** Finds where values of a JSON text begin and end. `JSON.parse` checks each. */
class Scanner {
  private position = 0
  private chunkEnd = CHUNK_BYTES
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** Yields to the event loop after each chunk. */
  pause(): Promise<void> | undefined {
    if (this.position < this.chunkEnd) return undefined
    this.chunkEnd = this.position + CHUNK_BYTES
    return yieldToEventLoop()
  }

  /** Whether the next character, after white space, is this one. */
  isAt(character: string): boolean {
    this.skipWhile((byte) => SPACE.has(byte), this.position + MAX_VALUE_BYTES)
    return this.bytes[this.position] === codeOf(character)
  }

  /** Moves past a character. @throws Error if another one is there */
  expect(character: string): void {
    if (!this.isAt(character)) throw new Error(this.position === this.bytes.length ? TRUNCATED : NO_JSON)
    this.position += 1
  }

  /** @throws Error if anything but white space is left */
  expectEnd(): void {
    if (this.isAt('}') || this.position < this.bytes.length) throw new Error(NO_JSON)
  }

  /** The elements of a list, or the keys of an object: after each the caller parses its value. */
  *parts(opening: string, closing: string): Generator {
    this.expect(opening)
    if (!this.isAt(closing)) {
      yield this.parseValue()
      while (this.isAt(',')) {
        this.position += 1
        yield this.parseValue()
      }
    }
    this.expect(closing)
  }

  /** Parses the next value. */
  parseValue(): unknown {
    const from = this.position
    this.skipValue(from + MAX_VALUE_BYTES)
    try {
      return JSON.parse(this.bytes.toString('utf8', from, this.position)) as unknown
    } catch {
      // The parser's error quotes the text.
      throw new Error(NO_JSON)
    }
  }

  private skipValue(max: number): void {
    let depth = 0
    this.skipWhile((byte) => SPACE.has(byte), max)
    do {
      const byte = this.bytes[this.position]
      if (byte === undefined) throw new Error(TRUNCATED)
      assertWithin(this.position, max)
      if (byte === QUOTE) this.skipString(max)
      else if (depth === 0 && !OPENING.has(byte)) return this.skipWhile((one) => !ENDS_SCALAR.has(one), max)
      else {
        depth += OPENING.has(byte) ? 1 : CLOSING.has(byte) ? -1 : 0
        this.position += 1
      }
    } while (depth > 0)
  }

  private skipString(max: number): void {
    for (let at = this.position + 1; ; at += 1) {
      at = this.bytes.indexOf(QUOTE, at)
      if (at === -1) throw new Error(TRUNCATED)
      assertWithin(at, max)
      let escapes = 0
      while (this.bytes[at - 1 - escapes] === BACKSLASH) escapes += 1
      if (escapes % 2 === 1) continue
      this.position = at + 1
      return
    }
  }

  private skipWhile(isPart: (byte: number) => boolean, max: number): void {
    for (let byte = this.bytes[this.position]; byte !== undefined && isPart(byte); byte = this.bytes[this.position]) {
      assertWithin(this.position, max)
      this.position += 1
    }
  }
}

const NO_JSON = 'the page is no JSON'
const TRUNCATED = 'the page ends too early'

function assertWithin(position: number, max: number): void {
  if (position > max) throw new Error(`a value of the page has more than ${MAX_VALUE_BYTES} bytes`)
}
