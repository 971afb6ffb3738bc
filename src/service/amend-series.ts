import { assertMayOverride, isTrusted } from '../domain/access.ts'
import { applicableRules } from '../domain/broken-rules.ts'
import { durationOf, type Interval, MINUTE } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, Stored } from '../domain/reservation.ts'
import type { NightOutcome } from '../domain/series.ts'
import type { SiteCode } from '../domain/site.ts'
import type { StartRule } from '../domain/start-rule.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import { amendScope, type Amendment, decideAmend } from './amend.ts'
import type { ServiceContext } from './context.ts'
import type { WriteResult } from './reserve.ts'
import { changeMembers, findMembers, type SeriesPart } from './series-members.ts'
import { nightOf, siteForNights, startOf } from './series-nights.ts'

/** A change of a part of a series. */
export interface SeriesAmendment extends SeriesPart {
  /** When each starts in the night in which it is now; undefined: as it does now. */
  readonly start: StartRule | undefined
  /** Their new length; undefined: as it is now. */
  readonly minutes: number | undefined
  readonly site: SiteCode | undefined
  /** Returns the amended reservation. Pure; keeps `id` and `observer`. */
  readonly change: (before: Reservation, interval: Interval) => Reservation
  readonly override: boolean
}

/**
 * Changes the reservations of a series in one change, which each of them records.
 * @throws SeriesRefused if one is refused; Failure `not_found`, `unauthenticated`, `forbidden`, `malformed`, `too_large`
 */
export async function amendSeries(
  amendment: SeriesAmendment,
  actor: Actor,
  { dryRun }: { readonly dryRun: boolean },
  context: ServiceContext,
): Promise<readonly NightOutcome<WriteResult>[]> {
  assertMayOverride(actor, amendment.override)
  if (amendment.site !== undefined && amendment.start) siteForNights(amendment.site, context)
  const found = await findMembers(amendment, actor, context)
  const intervalOf = intervalsFor(amendment, context)
  // Computed before the change, which decides on all of them in one turn of the event loop.
  for (const { reservation } of found) {
    intervalOf(reservation)
    await yieldToEventLoop()
  }
  const amendmentOf = ({ reservation: { id } }: Stored): Amendment => ({
    reference: { id },
    change: (before) => {
      const interval = intervalOf(before)
      return typeof interval === 'string' ? before : amendment.change(before, interval)
    },
    override: amendment.override,
  })
  return changeMembers(found, amendment, { dryRun, mayOverride: isTrusted(actor) }, context, {
    uncounted(one) {
      const after = amendmentOf(one).change(one.reservation)
      return applicableRules({ before: one.reservation, after }) === 'all' ? undefined : after
    },
    scopeOf: (one) => amendScope(amendmentOf(one), actor, context),
    decide(one) {
      const interval = intervalOf(one.reservation)
      if (typeof interval === 'string') return interval
      return (snapshot) => decideAmend(amendmentOf(one), actor, snapshot, context)
    },
  })
}

type NewInterval = Interval | 'no_such_night' | 'no_such_time'

/** A function for the interval of a reservation after an amendment of its series, or why there is none. It computes each once. */
function intervalsFor({ start: rule, minutes, site }: SeriesAmendment, context: ServiceContext) {
  const known = new Map<string, NewInterval>()
  const compute = (before: Reservation): NewInterval => {
    const start = rule
      ? startOf({ site: siteForNights(site ?? before.site, context), date: nightOf(before, context) }, rule)
      : before.start
    if (typeof start === 'string') return start
    return { start, end: start + (minutes === undefined ? durationOf(before) : minutes * MINUTE) }
  }
  return (before: Reservation): NewInterval => {
    const key = JSON.stringify([before.site, before.start, before.end])
    const interval = known.get(key) ?? compute(before)
    known.set(key, interval)
    return interval
  }
}
