import { assertMayTidy, isTrusted, mayTidy } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor } from '../domain/observer.ts'
import { type Project, sameProject } from '../domain/project.ts'
import { assertAttachable, namedBy, type Reference, type ReservationId, type Stored } from '../domain/reservation.ts'
import type { Change, Standing } from '../store/store.ts'
import { changeOf, inPieces } from './change.ts'
import type { World } from './world.ts'

/** How many reservations whoever is not trusted may change in one call. */
export const MOST_GUARDED = 200

/** What became of one entry of a list. `finished`: it has ended and stays as it is. */
export interface Attached {
  readonly id: ReservationId
  readonly status: 'updated' | 'not_found' | 'finished'
}

/**
 * Attaches a project to reservations, or takes off (`undefined`) what they have. No reservation moves, so nothing
 * can conflict.
 * @returns one entry for each reference, in order
 * @throws Failure `unauthenticated` under the strict guard; `malformed` when the list is too long for who asks, or the
 *   project's id is; `too_large` when a reservation would be, and then none is changed
 */
export async function attachProject(
  project: Project | undefined,
  references: readonly Reference[],
  by: Actor,
  world: World,
): Promise<Attached[]> {
  assertMayTidy(by, world.guard)
  if (project) assertAttachable(project)
  if (references.length > MOST_GUARDED && !isTrusted(by)) {
    throw new Failure('malformed', `Error: at most ${MOST_GUARDED} events at a time`)
  }
  const inOrder = (apply: boolean) =>
    inPieces(references, world.store.together, (some) => {
      const named = [...new Set(some.map(({ id }) => id))]
      return world.store.change({ named }, (standing) => {
        const decision = attachSome(project, some, standing, by, world)
        return apply ? decision : { ...decision, changes: [] }
      })
    })
  // What takes several changes is tried first, so that one that is refused leaves all as they were.
  if (project && references.length > world.store.together) await inOrder(false)
  return inOrder(true)
}

function attachSome(project: Project | undefined, references: readonly Reference[], standing: Standing, by: Actor, world: World) {
  const changes = new Map<Stored, Change>()
  const seen = new Map(references.map(({ id }) => [id, standing.named(id)]))
  const answer = references.map((reference): Attached => {
    const rows = namedBy(reference, seen.get(reference.id) ?? [])
    const open = rows.filter(({ reservation }) => mayTidy(by, reservation, world.now()))
    for (const before of open) {
      if (sameProject(before.reservation.project, project)) continue
      const after = { ...before.reservation, project, modified: world.now() }
      changes.set(before, changeOf({ before, after }, { by, via: project ? 'attach-project' : 'detach-project' }, standing, world))
    }
    return { id: reference.id, status: rows.length === 0 ? 'not_found' : open.length === 0 ? 'finished' : 'updated' }
  })
  return { changes: [...changes.values()], answer }
}
