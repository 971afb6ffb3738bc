import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Store } from '../store/store.ts'
import { counted } from './import-report.ts'
import { lineOf } from './rows.ts'
import { writeWhole } from './whole-file.ts'

/** So that the compressor is not called for every line. */
const CHUNK = 65_536

/**
 * Writes every reservation to a file that `importFile` reads, compressed if its name ends in `.gz`. Histories stay
 * behind: a backup has them.
 * @returns how many reservations there were
 * @throws Failure `conflict` when there is a file of that name
 */
export async function exportFile(file: string, store: Pick<Store, 'all'>, out: Writable): Promise<number> {
  const count = await writeWhole(file, (temporary) => writeAll(store, temporary, file.endsWith('.gz')))
  out.write(`${counted(count, 'reservation')} written to ${file}\n`)
  return count
}

async function writeAll(store: Pick<Store, 'all'>, file: string, compressed: boolean): Promise<number> {
  let count = 0
  async function* chunks() {
    let chunk = ''
    for await (const { reservation } of store.all()) {
      count += 1
      chunk += lineOf(reservation)
      if (chunk.length < CHUNK) continue
      yield chunk
      chunk = ''
    }
    if (chunk !== '') yield chunk
  }
  const target = createWriteStream(file)
  await (compressed ? pipeline(chunks, createGzip(), target) : pipeline(chunks, target))
  return count
}
