import { type Instant, type Interval, MAX_INSTANT } from './interval.ts'
import type { Night } from './night.ts'
import { BOUND_KINDS, isAllowedLength, type Rules } from './rules.ts'

/** Why a site has nothing to offer. `rules` is the past too. */
export const REASONS = ['taken', 'closed', 'not_dark', 'target_low', 'moon', 'rules', 'unknown_site'] as const
export type Reason = (typeof REASONS)[number]

/** A part of one night that can be reserved. */
export interface FreeInterval extends Interval {
  readonly night: Night
}

/**
 * Where a reservation of a length may lie by the rules, wherever in there it starts: from now and the notice on, and as far
 * ahead as the horizon. Undefined if there is no such time, or neither kind may have this length.
 */
export function bookableTime(rules: Rules, length: number, now: Instant): Interval | undefined {
  const { lengths = {}, notice = 0, horizon } = rules
  const start = now + notice
  const end = horizon === undefined ? MAX_INSTANT : now + horizon + length
  const isAllowed = BOUND_KINDS.some((kind) => isAllowedLength(lengths[kind] ?? {}, length))
  return isAllowed && start < end ? { start, end } : undefined
}
