import { Failure } from '../../domain/failure.ts'
import { codeOf, unchangeable, unreachable, whyUnwritable } from './broken.ts'
import type { Part, Presence } from './presence.ts'

/**
 * Sees to it that nothing is answered out of a file that is not there any more, and knows whether it can be written.
 * What is read is as of the look before it; what is acknowledged was in the file after it was committed.
 */
export interface Guard {
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

export interface GuardOptions {
  readonly presence: Presence
  readonly parts: readonly Part[]
  /** How many rows have been written so far. */
  readonly written: () => number
  /** Why it cannot be written however often one tries; undefined where it may be. */
  readonly unwritable?: (() => string | undefined) | undefined
}

export function guardOf({ presence, parts, written, unwritable = () => undefined }: GuardOptions): Guard {
  let why: string | undefined
  let before = 0

  const look = () => {
    const wrong = presence.look(parts)
    if (wrong !== undefined) throw unreachable(new Error(wrong))
  }
  return {
    beforeReading: look,
    beforeWriting() {
      look()
      const never = unwritable()
      if (never !== undefined) throw unchangeable(never)
      before = written()
    },
    committed() {
      look()
      // A commit of nothing shows nothing.
      if (written() > before) why = undefined
    },
    wrote: () => void (why = undefined),
    failed(error) {
      const told = whyUnwritable(codeOf(error))
      if (told === undefined) return error
      why = told
      return unchangeable(told, error instanceof Failure ? error.cause : error)
    },
    whyUnreadable: () => presence.look(parts),
    whyUnwritable: () => unwritable() ?? why,
  }
}
