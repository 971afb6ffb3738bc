import { assertMayReadProjects, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import type { Projects } from '../sources/projects.ts'

/**
 * The projects that an observer may attach, newest first; the caller's own unless `whose` says otherwise.
 * @throws Failure `unauthenticated`, `forbidden`; `not_found` where there is no projects service; `upstream` where it does not answer
 */
export async function listProjects(observerId: ObserverId | undefined, actor: Actor, projects: Projects | undefined): Promise<readonly Project[]> {
  assertSignedIn(actor)
  const observer = observerId ?? actor.id
  assertMayReadProjects(actor, observer)
  if (!projects) throw new Failure('not_found', 'No projects service is configured here.')
  // ISO 8601 sorts as text; whatever else the service may have written at least keeps one place.
  return (await projects.ofObserver(observer)).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0))
}
