import type { Readable } from 'node:stream'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Reservation } from '../domain/reservation.ts'
import { attributesOf, withoutSets } from '../wire/dynamo-json.ts'
import { eventOf } from '../wire/event.ts'
import { openLines } from './input-lines.ts'

/** A line of an export: a row as plain JSON, or what is wrong with it. */
export type Line = Parsed & {
  /** From 1, within its file. */
  readonly number: number
  /** The name of the file, where there are several. */
  readonly file: string | undefined
  /** How many bytes the line has. */
  readonly size: number
}

export interface Rows {
  /** Blank lines left out. @throws Trouble `broken_file` */
  readonly lines: AsyncIterable<Line>
  /** How many bytes there are, and how many have been read: both as they are on the disk; 0 where nobody knows. */
  readonly size: number
  readonly bytesRead: () => number
  /** The first letter of the first line that is not blank, once that has been read. */
  readonly begins: () => string
}

/** DynamoDB nests 32 levels deep, each of which its typed JSON writes as two. */
const MAX_DEPTH = 66
/** Far more than the 38 digits and the exponent that DynamoDB's numbers have. */
const MAX_NUMBER_LENGTH = 200

/**
 * Opens an export of JSON lines: plain objects or DynamoDB's `{"Item": {…}}`, compressed with gzip or not; a file, the
 * folder of a DynamoDB export, or standard input (`-`).
 * @throws Trouble naming what cannot be had
 */
export async function readRows(path: string, input: Readable): Promise<Rows> {
  const { lines, size, bytesRead } = await openLines(path, input)
  let begins = ''
  async function* parsed(): AsyncGenerator<Line> {
    for await (const { number, file, bytes, open } of lines) {
      begins ||= startOf(bytes)
      const read = parse(bytes, open)
      if (read) yield { number, file, size: bytes?.length ?? 0, ...read }
    }
  }
  return { lines: parsed(), size, bytesRead, begins: () => begins }
}

const startOf = (bytes: Buffer | undefined) => bytes?.toString('utf8', 0, 64).trimStart().slice(0, 1) ?? ''

type Parsed = { readonly row: { readonly [field: string]: unknown } } | { readonly broken: string; readonly id: string | undefined }

/** What a parser says of a broken line quotes it, names and all, so that its own words are not passed on. */
function parse(line: Buffer | undefined, open: boolean): Parsed | undefined {
  if (!line) return { broken: 'the line is too long', id: undefined }
  let value: unknown
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(line)
    if (text.trim() === '') return undefined
    value = JSON.parse(text)
  } catch {
    return { broken: open ? 'the file ends in the middle of the line' : 'the line is not JSON', id: undefined }
  }
  if (!isObject(value)) return { broken: 'the line is not a JSON object', id: undefined }
  if (isDeeperThan(MAX_DEPTH, value)) return { broken: 'it is nested too deep', id: undefined }
  if (isObject(value['Item'])) return fromDynamoJson(value['Item'])
  const id = textOf(value['event_id'])
  if (!isExact(value) && !isExactText(text)) return { broken: INEXACT, id }
  return isWellFormed(value) ? { row: value } : { broken: MALFORMED, id }
}

const INEXACT = 'it holds a number that cannot be kept exactly'
const MALFORMED = 'it holds half a surrogate pair'

function fromDynamoJson(item: { readonly [field: string]: unknown }): Parsed {
  const id = isObject(item['event_id']) ? textOf(item['event_id']['S']) : undefined
  let exact = true
  const wrapNumbers = (text: string) => {
    exact &&= isExactly(Number(text), text)
    return Number(text)
  }
  try {
    const row = unmarshall(item as Parameters<typeof unmarshall>[0], { wrapNumbers })
    if (!exact) return { broken: INEXACT, id }
    return isWellFormed(row) ? { row: withoutSets(row) as typeof row } : { broken: MALFORMED, id }
  } catch {
    return { broken: "its values are not of DynamoDB's types", id }
  }
}

const isExactly = (number: number, text: string) =>
  Number.isFinite(number) && text.length <= MAX_NUMBER_LENGTH && digitsOf(text) === digitsOf(String(number))

/** A decimal number in one way of writing it, so that `1.50` and `15e-1` are the same text. */
function digitsOf(text: string): string {
  const [, sign, whole = '', fraction = '', power = '0'] = /^([-+]?)(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${sign === '-' ? '-' : ''}${significant}e${Number(power) - fraction.length + digits.length - significant.length}`
}

/** Of a number that is neither a fraction nor a whole one up to 2^53 nobody can say what it was; nor of `1e400`. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

/** The same by how the numbers of a text of JSON are written, which takes longer to find out: `1e300` is exact. */
function isExactText(text: string): boolean {
  let exact = true
  const look = (_: string, value: unknown, { source = '' }: { source?: string } = {}) => {
    if (!isExact(value) && typeof value === 'number') exact &&= isExactly(value, source)
    return value
  }
  JSON.parse(text, look)
  return exact
}

/** Half a surrogate pair is no text: a store would keep another one. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner))
}

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' && value !== null && (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)))

/** A reservation as a line of an export, with its newline. */
export const lineOf = (reservation: Reservation): string =>
  `${JSON.stringify({ Item: attributesOf(eventOf(reservation)) })}\n`

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
