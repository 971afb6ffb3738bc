import { assertMayAmend, assertMayOverride, assertMayTouch, assertSignedIn, mayTouch } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { type Life, livesIn } from '../domain/lineage.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, ReservationId, Revision } from '../domain/reservation.ts'
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
  const lives = livesIn(history)
  if (!lives[0]) throw new Failure('not_found', 'There is no such event.')
  // Two rows of the original may stand under one id, and be of different observers.
  const theirs = lives.filter(({ last }) => mayTouch(by, last))
  if (theirs.length === 0) assertMayTouch(by, lives[0].last)
  return history.filter(({ number }) => theirs.some(({ revisions }) => revisions.has(number)))
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
    const { now, last } = lifeOf(number, history)
    const stored = standing.named(id).find(({ reservation }) => reservation.start === now)
    // Of two that stand under one id, another's may have come last: what counts is what became of this one.
    assertMayTouch(by, wanted)
    assertMayAmend(by, stored?.reservation ?? last, wanted)
    assertMayOverride(by, override)
    const before = stored && { before: stored.reservation }
    const after = { ...wanted, modified: world.now() }
    assertNotOnTwin(after, stored, standing.named(id))
    const across = assertFree(after, standing, { ...before, override, policy: world.conflicts })
    const changes = [changeOf({ ...(stored && { before: stored }), after }, { by, via: 'restore', across }, world)]
    return { changes, answer: { reservation: after, revision: standing.nextRevision(id), across } }
  })
  return suggesting(world, change)
}

function lifeOf(number: number, history: readonly Revision[]): Life {
  const life = livesIn(history).find(({ revisions }) => revisions.has(number))
  if (!life) throw new Failure('not_found', 'There is no such revision.')
  return life
}

function revisionOf(history: readonly Revision[], number: number): Reservation {
  const revision = history.find((one) => one.number === number)
  if (!revision) throw new Failure('not_found', history.length > 0 ? 'There is no such revision.' : 'There is no such event.')
  if (!revision.after) throw new Failure('malformed', 'Error: that revision deleted the event; restore the one before it')
  return revision.after
}
