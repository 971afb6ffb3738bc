import { createReadStream, readdirSync, readFileSync, type ReadStream, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { explainErrors } from './explain-error.ts'
import { STDIO } from './outcome.ts'
import { CliError } from './cli-error.ts'

/** A line of a file, without its end. */
export interface RawLine {
  /** From 1. */
  readonly number: number
  /** The name of the file, where there are several. */
  readonly file: string | undefined
  /** None where they are too many to be kept. */
  readonly bytes: Buffer | undefined
  /** Whether its file ends in it, without an end of line. */
  readonly open: boolean
}

export interface Lines {
  /** @throws Trouble `broken_file` where one cannot be read to its end */
  readonly lines: AsyncIterable<RawLine>
  /** How many bytes there are and how many have been read, both as they are on the disk; 0 where nobody knows. */
  readonly size: number
  readonly bytesRead: () => number
}

/** DynamoDB's items hold 400 kB at most, which escapes can make six times as long. */
const MAX_LINE_BYTES = 4 * 1024 * 1024
const NEWLINE = 10

/**
 * Opens a file, the folder of a DynamoDB export, or standard input (`-`); what is compressed with gzip is unpacked.
 * @throws Trouble naming what cannot be had
 */
export async function openLines(path: string, input: Readable): Promise<Lines> {
  if (path === STDIO) return { lines: linesIn('Standard input', undefined, await decompress('Standard input', input)), size: 0, bytesRead: () => 0 }
  const files = await explainErrors(path, () => (statSync(path).isDirectory() ? filesOf(path) : [path]))
  const size = await explainErrors(path, () => files.reduce((sum, file) => sum + statSync(file).size, 0))
  const opened: ReadStream[] = []
  const open = (file: string) => {
    const raw = createReadStream(file)
    opened.push(raw)
    return decompress(file, raw)
  }
  // The first is looked at now, so that nothing else is begun where it cannot be had.
  const first = await open(files[0] ?? path)
  async function* lines(): AsyncGenerator<RawLine> {
    for (const [index, file] of files.entries()) {
      yield* linesIn(file, files.length > 1 ? basename(file) : undefined, index === 0 ? first : await open(file))
    }
  }
  return { lines: lines(), size, bytesRead: () => opened.reduce((sum, raw) => sum + raw.bytesRead, 0) }
}

/** The files of an export that DynamoDB has made: its folder has a manifest that names them, and a folder `data`. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder)
  const data = names.includes('data') ? join(folder, 'data') : folder
  const files = readdirSync(data).filter((name) => /\.json(\.gz)?$/.test(name) && !name.startsWith('manifest'))
  if (files.length === 0) throw new CliError('not_an_export', `${folder} is no export: the folder of one has data/….json.gz.`)
  const missing = names.includes('manifest-files.json') ? filesInManifest(join(folder, 'manifest-files.json')).filter((name) => !files.includes(name)) : []
  if (missing.length > 0) throw new CliError('not_there', `${join(data, missing[0] ?? '')} is not there, and the manifest of ${folder} names it.`)
  return files.toSorted().map((name) => join(data, name))
}

/** The names of the files that a manifest lists, one JSON object a line. */
function filesInManifest(manifest: string): string[] {
  try {
    const lines = readFileSync(manifest, 'utf8').split('\n').filter((line) => line.trim() !== '')
    return lines.map((line) => basename((JSON.parse(line) as { dataFileS3Key: string }).dataFileS3Key))
  } catch (cause) {
    throw new CliError('broken_file', `${manifest} cannot be read: it is no manifest of DynamoDB.`, { cause })
  }
}

/** The bytes of a stream, unpacked where they begin as gzip does. @throws Trouble where there are none to be had */
async function decompress(name: string, raw: Readable): Promise<AsyncIterable<Buffer>> {
  const chunks = (raw as AsyncIterable<Buffer>)[Symbol.asyncIterator]()
  const start = await explainErrors(name, () => startOf(chunks))
  async function* whole() {
    yield start
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  if (start[0] !== 0x1f || start[1] !== 0x8b) return whole()
  // What breaks shows where the bytes are read, so there is nothing to do here.
  return pipeline(Readable.from(whole(), { objectMode: false }), createGunzip(), () => undefined)
}

/** Two bytes or more, unless there are fewer. */
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

/** Cut at newlines and nowhere else: readline also cuts at U+2028, which JSON's texts may hold. */
async function* split(chunks: AsyncIterable<Buffer>): AsyncGenerator<Pick<RawLine, 'bytes' | 'open'>> {
  let parts: Buffer[] = []
  let length = 0
  const keep = (part: Buffer) => {
    length += part.length
    if (length > MAX_LINE_BYTES) parts = []
    else parts.push(part)
  }
  const take = (open: boolean) => ({ bytes: length > MAX_LINE_BYTES ? undefined : Buffer.concat(parts), open })
  for await (const chunk of chunks) {
    let from = 0
    for (let to = chunk.indexOf(NEWLINE); to >= 0; to = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, to))
      yield take(false)
      ;[from, parts, length] = [to + 1, [], 0]
    }
    keep(chunk.subarray(from))
  }
  if (length > 0) yield take(true)
}
