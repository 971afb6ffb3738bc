import type { DomainCalendar } from '../../src/client/domain/calendar.ts'

/** What the calendar objects to in a change. */
export type Objection = Awaited<ReturnType<DomainCalendar['checkReserve']>>['objections'][number]

/** What a caller has left of a quota. */
export type QuotaLeft = NonNullable<Awaited<ReturnType<DomainCalendar['siteRules']>>['left']>[number]

/** One thing that is known about a draft: `✓ Free until 01:30, then Li Wei`. */
export interface Check {
  /** `bad`: the calendar would refuse it. `unknown`: it is being found out. */
  readonly state: 'good' | 'warning' | 'bad' | 'unknown'
  /** What it begins with, in bold. */
  readonly strong: string
  readonly rest: string
}
