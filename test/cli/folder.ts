import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { outcomeOf, type ImportReport } from '../../src/cli/import-report.ts'
import { importRows } from '../../src/cli/import.ts'
import { readRows } from '../../src/cli/export-lines.ts'
import type { Stored } from '../../src/domain/reservation.ts'
import { run } from '../../src/main/program.ts'
import type { ServiceContext } from '../../src/service/context.ts'
import type { Store } from '../../src/store/port.ts'

/** Creates a temporary folder for the running test. */
export function folder(): (name: string) => string {
  const path = mkdtempSync(join(tmpdir(), 'calendar-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return (name) => join(path, name)
}

/** An output stream, and the text that was printed to it. */
export function capture(): { out: Writable; text: () => string } {
  let text = ''
  const out = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { out, text: () => text }
}

/** All reservations, sorted. */
export async function everything(store: Store): Promise<Stored[]> {
  const all: Stored[] = []
  for await (const stored of store.all()) all.push(stored)
  const keyOf = ({ reservation }: Stored) => `${reservation.id} ${reservation.start}`
  return all.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

export const LEGACY = new URL('../fixtures/legacy-rows.jsonl', import.meta.url).pathname

/** Imports a file; returns the report, also as text. */
export async function importFile(file: string, context: ServiceContext): Promise<ImportReport & { text: string }> {
  const rows = await readRows(file, Readable.from([]))
  const report = await importRows(rows, { file, store: 'the store', open: () => Promise.resolve(context) })
  return { ...report, text: outcomeOf(report).text }
}

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Overrides {
  readonly input?: Readable
  readonly signal?: AbortSignal
}

/** Starts a command line within this process. `out` and `err` are what it has printed by now. */
export function startCommand(
  environment: Record<string, string>,
  args: readonly string[],
  { input = Readable.from([]), signal = new AbortController().signal }: Overrides = {},
): { code: Promise<number>; out: () => string; err: () => string } {
  const [out, err] = [capture(), capture()]
  const code = run(args, {
    environment,
    input,
    out: out.out,
    err: err.out,
    interruption: () => signal,
    onCrash: () => undefined,
    runInBackground: () => undefined,
  })
  return { code, out: out.text, err: err.text }
}

/** Runs a command line within this process. */
export async function command(
  environment: Record<string, string>,
  args: readonly string[],
  overrides: Overrides = {},
): Promise<Ended> {
  const { code, out, err } = startCommand(environment, args, overrides)
  return { code: await code, out: out(), err: err() }
}
