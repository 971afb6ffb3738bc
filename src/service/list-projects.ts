import { assertMayReadProjects, assertSignedIn } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Actor, ObserverId } from '../domain/observer.ts'
import type { Project } from '../domain/project.ts'
import type { Projects } from '../sources/projects.ts'

/**
 * The projects of an observer, newest first. The observer is the caller by default.
 * @throws Failure `unauthenticated`, `forbidden`; `not_found` without a projects service; `upstream` if that does not answer
 */
export async function listProjects(
  observerId: ObserverId | undefined,
  actor: Actor,
  projects: Projects | undefined,
): Promise<readonly Project[]> {
  assertSignedIn(actor)
  const observer = observerId ?? actor.id
  assertMayReadProjects(actor, observer)
  if (!projects) throw new Failure('not_found', 'No projects service is configured here.')
  // ISO 8601 sorts as text. Any other text that the service may have written gets a fixed position at least.
  return (await projects.ofObserver(observer)).toSorted((a, b) =>
    a.createdAt < b.createdAt ? 1 : a.createdAt > b.createdAt ? -1 : 0,
  )
}
