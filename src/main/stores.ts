import { dirname, join } from 'node:path'
import type { Settings } from '../ops/settings.ts'
import { type Opening, openDatabase } from '../store/sqlite/open.ts'
import { sqliteStore } from '../store/sqlite/sqlite-store.ts'
import type { Store } from '../store/store.ts'
import { eventCodec } from '../wire/event.ts'
import { tableOf } from './wiring.ts'

/** A store as settings name one, and what tells of rows it cannot read. How a file is opened does not concern a table. */
export interface StoreOptions extends Opening {
  readonly settings: Settings
  /** In place of the one in the settings. */
  readonly name?: string
  readonly report: (message: string, facts: object) => void
}

/** Amazon's SDK takes long to load: only where there is a table. */
export async function openStore({ settings, name = settings.STORE, report, ...opening }: StoreOptions): Promise<Store> {
  if (tableOf(name) !== undefined) return (await import('./dynamo.ts')).openDynamo(settings, name, report)
  return sqliteStore(openDatabase(fileOf(name) ?? '', opening), eventCodec)
}

/** The file of a store that is one. */
export const fileOf = (name: string): string | undefined => /^sqlite:(.+)$/.exec(name)?.[1]

/** @throws Error in words for whoever asked, when the store is no file */
export function storeFile({ STORE }: Settings): string {
  const file = fileOf(STORE)
  if (file === undefined) throw new Error(`${STORE} is no file: this command is for a store in a SQLite file.`)
  return file
}

/** The demo issuer's key stays beside the store, so that tokens outlive a restart. */
export const demoKeyFile = ({ STORE }: Settings): string => join(dirname(fileOf(STORE) ?? 'data/calendar.db'), 'demo-identity.json')
