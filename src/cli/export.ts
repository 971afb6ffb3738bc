import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Store } from '../store/port.ts'
import { explainErrors } from './explain-error.ts'
import { withBar } from './progress.ts'
import { lineOf } from './export-lines.ts'
import { interruptedError } from './cli-error.ts'
import { type AtomicWriteOptions, writeAtomically } from './atomic-file.ts'

/** So that the compressor is not called for every line. */
const CHUNK = 65_536

/**
 * Writes every reservation to a file that `importFile` reads, compressed if its name ends in `.gz`. Histories stay
 * behind: a backup has them.
 * @returns how many reservations there were
 * @throws Trouble `exists` when there is a file of that name and it is not to be replaced
 */
export const exportFile = (file: string, store: Pick<Store, 'all'>, writing: AtomicWriteOptions): Promise<number> =>
  writeAtomically(file, writing, (temporary) => {
    const target = createWriteStream(temporary)
    return writeAll(store, writing.signal, (chunks) =>
      explainErrors(file, () => (file.endsWith('.gz') ? pipeline(chunks, createGzip(), target) : pipeline(chunks, target))),
    )
  })

/** The same to a stream, not compressed. */
export const exportTo = (out: Writable, store: Pick<Store, 'all'>, signal?: AbortSignal): Promise<number> =>
  writeAll(store, signal, (chunks) => pipeline(chunks, out, { end: false }))

type Write = (chunks: AsyncIterable<string>) => Promise<void>

function writeAll(store: Pick<Store, 'all'>, signal: AbortSignal | undefined, write: Write): Promise<number> {
  return withBar({ format: '{value} reservations', total: 0 }, async (show) => {
    let count = 0
    let broken: { error: unknown } | undefined
    const chunks = chunksOf(store, signal, () => show((count += 1)), (error) => (broken = { error }))
    await write(chunks).catch((error: unknown) => {
      // Of the store, and not of the file that it goes to.
      throw broken ? broken.error : error
    })
    return count
  })
}

async function* chunksOf(store: Pick<Store, 'all'>, signal: AbortSignal | undefined, seen: () => void, failed: (error: unknown) => void): AsyncGenerator<string> {
  let chunk = ''
  try {
    for await (const { reservation } of store.all()) {
      if (signal?.aborted) throw interruptedError(signal, 'Nothing was written.')
      seen()
      chunk += lineOf(reservation)
      if (chunk.length < CHUNK) continue
      yield chunk
      chunk = ''
    }
  } catch (error) {
    failed(error)
    throw error
  }
  if (chunk !== '') yield chunk
}
