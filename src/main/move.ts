import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { about } from '../cli/explain.ts'
import { migrate, type Named, tell } from '../cli/migrate.ts'
import type { Outcome } from '../cli/outcome.ts'
import { Trouble } from '../cli/trouble.ts'
import { SETTINGS } from '../ops/settings.ts'
import type { Store } from '../store/store.ts'
import { calledBy, fileOf, openStore, openToRead, type StoreOptions } from './stores.ts'
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
 * @throws Trouble where the two are not two stores of which the first is there
 */
export async function move({ from, to, dryRun }: Move, options: Options, signal?: AbortSignal): Promise<Outcome> {
  for (const name of [from, to]) assertStore(name)
  if (isSame(from, to)) throw new Trouble('usage', `${from} and ${to} are the same store.`)
  return using(await openToRead({ ...options, name: from }), from, async (source) => {
    if (dryRun) return tell(source, signal)
    const called = calledBy(options.settings, to)
    const store = await about(called, () => openStore({ ...options, name: to, create: true }))
    return using(store, to, async (target) => {
      await about(called, () => store.ping())
      return migrate(source, target, signal)
    })
  })
}

/** A store for as long as `work` takes. Whatever goes wrong in it bears its name, since there are two. */
async function using<T>(store: Store, name: string, work: (named: Named) => Promise<T>): Promise<T> {
  const { archive } = store
  async function* dossiers() {
    try {
      yield* archive.dossiers()
    } catch (error) {
      await about(name, () => Promise.reject(error as Error))
    }
  }
  try {
    return await work({
      name,
      store: {
        find: (id) => about(name, () => store.find(id)),
        history: (id, part) => about(name, () => store.history(id, part)),
        archive: { dossiers, adopt: (some) => about(name, () => archive.adopt(some)), settle: () => about(name, () => archive.settle()) },
      },
    })
  } finally {
    await store.close()
  }
}

function assertStore(name: string): void {
  if (!SETTINGS.STORE.schema.safeParse(name).success) throw new Trouble('usage', `${name} is no store: write sqlite:FILE or dynamodb:TABLE.`)
  if (fileOf(name) === ':memory:') throw new Trouble('usage', `${name} is gone when this command ends: name a file.`)
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
