import { assertMayModifyUnauthenticated, isTrusted, mayModifyUnauthenticated } from '../domain/access.ts'
import { MIN_INSTANT, type Instant } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import type { Reservation, ReservationId } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { changeOf, inBatches } from './commit.ts'
import type { ServiceContext } from './context.ts'

/**
 * Deletes the reservations of the LCO scheduler at a site that start after `cutoff`, in several changes if there are many.
 * @returns the projects of the deleted reservations, each once
 * @throws Failure `unauthenticated` under the strict guard
 */
export async function expireLco(
  site: SiteCode,
  cutoff: Instant,
  actor: Actor,
  context: ServiceContext,
): Promise<Project[]> {
  assertMayModifyUnauthenticated(actor, context.writeGuard)
  const isExpired = (reservation: Reservation) =>
    reservation.origin === 'lco' &&
    reservation.site === site &&
    reservation.start > cutoff &&
    mayModifyUnauthenticated(actor, reservation, context.now())
  const ids = new Set<ReservationId>()
  const planned = { site, startingAfter: cutoff, endingAfter: isTrusted(actor) ? MIN_INSTANT : context.now() }
  for await (const chunk of context.store.planned(planned)) for (const id of chunk) ids.add(id)
  const projects = new Map<string, Project>()
  await inBatches([...ids], context.store.bulk, async (batch) => {
    const projectsOfBatch = await context.store.change({ ids: batch }, (snapshot) => {
      const removedRows = batch.flatMap((id) => snapshot.rows(id)).filter(({ reservation }) => isExpired(reservation))
      const changes = removedRows.map((before) =>
        changeOf({ before }, { by: actor, via: 'expire-lco' }, snapshot, context),
      )
      return { changes, answer: removedRows.flatMap(({ reservation: { project } }) => project ?? []) }
    })
    for (const project of projectsOfBatch) projects.set(JSON.stringify([project.name, project.createdAt]), project)
    return []
  })
  return [...projects.values()]
}
