import { isTrusted } from '../domain/access.ts'
import { Conflict, conflictingWith } from '../domain/conflict.ts'
import { assertReservable } from '../domain/enclosure.ts'
import { type BrokenRule, type RuleCode, RulesBroken } from '../domain/objection.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, Stored } from '../domain/reservation.ts'
import type { Snapshot } from '../store/port.ts'
import type { ServiceContext } from './context.ts'
import { brokenBy } from './rules.ts'

/** Who changes a reservation, and whether they override the objections. */
interface Request {
  readonly actor: Actor
  readonly override: boolean
}

/** The objections that a change was committed in spite of. */
export interface AcceptedObjections {
  /** The conflicting reservations. */
  readonly overlapping: readonly Stored[]
  /** The codes of the broken rules. */
  readonly overridden: readonly RuleCode[]
}

/**
 * Checks that the time of a proposed reservation is free, and the rules.
 * @param before the reservation that `proposed` replaces
 * @returns the objections that `override` or the policy `warn` let through
 * @throws Conflict, RulesBroken; Failure `malformed` for anything but maintenance at an enclosure
 */
export function assertAllowed(
  proposed: Reservation,
  snapshot: Snapshot,
  { before, actor, override }: Request & { readonly before?: Reservation | undefined },
  context: ServiceContext,
): AcceptedObjections {
  const { sites, conflictPolicy } = context
  assertReservable(proposed, sites, before)
  const overlapping = conflictingWith(proposed, snapshot.overlapping, before, sites)
  const broken = brokenBy({ before, after: proposed }, actor, snapshot.ofObservers, context)
  const isTaken = overlapping.length > 0 && conflictPolicy === 'deny' && !override
  const conflict = isTaken ? conflictOf(proposed, overlapping, snapshot) : undefined
  const overridden = overriddenCodes(broken, proposed, { actor, override }, conflict)
  if (conflict) throw conflict
  return { overlapping, overridden }
}

/** The conflict of a proposed reservation with those of a snapshot that it overlaps. */
export const conflictOf = (proposed: Reservation, overlapping: readonly Stored[], { isComplete }: Snapshot): Conflict =>
  new Conflict(
    proposed,
    overlapping.map(({ reservation }) => reservation),
    { hasMore: !isComplete },
  )

/**
 * Checks the rules for deleting a reservation.
 * @returns the codes of the rules that `override` let through
 * @throws RulesBroken
 */
export const assertDeletable = (before: Reservation, request: Request, context: ServiceContext): readonly RuleCode[] =>
  overriddenCodes(brokenBy({ before }, request.actor, [], context), before, request)

/** The codes of broken rules, each once, if they are overridden. @throws RulesBroken */
function overriddenCodes(
  broken: readonly BrokenRule[],
  reservation: Reservation,
  { actor, override }: Request,
  conflict?: Conflict,
): readonly RuleCode[] {
  if (broken.length > 0 && !override)
    throw new RulesBroken(reservation, broken, { conflict, overridable: isTrusted(actor) })
  return [...new Set(broken.map(({ code }) => code))]
}
