import { assertMayModify, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { Reservation, Stored } from '../domain/reservation.ts'
import { isInSeries, type NightOutcome, type SeriesId } from '../domain/series.ts'
import type { Scope, Snapshot } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { decideNights, type NightDecision, scopeOfAll, type SeriesOptions } from './night-decisions.ts'
import { nightOf } from './series-nights.ts'

/** The reservations of a series from a night on. Those that have ended are left as they are. */
export interface SeriesPart {
  readonly id: SeriesId
  readonly observer: ObserverId
  readonly fromNight: string
}

/**
 * The reservations in a part of a series.
 * @throws Failure `unauthenticated`, `forbidden`; `not_found` if there are none; `malformed` if they are too many
 */
export async function findMembers(part: SeriesPart, actor: Actor, context: ServiceContext): Promise<readonly Stored[]> {
  assertSignedIn(actor)
  assertMayModify(actor, part)
  const isMember = memberTest(part, context)
  const query = { observer: part.observer, endingFrom: context.now() }
  const listed = await context.store.list(query, (stored) => (isMember(stored.reservation) ? stored : undefined))
  const found = listed.filter((stored) => stored !== undefined)
  const max = context.store.maxSeries
  if (found.length === 0) throw noSuchSeries()
  if (found.length > max) throw tooManyMembers(max)
  return found
}

function tooManyMembers(max: number): Failure {
  const message = `at most ${max} nights can be changed at once; please name a later night`
  return new Failure('malformed', `Error: ${message}`, [{ field: 'from_night', message }])
}

const noSuchSeries = () =>
  new Failure('not_found', 'There is no such series with reservations from that night on that have not ended.')

/** Whether a reservation is in a part of a series now. */
function memberTest({ id, observer, fromNight }: SeriesPart, context: ServiceContext) {
  const now = context.now()
  return (reservation: Reservation): boolean =>
    isInSeries(reservation, id) &&
    reservation.observer === observer &&
    reservation.end > now &&
    nightOf(reservation, context) >= fromNight
}

/** What a change does to each reservation of a series. */
interface MemberWork<Written> {
  readonly scopeOf: (one: Stored) => Scope
  readonly decide: (one: Stored) => NightDecision<Written>['decide']
  readonly uncounted?: (one: Stored) => NightDecision<Written>['uncounted']
}

/** Changes those of the members found that are still members, all or none. */
export function changeMembers<Written>(
  found: readonly Stored[],
  part: SeriesPart,
  options: Omit<SeriesOptions, 'skipsRefused'>,
  context: ServiceContext,
  { scopeOf, decide, uncounted }: MemberWork<Written>,
): Promise<readonly NightOutcome<Written>[]> {
  const byStart = (a: Stored, b: Stored) => a.reservation.start - b.reservation.start
  return context.store.change(scopeOfAll(found.map(scopeOf)), (snapshot: Snapshot) => {
    const isMember = memberTest(part, context)
    const members = found
      .flatMap(({ reservation: { id } }) => snapshot.rows(id))
      .filter(({ reservation }) => isMember(reservation))
      .toSorted(byStart)
    if (members.length === 0) throw noSuchSeries()
    const decisions = members.map((before): NightDecision<Written> => ({
      night: nightOf(before.reservation, context),
      before,
      uncounted: uncounted?.(before),
      decide: decide(before),
    }))
    return decideNights(decisions, snapshot, { ...options, skipsRefused: false })
  })
}
