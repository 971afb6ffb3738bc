import { assertTrusted } from '../domain/access.ts'
import { Conflict } from '../domain/conflict.ts'
import { Failure } from '../domain/failure.ts'
import { durationOf, type Instant, type Interval, MINUTE } from '../domain/interval.ts'
import { RulesBroken } from '../domain/objection.ts'
import type { Actor } from '../domain/observer.ts'
import { requireRow, type Reservation, type ReservationId, type Stored } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { conflictOf } from './assert-allowed.ts'
import { amendScope, type Amendment, decideAmend } from './amend.ts'
import type { ServiceContext } from './context.ts'
import { nearestFreeTime, NIGHTS } from './suggest-free-time.ts'

/** The maximal number of moves in one call. */
export const MAX_MOVES = 200
/** No further move is begun after this long. */
const TIMEOUT_MS = 20_000
/** How often another free time is looked for when one has been taken meanwhile. */
const MAX_ATTEMPTS = 3

/** Where a reservation is to be moved; its length stays. */
export interface Move {
  readonly id: ReservationId
  /** Undefined: the nearest free dark time. */
  readonly start: Instant | undefined
  /** Undefined: the site at which it is. */
  readonly site: SiteCode | undefined
}

/** What became of a move. A reservation that is there already is `moved`, and not written again. */
export type MoveOutcome =
  | { readonly id: ReservationId; readonly status: 'moved'; readonly written: Stored }
  | { readonly id: ReservationId; readonly status: 'not_found' | 'finished' }
  | { readonly id: ReservationId; readonly status: 'refused'; readonly failure: Failure }

/** Where a reservation is to go. */
type MoveDestination = Interval & { readonly site: SiteCode }

export interface MoveOptions {
  /** Returns the moved reservation. Pure. */
  readonly movedTo: (before: Reservation, destination: MoveDestination) => Reservation
  /** Whether rules that would be broken are overridden. Conflicts never are. */
  readonly overridesRules: boolean
}

/**
 * Moves reservations one after the other, in the order given, each in a change of its own.
 * @returns what became of each, in order
 * @throws Failure `unauthenticated`, `forbidden`; `unavailable`, with nothing moved
 */
export async function moveReservations(
  moves: readonly Move[],
  options: MoveOptions,
  actor: Actor,
  context: ServiceContext,
): Promise<readonly MoveOutcome[]> {
  assertTrusted(actor)
  const deadline = performance.now() + TIMEOUT_MS
  const outcomes: MoveOutcome[] = []
  for (const move of moves) {
    const isLate = performance.now() > deadline
    const outcome = isLate ? refusal(move, noTimeLeft()) : await moveOne(move, options, actor, context)
    // If nothing has been moved, the call may fail as a whole.
    if (
      'failure' in outcome &&
      outcome.failure.code === 'unavailable' &&
      outcomes.every(({ status }) => status !== 'moved')
    )
      throw outcome.failure
    outcomes.push(outcome)
  }
  return outcomes
}

const noTimeLeft = () => new Failure('busy', 'There was no time left; please send it again.')

const refusal = ({ id }: Move, failure: Failure): MoveOutcome => ({ id, status: 'refused', failure })

async function moveOne(move: Move, options: MoveOptions, actor: Actor, context: ServiceContext): Promise<MoveOutcome> {
  const { id } = move
  for (let attempts = 1; ; attempts += 1) {
    try {
      const before = requireRow({ id }, await context.store.find(id))
      if (before.reservation.end <= context.now()) return { id, status: 'finished' }
      const destinations = await destinationsFor(move, before.reservation, context)
      return { id, status: 'moved', written: await moveToFirst(destinations, before, options, actor, context) }
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (error.code === 'not_found') return { id, status: 'not_found' }
      const mayBeElsewhere = error.code === 'stale' || (error instanceof Conflict && move.start === undefined)
      if (!mayBeElsewhere || attempts === MAX_ATTEMPTS) return refusal(move, error)
    }
  }
}

/** Moves a reservation to the first of some destinations that the rules allow. @throws Failure as `amend`, for the last destination */
async function moveToFirst(
  [destination, ...others]: readonly MoveDestination[],
  before: Stored,
  options: MoveOptions,
  actor: Actor,
  context: ServiceContext,
): Promise<Stored> {
  if (!destination)
    throw new Failure('conflict', `There is no free dark time within ${NIGHTS} nights; please name a start.`)
  try {
    return await moveTo(destination, before, options, actor, context)
  } catch (error) {
    if (!(error instanceof RulesBroken) || others.length === 0) throw error
    return moveToFirst(others, before, options, actor, context)
  }
}

/** Moves a reservation, if it has not changed since it was read. @throws Failure as `amend` */
async function moveTo(
  destination: MoveDestination,
  { reservation, revision }: Stored,
  { movedTo, overridesRules }: MoveOptions,
  actor: Actor,
  context: ServiceContext,
): Promise<Stored> {
  const { id, site, start, end } = reservation
  if (destination.site === site && destination.start === start && destination.end === end)
    return { reservation, revision }
  const amendment: Amendment = {
    reference: { id },
    change: (before) => movedTo(before, destination),
    override: overridesRules,
    expected: [revision],
  }
  return context.store.change(amendScope(amendment, actor, context), (snapshot) => {
    const decision = decideAmend(amendment, actor, snapshot, context)
    const { reservation: after, overlapping } = decision.answer
    if (overlapping.length > 0) throw conflictOf(after, overlapping, snapshot)
    return decision
  })
}

/** Where a move may go: where the caller says, or to free dark times, the nearest first. @throws Failure `malformed`, `busy` */
async function destinationsFor(
  { start, site }: Move,
  before: Reservation,
  context: ServiceContext,
): Promise<MoveDestination[]> {
  const wanted = { ...before, site: site ?? before.site }
  const starts = start === undefined ? await freeStarts(wanted, context) : [start]
  return starts.map((from) => ({ site: wanted.site, start: from, end: from + durationOf(before) }))
}

async function freeStarts(wanted: Reservation, context: ServiceContext): Promise<Instant[]> {
  if (!context.sites.has(wanted.site)) {
    const message = `start is required at ${wanted.site}, whose position is not known`
    throw new Failure('malformed', `Error: ${message}`, [{ field: 'start', message }])
  }
  // Under no id, so that the time that it has now counts as taken.
  const free = await nearestFreeTime({ ...wanted, id: '' }, true, context)
  if (!free) throw new Failure('busy', 'Finding free time took too long.')
  return [free.after, free.before]
    .flatMap((interval) => (interval ? startIn(interval, wanted) : []))
    .toSorted((a, b) => Math.abs(a - wanted.start) - Math.abs(b - wanted.start))
}

/** The start in a free interval that is nearest to a wanted one; on a full minute if it fits. */
function startIn({ start, end }: Interval, wanted: Interval): Instant {
  const latest = end - durationOf(wanted)
  const nearest = Math.min(Math.max(start, wanted.start), latest)
  const onMinute = (nearest === latest ? Math.floor : Math.ceil)(nearest / MINUTE) * MINUTE
  return start <= onMinute && onMinute <= latest ? onMinute : nearest
}
