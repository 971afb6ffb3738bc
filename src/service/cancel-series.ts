import { assertMayOverride, isTrusted } from '../domain/access.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, Stored } from '../domain/reservation.ts'
import type { NightOutcome } from '../domain/series.ts'
import { cancelScope, decideCancel } from './cancel.ts'
import type { ServiceContext } from './context.ts'
import { changeMembers, findMembers, type SeriesPart } from './series-members.ts'

/**
 * Deletes the reservations of a series in one change. Their histories stay, so `restore` can bring each back.
 * @throws SeriesRefused if one is refused; Failure `not_found`, `unauthenticated`, `forbidden`
 */
export async function cancelSeries(
  part: SeriesPart,
  actor: Actor,
  { dryRun, override }: { readonly dryRun: boolean; readonly override: boolean },
  context: ServiceContext,
): Promise<readonly NightOutcome<Reservation>[]> {
  assertMayOverride(actor, override)
  const found = await findMembers(part, actor, context)
  const cancellationOf = ({ reservation: { id } }: Stored) => ({ reference: { id }, override })
  return changeMembers(found, part, { dryRun, mayOverride: isTrusted(actor) }, context, {
    scopeOf: (one) => cancelScope(cancellationOf(one)),
    decide: (one) => (snapshot) => decideCancel(cancellationOf(one), actor, snapshot, context),
  })
}
