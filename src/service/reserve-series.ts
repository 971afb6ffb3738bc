import { isTrusted } from '../domain/access.ts'
import { type Interval, MINUTE } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, ReservationId } from '../domain/reservation.ts'
import { idInSeries, inSeries, type NightOutcome, type NightProblem, type SeriesId } from '../domain/series.ts'
import type { Site, SiteCode } from '../domain/site.ts'
import type { StartRule } from '../domain/start-rule.ts'
import { yieldToEventLoop } from '../concurrency.ts'
import type { ServiceContext } from './context.ts'
import { decideNights, type NightDecision, scopeOfAll, type SeriesOptions } from './night-decisions.ts'
import { assertSeriesFits, siteForNights, startOf } from './series-nights.ts'
import { assertMayReserve, decideReserve, reserveScope, type WriteResult } from './reserve.ts'

/** A series that is asked for: a reservation in each of some nights. */
export interface ProposedSeries {
  readonly id: SeriesId
  readonly site: SiteCode
  /** The dates of the nights, each once. */
  readonly nights: readonly string[]
  readonly start: StartRule
  readonly minutes: number
  /** The reservation of a night. */
  readonly proposedIn: (id: ReservationId, interval: Interval) => Reservation
}

/**
 * Creates the reservations of a series in one change. The same series of the same caller is a retry, and gets the same answer;
 * one with more nights gets those as well.
 * @returns what became of each night, by date
 * @throws SeriesRefused if a night is refused and they are not skipped; Failure as `reserve`
 */
export async function reserveSeries(
  series: ProposedSeries,
  actor: Actor,
  options: Omit<SeriesOptions, 'mayOverride'> & { readonly override: boolean },
  context: ServiceContext,
): Promise<readonly NightOutcome<WriteResult>[]> {
  assertSeriesFits(series.nights.length, context)
  const site = siteForNights(series.site, context)
  const planned = await planNights(series, site)
  const proposals = planned.flatMap(({ proposed }) => (typeof proposed === 'string' ? [] : proposed))
  for (const proposed of proposals) assertMayReserve(proposed, actor, options)
  return context.store.change(
    scopeOfAll(proposals.map((proposed) => reserveScope(proposed, actor, options, context))),
    (snapshot) => {
      const decisions = planned.map(({ night, proposed }): NightDecision<WriteResult> => ({
        night,
        decide:
          typeof proposed === 'string'
            ? proposed
            : (current) => decideReserve(proposed, actor, options, current, context),
      }))
      return decideNights(decisions, snapshot, { ...options, mayOverride: isTrusted(actor) })
    },
  )
}

/** The reservation of each night. Each night is computed in its own turn of the event loop. */
async function planNights({ id, nights, start: rule, minutes, proposedIn }: ProposedSeries, site: Site) {
  const planned: { readonly night: string; readonly proposed: Reservation | (NightProblem & string) }[] = []
  for (const date of nights.toSorted()) {
    if (planned.length > 0) await yieldToEventLoop()
    const start = startOf({ site, date }, rule)
    const proposed =
      typeof start === 'string'
        ? start
        : inSeries(proposedIn(idInSeries(id, date), { start, end: start + minutes * MINUTE }), id)
    planned.push({ night: date, proposed })
  }
  return planned
}
