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

/** Characters written at a time, so that the compressor is not called for every line. */
const CHUNK_LENGTH = 65_536

/**
 * Writes every reservation to a file that `import` reads, compressed if its name ends in `.gz`. It has no histories;
 * a backup has.
 * @returns the number of reservations
 * @throws CliError `exists` if there is such a file and it may not be replaced
 */
export const exportFile = (file: string, store: Pick<Store, 'all'>, options: AtomicWriteOptions): Promise<number> =>
  writeAtomically(file, options, (temporary) => {
    const target = createWriteStream(temporary)
    return writeAll(store, options.signal, (chunks) =>
      explainErrors(file, () =>
        file.endsWith('.gz') ? pipeline(chunks, createGzip(), target) : pipeline(chunks, target),
      ),
    )
  })

/** Writes every reservation to a stream, uncompressed. */
export const exportTo = (out: Writable, store: Pick<Store, 'all'>, signal?: AbortSignal): Promise<number> =>
  writeAll(store, signal, (chunks) => pipeline(chunks, out, { end: false }))

type Write = (chunks: AsyncIterable<string>) => Promise<void>

function writeAll(store: Pick<Store, 'all'>, signal: AbortSignal | undefined, write: Write): Promise<number> {
  return withBar({ format: '{value} reservations', total: 0 }, async (show) => {
    let count = 0
    let readError: { error: unknown } | undefined
    const chunks = chunksOf(
      store,
      signal,
      () => show((count += 1)),
      (error) => (readError = { error }),
    )
    await write(chunks).catch((error: unknown) => {
      // An error of the store is not reported as one of the file.
      throw readError ? readError.error : error
    })
    return count
  })
}

async function* chunksOf(
  store: Pick<Store, 'all'>,
  signal: AbortSignal | undefined,
  onReservation: () => void,
  onError: (error: unknown) => void,
): AsyncGenerator<string> {
  let chunk = ''
  try {
    for await (const { reservation } of store.all()) {
      if (signal?.aborted) throw interruptedError(signal, 'Nothing was written.')
      onReservation()
      chunk += lineOf(reservation)
      if (chunk.length < CHUNK_LENGTH) continue
      yield chunk
      chunk = ''
    }
  } catch (error) {
    onError(error)
    throw error
  }
  if (chunk !== '') yield chunk
}
