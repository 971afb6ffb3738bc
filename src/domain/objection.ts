import type { Conflict } from './conflict.ts'
import { Failure } from './failure.ts'
import type { Reservation } from './reservation.ts'

/** A broken rule, as objections name it. */
export type RuleCode =
  | 'length'
  | 'horizon'
  | 'notice'
  | 'cancel_notice'
  | 'darkness'
  | 'hours_per_night'
  | 'hours_per_7_nights'
  | 'upcoming'
  | 'one_at_a_time'

/** A rule that a change would break. */
export interface BrokenRule {
  readonly code: RuleCode
  /** One sentence. */
  readonly message: string
}

/** One reason to reject a change. */
export interface Objection {
  readonly code: RuleCode | 'conflict'
  /** One sentence. */
  readonly message: string
  /** Whether the caller may override it. */
  readonly overridable: boolean
}

/** A change was rejected because it breaks rules, and perhaps because its time is taken as well. */
export class RulesBroken extends Failure {
  /** The reservation that was asked for, or was to be deleted. */
  readonly reservation: Reservation
  readonly broken: readonly BrokenRule[]
  readonly conflict: Conflict | undefined
  /** Whether the caller may override all of it. */
  readonly overridable: boolean

  constructor(
    reservation: Reservation,
    broken: readonly BrokenRule[],
    { conflict, overridable }: { conflict?: Conflict | undefined; overridable: boolean },
  ) {
    super('rules', broken[0]?.message ?? 'The rules do not allow this.')
    this.reservation = reservation
    this.broken = broken
    this.conflict = conflict
    this.overridable = overridable
  }
}
