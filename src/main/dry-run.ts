import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { copy } from '../cli/backup.ts'
import type { Settings } from '../ops/settings.ts'
import { dryRunRequests } from '../store/dynamodb/dry-run.ts'
import { openForReading } from '../store/sqlite/open.ts'
import { scratchCalendar, scratchTable } from '../store/sqlite/scratch.ts'
import { sqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Requests } from '../store/dynamodb/requests.ts'
import type { Store } from '../store/port.ts'
import { eventCodec } from '../wire/event.ts'
import { fileOf } from './stores.ts'

interface DryRun {
  readonly settings: Settings
  readonly report: (message: string, details: object) => void
  /** Called if the store does not exist, and an import would create it. */
  readonly onNew: () => void
  readonly signal: AbortSignal
}

/**
 * Opens the configured store for a dry run, which leaves it unchanged: writes go to a temporary copy of a SQLite file,
 * or to a scratch table beside a DynamoDB table.
 * @throws CliError, or an error of the system or of SQLite, as opening the store for an import would
 */
export async function openDryRun({ settings, report, onNew, signal }: DryRun): Promise<Store> {
  const file = fileOf(settings.STORE)
  if (file === undefined) {
    const { openDynamo } = await import('./dynamo.ts')
    const wrapRequests = (requests: Requests) => dryRunRequests(requests, scratchTable())
    return openDynamo(settings, settings.STORE, { report, wrapRequests })
  }
  if (settings.STORE_MUST_EXIST || !isMissingOrEmpty(file)) return copyOf(file, signal)
  assertWritable(nearestExisting(file))
  onNew()
  return sqliteStore(scratchCalendar(), eventCodec)
}

async function copyOf(file: string, signal: AbortSignal): Promise<Store> {
  const original = openForReading(file, 'any')
  const folder = mkdtempSync(join(tmpdir(), 'calendar-dry-run-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const target = join(folder, 'calendar.db')
  try {
    assertWritable(file)
    await copy(original, { file: target, displayName: target }, signal)
    const store = sqliteStore(scratchCalendar({ copy: target, of: file }), eventCodec)
    return { ...store, close: () => store.close().finally(remove) }
  } catch (error) {
    remove()
    throw error
  } finally {
    original.close()
  }
}

/** Whether an import would create the calendar. */
const isMissingOrEmpty = (file: string) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0

/** The path, or its nearest parent that exists. */
const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(resolve(path))))

const assertWritable = (path: string) => accessSync(path, constants.R_OK | constants.W_OK)
