import { assertMayOverride, assertMayTouch, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, ReservationId, Revision, Stored } from '../domain/reservation.ts'
import { assertFree, assertNotOnTwin, changeOf, placeOf } from './change.ts'
import type { Made } from './reserve.ts'
import { suggesting } from './suggest.ts'
import type { World } from './world.ts'

/**
 * The revisions of a reservation, oldest first, for whose it is, admins and services.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`
 */
export async function historyOf(id: ReservationId, by: Actor, world: World): Promise<Revision[]> {
  assertSignedIn(by)
  const history = await world.store.history(id)
  if (history.length === 0) throw new Failure('not_found', 'There is no such event.')
  assertMayTouch(by, lastOf(history))
  return history
}

/**
 * Brings a reservation back to how a revision left it, under the same conflict rule as any other change.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`, `conflict`; `malformed` for the revision that deleted it
 */
export async function restore(
  { id, number, override }: { id: ReservationId; number: number; override: boolean },
  by: Actor,
  world: World,
): Promise<Made> {
  assertSignedIn(by)
  // Revisions are never changed, so what is to be restored can be read beforehand.
  const wanted = revisionOf(await world.store.history(id), number)
  const change = world.store.change({ named: [id], around: () => [placeOf(wanted)] }, (standing) => {
    const history = standing.history(id)
    assertMayTouch(by, lastOf(history))
    assertMayOverride(by, override)
    const stored = whatBecameOf(number, history, standing.named(id))
    const before = stored && { before: stored.reservation }
    const after = { ...wanted, modified: world.now() }
    assertNotOnTwin(after, stored, standing.named(id))
    const across = assertFree(after, standing, { ...before, override, policy: world.conflicts })
    const changes = [changeOf({ ...(stored && { before: stored }), after }, { by, via: 'restore', across }, world)]
    return { changes, answer: { reservation: after, revision: standing.nextRevision(id), across } }
  })
  return suggesting(world, change)
}

function lastOf(history: readonly Revision[]): Reservation {
  const last = history.at(-1)
  const reservation = last?.after ?? last?.before
  if (!reservation) throw new Failure('not_found', 'There is no such event.')
  return reservation
}

function revisionOf(history: readonly Revision[], number: number): Reservation {
  const revision = history.find((one) => one.number === number)
  if (!revision) throw new Failure('not_found', history.length > 0 ? 'There is no such revision.' : 'There is no such event.')
  if (!revision.after) throw new Failure('malformed', 'Error: that revision deleted the event; restore the one before it')
  return revision.after
}

/** What one row went through: its starts so far, and the one it stands at unless it is deleted. */
interface Life {
  readonly starts: Set<number>
  now: number | undefined
}

/**
 * The row that revision `number` left, as it stands now, if it does. An id can stand at two starts (rows of the
 * original), each with its own past in one history. At any time their starts differ, so each can be followed from
 * revision to revision; a deleted one comes back at a start it has had.
 */
function whatBecameOf(number: number, history: readonly Revision[], standing: readonly Stored[]): Stored | undefined {
  const lives: Life[] = []
  let wanted: Life | undefined
  for (const { number: current, before, after } of history) {
    const known = lives.find((life) => (before ? life.now === before.start : life.now === undefined && after && life.starts.has(after.start)))
    const life = known ?? { starts: new Set(before && [before.start]), now: undefined }
    if (!known) lives.push(life)
    life.now = after?.start
    if (after) life.starts.add(after.start)
    if (current === number) wanted = life
  }
  return standing.find(({ reservation }) => reservation.start === wanted?.now)
}
