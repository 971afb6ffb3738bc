import { arrivals } from '../../arrivals.ts'
import { Failure } from '../../domain/failure.ts'
import { asUnavailable, errorCode, storeReadOnly, storeUnavailable, whyUnwritable } from './errors.ts'
import type { Durability } from './durability.ts'
import type { Part, FilePresence } from './file-presence.ts'

/**
 * Keeps the store from reading or writing a file that was deleted or replaced, and knows whether the file can be written.
 * Checks the file before each read, once for requests that have arrived together, and before and after each commit.
 */
export interface FileGuard {
  /** @throws Failure `unavailable` */
  readonly beforeReading: () => void
  /** @throws Failure `unavailable` */
  readonly beforeWriting: () => void
  /** Whether the open transaction has written something. */
  readonly hasWritten: () => boolean
  /** Called when a commit is durable. @throws Failure `unavailable` if it went into a file that was deleted or replaced */
  readonly committed: () => void
  /** Records that a commit failed. @returns the error to throw */
  readonly failed: (error: unknown) => unknown
  /** Checks the file. @returns the reason as a few words; undefined if it can be read */
  readonly whyUnreadable: () => string | undefined
  /** The reason why the last commit failed, as a few words; undefined if the file can be written. */
  readonly whyUnwritable: () => string | undefined
}

/** The file that a guard checks. */
export interface FileGuardOptions {
  readonly presence: FilePresence
  readonly parts: readonly Part[]
  /** Number of rows that this connection has written. */
  readonly written: () => number
  /** Why retrying a write is of no use, as a few words; undefined if it may succeed. */
  readonly unwritable?: (() => string | undefined) | undefined
}

/** Guards an open database file. */
export function openFileGuard({ presence, parts, written, unwritable = () => undefined }: FileGuardOptions): FileGuard {
  let writeProblem: string | undefined
  let writtenBefore = 0

  const assertPresent = () => {
    const problem = presence.check(parts)
    if (problem !== undefined) throw storeUnavailable(new Error(problem))
  }
  return {
    beforeReading: arrivals.shared(assertPresent),
    beforeWriting() {
      assertPresent()
      const permanentReason = unwritable()
      if (permanentReason !== undefined) throw storeReadOnly(permanentReason)
      writtenBefore = written()
    },
    hasWritten: () => written() > writtenBefore,
    committed() {
      assertPresent()
      // A commit without rows does not prove that the file can be written.
      if (written() > writtenBefore) writeProblem = undefined
    },
    failed(error) {
      const reason = whyUnwritable(errorCode(error))
      if (reason === undefined) return error
      writeProblem = reason
      return storeReadOnly(reason, error instanceof Failure ? error.cause : error)
    },
    whyUnreadable: () => presence.check(parts),
    whyUnwritable: () => unwritable() ?? writeProblem,
  }
}

/** Reads after a check of the file. Errors of SQLite become a Failure `unavailable`. */
export type GuardedRead = <T>(query: () => T) => Promise<T>

/** Makes reads check the file first, and flush what they show. */
export const guardedRead =
  (guard: FileGuard, durability: Pick<Durability, 'beforeShowing'>): GuardedRead =>
  async (query) =>
    asUnavailable(() => {
      guard.beforeReading()
      const found = query()
      durability.beforeShowing()
      return found
    })
