import { realpathSync } from 'node:fs'
import type { Codec, Condition, Store } from '../store.ts'
import { startCheckpointer } from './checkpointer.ts'
import { type Opening, readyFile } from './open.ts'
import { keptLock } from './server-lock.ts'
import { sqliteStore } from './sqlite-store.ts'
import { type Holding, upkeepOf } from './upkeep.ts'
import { type Had, openInAnyWay } from './ways.ts'

const EVERY_MS = 1000

export interface Serving extends Opening {
  readonly codec: Codec
  /** Told of what becomes of the file. */
  readonly report: (message: string, facts: object) => void
  /** How often it is looked after. */
  readonly everyMs?: number
}

/** A file that is kept open as well as it can be had. */
export interface Served {
  readonly store: Store
  /** From now on another server that wants the file waits for this one. */
  readonly stopping: () => void
}

/**
 * Opens a file for the one server that may have it, and looks after it: it is opened anew where it can be had in a
 * better way than it could, as when a full disk has room again.
 * @throws Taken where another server has it; NoCalendar, Error as `openDatabase` does, where it cannot even be read
 */
export async function serveFile(file: string, { codec, report, everyMs = EVERY_MS, ...opening }: Serving): Promise<Served> {
  readyFile(file, opening)
  const lock = await keptLock(file)
  const real = realpathSync(file)
  const hold = (had: Had): Holding => {
    const tell = (err: unknown) => report('folding back the write-ahead log failed', { err })
    const checkpointer = had.way === 'shared' ? startCheckpointer(real, tell) : undefined
    const unwritable = () => had.unwritable ?? lock.whyNotHeld()
    const store = sqliteStore(had.db, codec, { file, unwritable, report, lookOver: checkpointer?.lookOver })
    return { had, store, checkpointer }
  }
  let held = hold(openInAnyWay(real, opening))
  const letGo = async () => {
    await held.checkpointer?.stop()
    await held.store.close()
  }
  /** What is there now is the calendar that was there: where it is nothing, it is not made one. */
  const reopen = async () => {
    await letGo()
    held = hold(openInAnyWay(real, { ...opening, create: false }))
  }
  const tend = upkeepOf(real, { held: () => held, reopen })
  const tell = tellingChanges(report)
  let isLockNew = false
  const round = async () => {
    if (await lock.keep()) isLockNew = true
    // Another server may have had the file meanwhile. What is open stays open while its name stands for something else.
    if (isLockNew && held.store.look(['']) === undefined) {
      isLockNew = false
      await reopen()
    }
    await tend()
    tell(await held.store.condition())
  }
  const rounds = await inRounds(round, everyMs, (err) => report('the file of the store cannot be looked after', { err }))
  const close = async () => {
    await rounds.stop()
    await letGo()
    lock.release()
  }
  return { store: { ...redirected<Store>(held.store, () => held.store), close }, stopping: lock.stopping }
}

/** An object with the functions of another, each of which is called on whatever is current then. */
function redirected<T extends object>(first: T, current: () => T): T {
  const entries = Object.entries(first).map(([name, value]) => {
    const now = () => current()[name as keyof T]
    if (typeof value === 'function') return [name, (...given: unknown[]) => (now() as (...given: unknown[]) => unknown)(...given)]
    return [name, typeof value === 'object' && value !== null ? redirected(value as object, now as () => object) : value]
  })
  return Object.fromEntries(entries) as T
}

/** Tells once when a store can no longer be read or changed, or can be again. */
function tellingChanges(report: Serving['report']): (condition: Condition) => void {
  const known: Record<string, string | undefined> = {}
  return ({ unreadable, unwritable }) => {
    for (const [what, why] of [['read', unreadable], ['changed', unreadable === undefined ? unwritable : known['changed']]] as const) {
      if (why !== known[what]) report(why === undefined ? `the store can be ${what} again` : `the store cannot be ${what}`, why === undefined ? {} : { why })
      known[what] = why
    }
  }
}

/** One round now and then the others, without keeping the process alive. */
async function inRounds(round: () => Promise<void>, everyMs: number, onError: (error: unknown) => void) {
  let under: Promise<void> | undefined
  const begin = () => (under ??= round().catch(onError).finally(() => (under = undefined)))
  await begin()
  const timer = setInterval(() => void begin(), everyMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await under
    },
  }
}
