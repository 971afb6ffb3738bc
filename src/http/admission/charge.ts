import type { WrittenAmount } from '../../service/metered.ts'
import type { Quota } from './quota.ts'

/** So many bytes, of a body or of what is kept, are one write. */
const WRITE_BYTES = 4096

export const writesOf = (bytes: number): number => Math.ceil(bytes / WRITE_BYTES)

/** What one request counts: what was taken for it when it came, and more where it writes more. */
export interface Charge {
  /**
   * Counts what has been decided, before it is written, whether so much is left or not: what is owed keeps out those who
   * come after. So a long list is not left half done, and nothing is too large for an allowance that has not been used.
   * @returns takes it off again, where it is not written after all
   * @throws Failure `rate_limited` where this would be the first that is written, and something is owed; then nothing is counted
   */
  readonly add: (written: WrittenAmount) => () => void
  /** Gives back what was taken and not used; one is counted whatever becomes of it. */
  readonly settle: () => void
}

/** A name in an allowance, what was `taken` there, and in what changes are counted there. */
export interface ChargedQuota {
  readonly allowance: Quota
  readonly name: string
  readonly charged: number
  readonly unitsOf: (written: WrittenAmount) => number
}

export function openCharge(accounts: readonly ChargedQuota[]): Charge {
  let all: WrittenAmount = { changes: 0, bytes: 0 }
  let rejected: unknown
  const counted = accounts.map(({ charged }) => charged)
  const count = (dueOf: (account: ChargedQuota) => number) => {
    for (const [n, account] of accounts.entries()) {
      const due = dueOf(account)
      account.allowance.refund(account.name, (counted[n] ?? 0) - due)
      counted[n] = due
    }
  }
  const add = (sign: 1 | -1, { changes, bytes }: WrittenAmount) => {
    all = { changes: all.changes + sign * changes, bytes: all.bytes + sign * bytes }
    count(({ charged, unitsOf }) => Math.max(charged, unitsOf(all)))
  }
  const assertNothingOwed = () => {
    try {
      for (const { allowance, name } of accounts) allowance.assertNothingOwed(name)
    } catch (error) {
      rejected = error
      count(() => 0)
    }
  }
  return {
    add(written) {
      if (written.changes === 0) return () => {}
      if (all.changes === 0 && rejected === undefined) assertNothingOwed()
      if (rejected !== undefined) throw rejected
      add(1, written)
      return () => add(-1, written)
    },
    settle() {
      if (rejected === undefined) count(({ unitsOf }) => Math.max(1, unitsOf(all)))
    },
  }
}
