import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { explainErrors } from '../cli/explain-error.ts'
import { migrate, type NamedStore, describeStore } from '../cli/migrate.ts'
import type { CommandResult } from '../cli/outcome.ts'
import { CliError } from '../cli/cli-error.ts'
import { SETTINGS } from '../ops/settings.ts'
import type { Store } from '../store/port.ts'
import { displayNameOf, fileOf, openStore, openReadOnly, type StoreOptions } from './stores.ts'
import { tableOf } from './wiring.ts'

/** The options of `migrate`: two stores, each written as in the `STORE` setting. */
export interface MigrateArguments {
  readonly from: string
  readonly to: string
  /** Only counts what `from` holds. */
  readonly dryRun?: boolean
}

type Options = Omit<StoreOptions, 'name'>

/**
 * Migrates one store to another, or reports what the first one holds.
 * @throws CliError if they are the same store, or the first one does not exist
 */
export async function migrateStores(
  { from, to, dryRun }: MigrateArguments,
  options: Options,
  signal?: AbortSignal,
): Promise<CommandResult> {
  for (const name of [from, to]) assertStore(name)
  if (isSameStore(from, to)) throw new CliError('usage', `${from} and ${to} are the same store.`)
  return withStore(await openReadOnly({ ...options, name: from }), from, async (source) => {
    if (dryRun) return describeStore(source, signal)
    const displayName = displayNameOf(options.settings, to)
    const store = await explainErrors(displayName, () => openStore({ ...options, name: to, create: true }))
    return withStore(store, to, async (target) => {
      await explainErrors(displayName, () => store.ping())
      return migrate(source, target, signal)
    })
  })
}

/** Closes the store after `work`. Its errors name the store, since there are two. */
async function withStore<T>(store: Store, name: string, work: (named: NamedStore) => Promise<T>): Promise<T> {
  const { archive } = store
  async function* entries() {
    try {
      yield* archive.entries()
    } catch (error) {
      await explainErrors(name, () => Promise.reject(error as Error))
    }
  }
  try {
    return await work({
      name,
      store: {
        find: (id) => explainErrors(name, () => store.find(id)),
        history: (id, range) => explainErrors(name, () => store.history(id, range)),
        archive: {
          entries,
          importAll: (batch) => explainErrors(name, () => archive.importAll(batch)),
          finalize: () => explainErrors(name, () => archive.finalize()),
        },
      },
    })
  } finally {
    await store.close()
  }
}

function assertStore(name: string): void {
  if (!SETTINGS.STORE.schema.safeParse(name).success)
    throw new CliError('usage', `${name} is no store: write sqlite:FILE or dynamodb:TABLE.`)
  if (fileOf(name) === ':memory:')
    throw new CliError('usage', `${name} would be lost when this command ends: name a file.`)
}

function isSameStore(one: string, other: string): boolean {
  const [a, b] = [fileOf(one), fileOf(other)]
  if (a === undefined || b === undefined) return tableOf(one) === tableOf(other) && tableOf(one) !== undefined
  // A file may have several paths.
  return existsSync(a) && existsSync(b) ? fileIdOf(a) === fileIdOf(b) : resolve(a) === resolve(b)
}

function fileIdOf(file: string): string {
  const { dev, ino } = statSync(file)
  return `${dev} ${ino}`
}
