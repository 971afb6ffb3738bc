import { createReadStream, readdirSync, readFileSync, type ReadStream, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { explainErrors } from './explain-error.ts'
import { STDIO } from './outcome.ts'
import { CliError } from './cli-error.ts'

/** A line of a file, without its newline. */
export interface RawLine {
  /** From 1. */
  readonly number: number
  /** The name of the file, if there are several. */
  readonly file: string | undefined
  /** Undefined if the line is too long. */
  readonly bytes: Buffer | undefined
  /** Whether the file ends without a newline after it. */
  readonly isUnterminated: boolean
}

export interface Lines {
  /** @throws CliError `broken_file` if a file cannot be read to its end */
  readonly lines: AsyncIterable<RawLine>
  /** Size of the files in bytes, compressed ones as they are; 0 if unknown. */
  readonly size: number
  /** How many of those bytes have been read. */
  readonly bytesRead: () => number
}

/** An item of DynamoDB has at most 400 kB, which JSON escapes can make six times as long. */
const MAX_LINE_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

/**
 * Opens a file, the folder of a DynamoDB export, or standard input (`-`), and decompresses gzip.
 * @throws CliError if it cannot be opened
 */
export async function openLines(path: string, input: Readable): Promise<Lines> {
  if (path === STDIO)
    return {
      lines: linesIn('Standard input', undefined, await decompress('Standard input', input)),
      size: 0,
      bytesRead: () => 0,
    }
  const files = await explainErrors(path, () => (statSync(path).isDirectory() ? filesOf(path) : [path]))
  const size = await explainErrors(path, () => files.reduce((sum, file) => sum + statSync(file).size, 0))
  const opened: ReadStream[] = []
  const open = (file: string) => {
    const raw = createReadStream(file)
    opened.push(raw)
    return decompress(file, raw)
  }
  // Opened now, so that an error comes before anything else is done.
  const first = await open(files[0] ?? path)
  async function* lines(): AsyncGenerator<RawLine> {
    for (const [index, file] of files.entries()) {
      yield* linesIn(file, files.length > 1 ? basename(file) : undefined, index === 0 ? first : await open(file))
    }
  }
  return { lines: lines(), size, bytesRead: () => opened.reduce((sum, raw) => sum + raw.bytesRead, 0) }
}

/** The files of a DynamoDB export: its folder has a manifest that names them, and a folder `data`. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder)
  const data = names.includes('data') ? join(folder, 'data') : folder
  const files = readdirSync(data).filter((name) => /\.json(\.gz)?$/.test(name) && !name.startsWith('manifest'))
  if (files.length === 0)
    throw new CliError(
      'not_an_export',
      `${folder} is not an export: the folder of a DynamoDB export has data/….json.gz.`,
    )
  const missing = names.includes('manifest-files.json')
    ? filesInManifest(join(folder, 'manifest-files.json')).filter((name) => !files.includes(name))
    : []
  if (missing.length > 0)
    throw new CliError(
      'not_there',
      `${join(data, missing[0] ?? '')} is not there, and the manifest of ${folder} names it.`,
    )
  return files.toSorted().map((name) => join(data, name))
}

/** The names of the files that a manifest lists, one JSON object a line. */
function filesInManifest(manifest: string): string[] {
  try {
    const lines = readFileSync(manifest, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '')
    return lines.map((line) => basename((JSON.parse(line) as { dataFileS3Key: string }).dataFileS3Key))
  } catch (cause) {
    throw new CliError('broken_file', `${manifest} cannot be read: it is not a manifest of a DynamoDB export.`, {
      cause,
    })
  }
}

/** The bytes of a stream, decompressed if they begin as gzip does. @throws CliError if it cannot be read */
async function decompress(name: string, raw: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = (raw as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const start = await explainErrors(name, () => startOf(chunks))
  async function* whole() {
    yield start
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  if (start[0] !== 0x1f || start[1] !== 0x8b) return whole()
  // Errors surface where the bytes are read.
  return pipeline(Readable.from(whole(), { objectMode: false }), createGunzip(), () => undefined)
}

/** At least two bytes, unless the stream has fewer. */
async function startOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let start = Buffer.alloc(0)
  while (start.length < 2) {
    const { done, value } = await chunks.next()
    if (done) break
    start = Buffer.concat([start, value])
  }
  return start
}

async function* linesIn(name: string, file: string | undefined, bytes: AsyncIterable<Buffer>): AsyncGenerator<RawLine> {
  let number = 0
  try {
    for await (const line of split(bytes)) yield { ...line, number: (number += 1), file }
  } catch (cause) {
    throw new CliError('broken_file', `${name} cannot be read to its end: ${unpackError(cause)}.`, { cause })
  }
}

function unpackError(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'Z_BUF_ERROR') return 'the compressed data ends too early'
  return code?.startsWith('Z_') ? 'the compressed data is damaged' : message
}

/** Splits at newlines only: readline also splits at U+2028, which JSON strings may hold. */
async function* split(chunks: AsyncIterable<Buffer>): AsyncGenerator<Pick<RawLine, 'bytes' | 'isUnterminated'>> {
  let parts: Buffer[] = []
  let length = 0
  const append = (part: Buffer) => {
    length += part.length
    if (length > MAX_LINE_BYTES) parts = []
    else parts.push(part)
  }
  const take = (isUnterminated: boolean) => ({
    bytes: length > MAX_LINE_BYTES ? undefined : Buffer.concat(parts),
    isUnterminated,
  })
  for await (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      append(chunk.subarray(from, to))
      yield take(false)
      ;[from, parts, length] = [to + 1, [], 0]
    }
    append(chunk.subarray(from))
  }
  if (length > 0) yield take(true)
}
