import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Reservation } from '../domain/reservation.ts'
import { attributesOf, withoutSets } from '../store/dynamodb/attributes.ts'
import { eventOf } from '../wire/event.ts'

/** A line of an export, counted from 1: a row as plain JSON, or what is wrong with it. */
export type Line =
  | { readonly number: number; readonly row: { readonly [field: string]: unknown } }
  | { readonly number: number; readonly broken: string; readonly id: string | undefined }

/** An export that cannot be opened, or not be read to its end. */
export class UnreadableFile extends Error {}

export interface Rows {
  /** Blank lines left out. @throws UnreadableFile */
  readonly lines: AsyncIterable<Line>
  /** The file's size, and how much of it has been read: both of what is on the disk, compressed or not. */
  readonly size: number
  readonly bytesRead: () => number
}

/** DynamoDB's items hold 400 kB at most, which escapes can make six times as long. */
const LONGEST_LINE = 4 * 1024 * 1024
/** DynamoDB nests 32 levels deep, each of which its typed JSON writes as two. */
const DEEPEST = 66
/** Far more than the 38 digits and the exponent that DynamoDB's numbers have. */
const LONGEST_NUMBER = 200
const NEWLINE = 10

/** Opens an export of JSON lines: plain objects or DynamoDB's `{"Item": {…}}`, compressed with gzip or not. @throws UnreadableFile */
export async function readRows(file: string): Promise<Rows> {
  const { size, gzipped } = await lookAt(file)
  const raw = createReadStream(file)
  // A broken file shows where the bytes are read, so there is nothing to do here.
  const bytes = gzipped ? pipeline(raw, createGunzip(), () => undefined) : raw
  return { lines: linesOf(bytes, file), size, bytesRead: () => raw.bytesRead }
}

async function lookAt(file: string): Promise<{ size: number; gzipped: boolean }> {
  const handle = await open(file).catch((error: unknown) => {
    throw unreadable(file, error)
  })
  try {
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0)
    return { size: (await handle.stat()).size, gzipped: buffer[0] === 0x1f && buffer[1] === 0x8b }
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    await handle.close()
  }
}

const unreadable = (file: string, cause: unknown) =>
  new UnreadableFile(`${file} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })

async function* linesOf(bytes: Readable, file: string): AsyncGenerator<Line> {
  let number = 0
  try {
    for await (const line of split(bytes)) {
      number += 1
      const read = parse(line)
      if (read) yield { number, ...read }
    }
  } catch (error) {
    throw unreadable(file, error)
  }
}

/** Cut at newlines and nowhere else: readline also cuts at U+2028, which JSON's texts may hold. Undefined: too long to keep. */
async function* split(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer | undefined> {
  let parts: Buffer[] = []
  let length = 0
  const keep = (part: Buffer) => {
    length += part.length
    parts = length > LONGEST_LINE ? [] : [...parts, part]
  }
  const take = () => (length > LONGEST_LINE ? undefined : Buffer.concat(parts))
  for await (const chunk of bytes) {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, to))
      yield take()
      ;[from, parts, length] = [to + 1, [], 0]
    }
    keep(chunk.subarray(from))
  }
  yield take()
}

type Parsed = { readonly row: { readonly [field: string]: unknown } } | { readonly broken: string; readonly id: string | undefined }

/** What a parser says of a broken line quotes it, names and all, so that its own words are not passed on. */
function parse(line: Buffer | undefined): Parsed | undefined {
  if (!line) return { broken: 'the line is too long', id: undefined }
  let value: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line)
    if (text.trim() === '') return undefined
    value = JSON.parse(text)
  } catch {
    return { broken: 'the line is not JSON', id: undefined }
  }
  if (!isObject(value)) return { broken: 'the line is not a JSON object', id: undefined }
  if (isDeeperThan(DEEPEST, value)) return { broken: 'it is nested too deep', id: undefined }
  if (isObject(value['Item'])) return untyped(value['Item'])
  return isExact(value) ? { row: value } : { broken: INEXACT, id: textOf(value['event_id']) }
}

const INEXACT = 'it holds a number that cannot be kept exactly'

function untyped(item: { readonly [field: string]: unknown }): Parsed {
  const id = isObject(item['event_id']) ? textOf(item['event_id']['S']) : undefined
  let exact = true
  const wrapNumbers = (text: string) => {
    exact &&= isExactly(Number(text), text)
    return Number(text)
  }
  try {
    const row = unmarshall(item as Parameters<typeof unmarshall>[0], { wrapNumbers })
    return exact ? { row: withoutSets(row) as typeof row } : { broken: INEXACT, id }
  } catch {
    return { broken: "its values are not of DynamoDB's types", id }
  }
}

const isExactly = (number: number, text: string) =>
  Number.isFinite(number) && text.length <= LONGEST_NUMBER && digitsOf(text) === digitsOf(String(number))

/** A decimal number in one way of writing it, so that `1.50` and `15e-1` are the same text. */
function digitsOf(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign === '-' ? '-' : ''}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`
}

/** In plain JSON the digits are gone once it is parsed: of a whole number past 2^53 nobody can say what it was. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)))

/** A reservation as a line of an export, with its newline. */
export const lineOf = (reservation: Reservation): string =>
  `${JSON.stringify({ Item: attributesOf(eventOf(reservation)) })}\n`

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
