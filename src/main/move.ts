import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { migrate, type Named, tell } from '../cli/migrate.ts'
import { SETTINGS } from '../ops/settings.ts'
import type { Store } from '../store/store.ts'
import { fileOf, openStore, type StoreOptions } from './stores.ts'
import { tableOf } from './wiring.ts'

/** From one store to another, each named as in the `STORE` setting. */
export interface Move {
  readonly from: string
  readonly to: string
  /** Only counts what there is. */
  readonly dryRun?: boolean
}

type Options = Omit<StoreOptions, 'name'>

/**
 * Moves a store, or tells what it holds.
 * @returns whether all went well
 * @throws Error in one sentence, where the two are not two stores of which the first is there
 */
export async function move({ from, to, dryRun }: Move, options: Options, out: Writable): Promise<boolean> {
  for (const name of [from, to]) assertStore(name)
  if (isSame(from, to)) throw new Error(`${from} and ${to} are the same store.`)
  return withStore(from, { ...options, create: false }, async (source) => {
    if (!dryRun) return withStore(to, { ...options, create: true }, async (target) => (await migrate(source, target, out)).sound)
    await tell(source, out)
    return true
  })
}

async function withStore<T>(name: string, options: Options, work: (named: Named) => Promise<T>): Promise<T> {
  const store = await opened(name, () => openStore({ ...options, name }))
  try {
    await store.ping().catch((error: Error) => {
      throw new Error(`${name} ${whyNot(error)}`, { cause: error })
    })
    return await work({ name, store })
  } finally {
    await store.close()
  }
}

/** Of a store that does not answer. */
function whyNot({ cause, message }: Error): string {
  if (!(cause instanceof Error)) return `does not answer: ${message}`
  return cause.name === 'ResourceNotFoundException' ? 'is not there.' : `does not answer: ${cause.message}`
}

function assertStore(name: string): void {
  if (!SETTINGS.STORE.schema.safeParse(name).success) throw new Error(`${name} is no store: write sqlite:FILE or dynamodb:TABLE.`)
  if (fileOf(name) === ':memory:') throw new Error(`${name} is gone when this command ends: name a file.`)
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [fileOf(one), fileOf(other)]
  if (a === undefined || b === undefined) return tableOf(one) === tableOf(other) && tableOf(one) !== undefined
  // A file may have several names.
  return existsSync(a) && existsSync(b) ? identityOf(a) === identityOf(b) : resolve(a) === resolve(b)
}

function identityOf(file: string): string {
  const { dev, ino } = statSync(file)
  return `${dev} ${ino}`
}

async function opened(name: string, open: () => Promise<Store>): Promise<Store> {
  try {
    return await open()
  } catch (error) {
    // Of a file it is said already which.
    if (fileOf(name) !== undefined) throw error
    throw new Error(`${name} cannot be opened: ${(error as Error).message}`, { cause: error })
  }
}
