import { statSync } from 'node:fs'
import type { LogFile } from '../../src/store/sqlite/log-file.ts'

/** A log whose flushes end when the test says so. */
export interface SlowLog extends LogFile {
  /** The number of flushes that have begun. */
  readonly begun: () => number
  /** Resolves when a flush is in progress. */
  inProgress(): Promise<void>
  /** Ends the flush in progress. */
  succeed(): void
  fail(error: Error): void
  /** Ends each flush at once from now on. */
  beQuick(): void
}

export function slowLog(): SlowLog {
  let begun = 0
  let isQuick = false
  let current: PromiseWithResolvers<void> | undefined
  let onBegin: (() => void)[] = []
  const take = () => {
    const taken = current
    current = undefined
    if (!taken) throw new Error('No flush is in progress.')
    return taken
  }
  return {
    begun: () => begun,
    flush() {
      begun += 1
      if (isQuick) return Promise.resolve()
      current = Promise.withResolvers<void>()
      for (const one of onBegin) one()
      onBegin = []
      return current.promise
    },
    inProgress: () => (current ? Promise.resolve() : new Promise((resolve) => onBegin.push(resolve))),
    succeed: () => take().resolve(),
    fail: (error) => take().reject(error),
    beQuick() {
      isQuick = true
      current?.resolve()
    },
    close: () => {},
  }
}

/** The size of the log of a file. */
export const logSizeOf = (file: string): number => statSync(`${file}-wal`).size
