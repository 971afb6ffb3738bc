import type { Written } from '../../service/metered.ts'
import type { Allowance } from './allowance.ts'

/** So many bytes, of a body or of what is kept, are one write. */
const A_WRITE = 4096

export const writesOf = (bytes: number): number => Math.ceil(bytes / A_WRITE)

/** What one request counts: what was taken for it when it came, and more where it writes more. */
export interface Bill {
  /**
   * Counts what has been decided, before it is written, whether so much is left or not: what is owed keeps out those who
   * come after. So a long list is not left half done, and nothing is too large for an allowance that has not been used.
   * @returns takes it off again, where it is not written after all
   * @throws Failure `rate_limited` where this would be the first that is written, and something is owed; then nothing is counted
   */
  readonly add: (written: Written) => () => void
  /** Gives back what was taken and not used; one is counted whatever becomes of it. */
  readonly settle: () => void
}

/** A name in an allowance, what was `taken` there, and in what changes are counted there. */
export interface Account {
  readonly allowance: Allowance
  readonly name: string
  readonly taken: number
  readonly unitsOf: (written: Written) => number
}

export function openBill(accounts: readonly Account[]): Bill {
  let all: Written = { changes: 0, bytes: 0 }
  let refused: unknown
  const counted = accounts.map(({ taken }) => taken)
  const count = (dueOf: (account: Account) => number) => {
    for (const [n, account] of accounts.entries()) {
      const due = dueOf(account)
      account.allowance.give(account.name, (counted[n] ?? 0) - due)
      counted[n] = due
    }
  }
  const add = (sign: 1 | -1, { changes, bytes }: Written) => {
    all = { changes: all.changes + sign * changes, bytes: all.bytes + sign * bytes }
    count(({ taken, unitsOf }) => Math.max(taken, unitsOf(all)))
  }
  const assertNothingOwed = () => {
    try {
      for (const { allowance, name } of accounts) allowance.assertNothingOwed(name)
    } catch (error) {
      refused = error
      count(() => 0)
    }
  }
  return {
    add(written) {
      if (written.changes === 0) return () => {}
      if (all.changes === 0 && refused === undefined) assertNothingOwed()
      if (refused !== undefined) throw refused
      add(1, written)
      return () => add(-1, written)
    },
    settle() {
      if (refused === undefined) count(({ unitsOf }) => Math.max(1, unitsOf(all)))
    },
  }
}
