import { dirname, join } from 'node:path'
import { explainErrors } from '../cli/explain-error.ts'
import { CliError } from '../cli/cli-error.ts'
import { NoSigningKey } from '../demo/signing-key.ts'
import type { Settings } from '../ops/settings.ts'
import { openDatabase, openForReading, type OpenOptions } from '../store/sqlite/open.ts'
import { serveFile } from '../store/sqlite/served-file.ts'
import { sqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/port.ts'
import { eventCodec } from '../wire/event.ts'
import { tableOf } from './wiring.ts'

/** A store as settings name one, and what tells of rows it cannot read. How a file is opened does not concern a table. */
export interface StoreOptions extends OpenOptions {
  readonly settings: Settings
  /** In place of the one in the settings. */
  readonly name?: string
  readonly report: (message: string, details: object) => void
}

/** Amazon's SDK takes long to load: only where there is a table. */
export async function openStore({ settings, name = settings.STORE, report, ...opening }: StoreOptions): Promise<Store> {
  if (tableOf(name) !== undefined) return (await import('./dynamo.ts')).openDynamo(settings, name, report)
  return sqliteStore(openDatabase(fileOf(name) ?? '', opening), eventCodec, { report })
}

/**
 * Opens a store to be read alone: makes no file.
 * @throws CliError where it is not there, or cannot be had
 */
export async function openReadOnly({ settings, name = settings.STORE, report }: StoreOptions): Promise<Store> {
  const store = await explainErrors(displayNameOf(settings, name), () =>
    tableOf(name) === undefined ? sqliteStore(openForReading(fileOf(name) ?? ''), eventCodec, { report }) : openStore({ settings, name, report }),
  )
  try {
    await explainErrors(displayNameOf(settings, name), () => store.ping())
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What people are told of a store: of a table, where it was looked for. */
export function displayNameOf({ AWS_REGION, DYNAMODB_ENDPOINT }: Settings, name: string): string {
  return tableOf(name) === undefined ? name : `${name} ${DYNAMODB_ENDPOINT === undefined ? `in ${AWS_REGION}` : `at ${DYNAMODB_ENDPOINT}`}`
}

/** As `openStore`, for the one server that may have a file; `stopping` lets another wait for it. */
export async function openForServing(options: Omit<StoreOptions, 'name'>): Promise<{ readonly store: Store; readonly stopping: () => void }> {
  const file = fileOf(options.settings.STORE)
  if (file === undefined || file === ':memory:') return { store: await openStore(options), stopping: () => {} }
  return serveFile(file, { codec: eventCodec, ...options })
}

/** The file of a store that is one. */
export const fileOf = (name: string): string | undefined => /^sqlite:(.+)$/.exec(name)?.[1]

/** @throws CliError when the store is no file */
export function storeFile({ STORE }: Settings): string {
  const file = fileOf(STORE)
  if (file === undefined) throw new CliError('settings', `STORE is ${STORE}, and this command is for a store in a SQLite file.`)
  return file
}

/** The demo issuer's key stays beside the store, so that tokens outlive a restart. */
export const demoKeyFile = ({ STORE }: Settings): string => join(dirname(fileOf(STORE) ?? 'data/calendar.db'), 'demo-identity.json')

/** What `load` finds in that file. @throws CliError where it holds something else, or cannot be had */
export function demoKey<T>(settings: Settings, load: (file: string) => Promise<T>): Promise<T> {
  const file = demoKeyFile(settings)
  return explainErrors(file, async () => {
    try {
      return await load(file)
    } catch (error) {
      throw error instanceof NoSigningKey ? new CliError('unusable', error.message, { cause: error }) : error
    }
  })
}
