import { dirname, join } from 'node:path'
import { DAY } from '../domain/interval.ts'
import { explainErrors } from '../cli/explain-error.ts'
import { CliError } from '../cli/cli-error.ts'
import { NoSigningKey } from '../demo/signing-key.ts'
import type { Settings } from '../ops/settings.ts'
import { openDatabase, openForReading, type OpenOptions } from '../store/sqlite/open.ts'
import { serveFile } from '../store/sqlite/served-file.ts'
import { sqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/port.ts'
import { eventCodec } from '../wire/event.ts'
import { now, tableOf } from './wiring.ts'

/** How to open a store. The options of opening a file have no effect on a table. */
export interface StoreOptions extends OpenOptions {
  readonly settings: Settings
  /** Instead of `STORE` of the settings. */
  readonly name?: string
  /** Called for rows that cannot be read. */
  readonly report: (message: string, details: object) => void
}

/** Opens a store of either kind. The AWS SDK is slow to load, so it is imported for a table only. */
export async function openStore({ settings, name = settings.STORE, report, ...opening }: StoreOptions): Promise<Store> {
  if (tableOf(name) !== undefined) return (await import('./dynamo.ts')).openDynamo(settings, name, { report })
  return sqliteStore(openDatabase(fileOf(name) ?? '', opening), eventCodec, { report })
}

/**
 * Opens a store for reading. Does not create a file.
 * @throws CliError if it does not exist, or cannot be read
 */
export async function openReadOnly({ settings, name = settings.STORE, report }: StoreOptions): Promise<Store> {
  const store = await explainErrors(displayNameOf(settings, name), () =>
    tableOf(name) === undefined
      ? sqliteStore(openForReading(fileOf(name) ?? ''), eventCodec, { report })
      : openStore({ settings, name, report }),
  )
  try {
    await explainErrors(displayNameOf(settings, name), () => store.ping())
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The name of a store in messages: for a table, with its region or endpoint. */
export function displayNameOf({ AWS_REGION, DYNAMODB_ENDPOINT }: Settings, name: string): string {
  return tableOf(name) === undefined
    ? name
    : `${name} ${DYNAMODB_ENDPOINT === undefined ? `in ${AWS_REGION}` : `at ${DYNAMODB_ENDPOINT}`}`
}

/** Opens a store for a server. A file can have only one server; `stopping` lets the next one wait for this one. */
export async function openForServing(
  options: Omit<StoreOptions, 'name'>,
): Promise<{ readonly store: Store; readonly stopping: () => void }> {
  const file = fileOf(options.settings.STORE)
  if (file === undefined || file === ':memory:') return { store: await openStore(options), stopping: () => {} }
  return serveFile(file, {
    codec: eventCodec,
    now,
    keepFeedFor: options.settings.CHANGES_KEPT_DAYS * DAY,
    ...options,
  })
}

/** The path of a SQLite store; undefined if the store is a table. */
export const fileOf = (name: string): string | undefined => /^sqlite:(.+)$/.exec(name)?.[1]

/** The path of the configured SQLite store. @throws CliError if the store is a table */
export function storeFile({ STORE }: Settings): string {
  const file = fileOf(STORE)
  if (file === undefined) throw new CliError('settings', `STORE is ${STORE}, and this command needs a SQLite store.`)
  return file
}

/** The path of the demo issuer's key: beside the store, so that tokens stay valid after a restart. */
export const demoKeyFile = ({ STORE }: Settings): string =>
  join(dirname(fileOf(STORE) ?? 'data/calendar.db'), 'demo-identity.json')

/** Loads the demo issuer's key with `load`. @throws CliError if the file holds something else, or cannot be read */
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
