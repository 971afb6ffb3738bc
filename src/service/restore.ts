import { assertMayAmend, assertMayOverride, assertMayTouch, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import { isMadeHere } from '../domain/lineage.ts'
import type { Actor } from '../domain/observer.ts'
import type { Reservation, ReservationId, Stored } from '../domain/reservation.ts'
import type { Decision, Standing } from '../store/store.ts'
import { assertFree, assertNotOnTwin, changeOf, placeOf, seeing } from './change.ts'
import { type Past, pastNow, readPast } from './past.ts'
import type { Made } from './reserve.ts'
import { suggesting } from './suggest.ts'
import type { World } from './world.ts'

interface Restoring {
  readonly id: ReservationId
  readonly number: number
  readonly override: boolean
}

/**
 * Brings a reservation back to how a revision left it, under the same conflict rule as any other change.
 * @throws Failure `unauthenticated`, `forbidden`, `not_found`, `conflict`; `malformed` for the revision that deleted it
 */
export async function restore(restoring: Restoring, by: Actor, world: World): Promise<Made> {
  assertSignedIn(by)
  const { id, override } = restoring
  assertMayOverride(by, override)
  // Revisions are never changed, so what is to be restored can be read beforehand; and whose it is.
  const wanted = await wantedOf(restoring, world)
  assertMayTouch(by, wanted)
  const [first] = await world.store.history(id, { most: 1 })
  let past = isMadeHere(first) ? undefined : await readPast(id, world.store)
  for (;;) {
    const change = world.store.change({ named: [id], around: () => [placeOf(wanted)], ...seeing(override, world) }, (standing): Decision<Made | undefined> => {
      const subject = subjectOf(restoring, standing, past)
      return subject ? restored(wanted, subject, restoring, standing, by, world) : { changes: [], answer: undefined }
    })
    const made = await suggesting(world, change)
    if (made) return made
    past = await readPast(id, world.store)
  }
}

/** What is restored: how it stands, where it does, and what it was last. */
interface Subject {
  readonly stored: Stored | undefined
  readonly last: Reservation
}

/** Undefined where the past that has been read beforehand does not say it. */
function subjectOf({ id, number }: Restoring, standing: Standing, past: Past | undefined): Subject | undefined {
  const rows = standing.named(id)
  if (past) {
    const now = pastNow(id, past, standing)
    const life = now?.lives.find(({ revisions }) => revisions.has(number))
    if (!now || !life) return undefined
    return { stored: rows.find(({ reservation }) => reservation.start === life.now), last: life.last }
  }
  const [newest] = standing.history(id, { most: 1, newest: true })
  const last = newest?.after ?? newest?.before
  return rows.length > 1 || !last ? undefined : { stored: rows[0], last }
}

function restored(wanted: Reservation, { stored, last }: Subject, { id, override }: Restoring, standing: Standing, by: Actor, world: World): Decision<Made> {
  // Of two that stand under one id, another's may have come last: what counts is what became of this one.
  assertMayAmend(by, stored?.reservation ?? last, wanted)
  const before = stored && { before: stored.reservation }
  const after = { ...wanted, modified: world.now() }
  assertNotOnTwin(after, stored, standing.named(id))
  const across = assertFree(after, standing, { ...before, override, policy: world.conflicts })
  const change = changeOf({ ...(stored && { before: stored }), after }, { by, via: 'restore', across }, standing, world)
  return { changes: [change], answer: { reservation: after, revision: standing.nextRevision(id), across } }
}

async function wantedOf({ id, number }: Restoring, { store }: World): Promise<Reservation> {
  const [revision] = await store.history(id, { after: number - 1, most: 1 })
  if (revision?.number !== number) {
    const known = revision ?? (await store.history(id, { most: 1 }))[0]
    throw new Failure('not_found', known ? 'There is no such revision.' : 'There is no such event.')
  }
  if (!revision.after) throw new Failure('malformed', 'Error: that revision deleted the event; restore the one before it')
  return revision.after
}
