import { assertMayTidy, isTrusted, mayTidy } from '../domain/access.ts'
import { BEGINNING, type Instant } from '../domain/interval.ts'
import type { Actor } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import type { Reservation, ReservationId } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { changeOf, inPieces } from './change.ts'
import type { World } from './world.ts'

/**
 * Removes what the LCO scheduler had planned at a site from after `cutoff` on, in as many changes as it takes.
 * @returns the projects of what was removed, each once
 * @throws Failure `unauthenticated` under the strict guard
 */
export async function expireLco(site: SiteCode, cutoff: Instant, by: Actor, world: World): Promise<Project[]> {
  assertMayTidy(by, world.guard)
  const expired = (reservation: Reservation) =>
    reservation.origin === 'lco' && reservation.site === site && reservation.start > cutoff && mayTidy(by, reservation, world.now())
  const ids = new Set<ReservationId>()
  const planned = { site, startingAfter: cutoff, endingAfter: isTrusted(by) ? BEGINNING : world.now() }
  for await (const piece of world.store.planned(planned)) for (const id of piece) ids.add(id)
  const projects = new Map<string, Project>()
  await inPieces([...ids], world.store.bulk, async (named) => {
    const removed = await world.store.change({ named }, (now) => {
      const gone = named.flatMap((id) => now.named(id)).filter(({ reservation }) => expired(reservation))
      const changes = gone.map((before) => changeOf({ before }, { by, via: 'expire-lco' }, now, world))
      return { changes, answer: gone.flatMap(({ reservation: { project } }) => project ?? []) }
    })
    for (const project of removed) projects.set(JSON.stringify([project.name, project.createdAt]), project)
    return []
  })
  return [...projects.values()]
}
