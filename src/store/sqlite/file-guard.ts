import { Failure } from '../../domain/failure.ts'
import { errorCode, storeReadOnly, storeUnavailable, whyUnwritable } from './errors.ts'
import type { Part, FilePresence } from './file-presence.ts'

/**
 * Sees to it that nothing is answered out of a file that is not there any more, and knows whether it can be written.
 * What is read is as of the look before it; what is acknowledged was in the file after it was committed.
 */
export interface FileGuard {
  /** @throws Failure `unavailable` */
  readonly beforeReading: () => void
  /** @throws Failure `unavailable` */
  readonly beforeWriting: () => void
  /** @throws Failure `unavailable` where what was committed went into what is gone */
  readonly committed: () => void
  /** What was committed was not nothing. */
  readonly wrote: () => void
  /** @returns what to tell of a commit that failed */
  readonly failed: (error: unknown) => unknown
  /** After a look. */
  readonly whyUnreadable: () => string | undefined
  /** By the last commit that was tried. */
  readonly whyUnwritable: () => string | undefined
}

export interface FileGuardOptions {
  readonly presence: FilePresence
  readonly parts: readonly Part[]
  /** How many rows have been written so far. */
  readonly written: () => number
  /** Why it cannot be written however often one tries; undefined where it may be. */
  readonly unwritable?: (() => string | undefined) | undefined
}

export function openFileGuard({ presence, parts, written, unwritable = () => undefined }: FileGuardOptions): FileGuard {
  let why: string | undefined
  let before = 0

  const assertPresent = () => {
    const wrong = presence.check(parts)
    if (wrong !== undefined) throw storeUnavailable(new Error(wrong))
  }
  return {
    beforeReading: assertPresent,
    beforeWriting() {
      assertPresent()
      const permanentReason = unwritable()
      if (permanentReason !== undefined) throw storeReadOnly(permanentReason)
      before = written()
    },
    committed() {
      assertPresent()
      // A commit of nothing shows nothing.
      if (written() > before) why = undefined
    },
    wrote: () => void (why = undefined),
    failed(error) {
      const reason = whyUnwritable(errorCode(error))
      if (reason === undefined) return error
      why = reason
      return storeReadOnly(reason, error instanceof Failure ? error.cause : error)
    },
    whyUnreadable: () => presence.check(parts),
    whyUnwritable: () => unwritable() ?? why,
  }
}
