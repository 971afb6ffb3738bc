import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import type { Stored } from '../../src/domain/reservation.ts'
import type { Store } from '../../src/store/store.ts'

/** A folder of the running test's own. */
export function folder(): (name: string) => string {
  const path = mkdtempSync(join(tmpdir(), 'calendar-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return (name) => join(path, name)
}

/** Something to print to, and what was printed. */
export function paper(): { out: Writable; text: () => string } {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { out, text: () => text }
}

/** Every reservation, in an order of its own. */
export async function everything(store: Store): Promise<Stored[]> {
  const all: Stored[] = []
  for await (const stored of store.all()) all.push(stored)
  const keyOf = ({ reservation }: Stored) => `${reservation.id} ${reservation.start}`
  return all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

export const LEGACY = new URL('../fixtures/legacy-rows.jsonl', import.meta.url).pathname
