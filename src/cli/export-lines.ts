import type { Readable } from 'node:stream'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { Reservation } from '../domain/reservation.ts'
import { attributesOf, withoutSets } from '../wire/dynamo-json.ts'
import { eventOf } from '../wire/event.ts'
import { openLines } from './input-lines.ts'

/** A line of an export: a row as plain JSON, or why it cannot be read. */
export type Line = Parsed & {
  /** From 1, within its file. */
  readonly number: number
  /** The name of the file, if there are several. */
  readonly file: string | undefined
  /** In bytes. */
  readonly size: number
}

export interface Rows {
  /** Without blank lines. @throws CliError `broken_file` */
  readonly lines: AsyncIterable<Line>
  /** Size of the files in bytes, compressed ones as they are; 0 if unknown. */
  readonly size: number
  /** How many of those bytes have been read. */
  readonly bytesRead: () => number
  /** The first character that is not blank, once it has been read. */
  readonly firstCharacter: () => string
}

/** DynamoDB allows 32 levels, each of which is two in its typed JSON. */
const MAX_DEPTH = 66
/** DynamoDB's numbers have at most 38 digits and an exponent. */
const MAX_NUMBER_LENGTH = 200

/**
 * Opens an export of JSON lines: plain objects or DynamoDB's `{"Item": {…}}`, compressed with gzip or not.
 * @param path a file, the folder of a DynamoDB export, or `-` for standard input
 * @throws CliError if it cannot be opened
 */
export async function readRows(path: string, input: Readable): Promise<Rows> {
  const { lines, size, bytesRead } = await openLines(path, input)
  let firstCharacter = ''
  async function* parsed(): AsyncGenerator<Line> {
    for await (const { number, file, bytes, isUnterminated } of lines) {
      firstCharacter ||= firstCharacterOf(bytes)
      const read = parse(bytes, isUnterminated)
      if (read) yield { number, file, size: bytes?.length ?? 0, ...read }
    }
  }
  return { lines: parsed(), size, bytesRead, firstCharacter: () => firstCharacter }
}

const firstCharacterOf = (bytes: Buffer | undefined) => bytes?.toString('utf8', 0, 64).trimStart().slice(0, 1) ?? ''

type Parsed =
  | { readonly row: { readonly [field: string]: unknown } }
  | { readonly broken: string; readonly id: string | undefined }

/** @returns undefined if the line is blank */
function parse(line: Buffer | undefined, isUnterminated: boolean): Parsed | undefined {
  if (!line) return { broken: 'the line is too long', id: undefined }
  // The parser's own message would quote the line, with names of people.
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(line)
    return text.trim() === '' ? undefined : parsedOf(JSON.parse(text), text)
  } catch {
    return {
      broken: isUnterminated ? 'the file ends in the middle of the line' : 'the line is not JSON',
      id: undefined,
    }
  }
}

function parsedOf(value: unknown, text: string): Parsed {
  if (!isObject(value)) return { broken: 'the line is not a JSON object', id: undefined }
  if (isDeeperThan(MAX_DEPTH, value)) return { broken: 'it is nested too deep', id: undefined }
  if (isObject(value['Item'])) return fromDynamoJson(value['Item'])
  const id = textOf(value['event_id'])
  if (!isExact(value) && !isExactText(text)) return { broken: INEXACT, id }
  return isWellFormed(value) ? { row: value } : { broken: MALFORMED, id }
}

const INEXACT = 'it holds a number that cannot be stored exactly'
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

/** The canonical text of a decimal number without its sign: the same for `1.50` and `15e-1`. */
function digitsOf(text: string): string {
  const [, whole = '', fraction = '', power = '0'] = /^[-+]?(\d*)\.?(\d*)(?:e([-+]?\d+))?$/i.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  return `${significant}e${Number(power) - fraction.length + digits.length - significant.length}`
}

/** Whether no number can have been rounded: integers beyond 2^53 and infinities may have been. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
  return typeof value !== 'object' || value === null || Object.values(value).every(isExact)
}

/** The same, by the digits in the JSON text: `1e300` is exact. Slower, so only for those that `isExact` doubts. */
function isExactText(text: string): boolean {
  let exact = true
  const reviver = (_: string, value: unknown, { source = '' }: { source?: string } = {}) => {
    if (!isExact(value) && typeof value === 'number') exact &&= isExactly(value, source)
    return value
  }
  JSON.parse(text, reviver)
  return exact
}

/** Whether all texts are well-formed Unicode: a store would replace a lone surrogate. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isWellFormed(inner))
}

const isDeeperThan = (levels: number, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner)))

/** A reservation as a line of an export, with the newline. */
export const lineOf = (reservation: Reservation): string =>
  `${JSON.stringify({ Item: attributesOf(eventOf(reservation)) })}\n`

const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined)

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
