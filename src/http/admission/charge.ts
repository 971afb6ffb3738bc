import type { WrittenAmount } from '../../service/metered.ts'
import type { Quota } from './quota.ts'

/** Bytes of a body, or of stored data, that count as one write. */
const WRITE_BYTES = 4096

export const writesOf = (bytes: number): number => Math.ceil(bytes / WRITE_BYTES)

/** What one request is charged: an amount when it arrives, and more if it writes more. */
export interface Charge {
  /**
   * Charges a change before it is written, even if less is left: the debt rejects later requests. So a long list is not
   * left half done, and no request is too large for an unused quota.
   * @returns undoes it, if the change is not written
   * @throws Failure `rate_limited` if it would be the first change of the request while the quota is in debt; then nothing is charged
   */
  readonly add: (written: WrittenAmount) => () => void
  /** Refunds what was charged in advance and not used. At least one is charged for each request. */
  readonly settle: () => void
}

/** A quota that a request is charged to. */
export interface ChargedQuota {
  readonly quota: Quota
  /** The key in that quota. */
  readonly name: string
  /** What was charged in advance. */
  readonly charged: number
  /** Converts written changes to units of the quota. */
  readonly unitsOf: (written: WrittenAmount) => number
}

export function openCharge(quotas: readonly ChargedQuota[]): Charge {
  let total: WrittenAmount = { changes: 0, bytes: 0 }
  let rejected: unknown
  const counted = quotas.map(({ charged }) => charged)
  const count = (dueOf: (one: ChargedQuota) => number) => {
    for (const [n, one] of quotas.entries()) {
      const [due, before = 0] = [dueOf(one), counted[n]]
      if (due === before) continue
      one.quota.refund(one.name, before - due)
      counted[n] = due
    }
  }
  const add = (sign: 1 | -1, { changes, bytes }: WrittenAmount) => {
    total = { changes: total.changes + sign * changes, bytes: total.bytes + sign * bytes }
    count(({ charged, unitsOf }) => Math.max(charged, unitsOf(total)))
  }
  const assertNothingOwed = () => {
    try {
      for (const { quota, name } of quotas) quota.assertNothingOwed(name)
    } catch (error) {
      rejected = error
      count(() => 0)
    }
  }
  return {
    add(written) {
      if (written.changes === 0) return () => {}
      if (total.changes === 0 && rejected === undefined) assertNothingOwed()
      if (rejected !== undefined) throw rejected
      add(1, written)
      return () => add(-1, written)
    },
    settle() {
      if (rejected === undefined) count(({ unitsOf }) => Math.max(1, unitsOf(total)))
    },
  }
}
