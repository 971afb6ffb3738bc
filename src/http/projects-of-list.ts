import { type Viewer, visibleTo } from '../domain/access.ts'
import type { Project } from '../domain/project.ts'
import type { Stored } from '../domain/reservation.ts'
import { jsonArray, sizeOfAll, type Written, writer } from '../json-bytes.ts'
import type { Projects } from '../sources/projects.ts'
import type { Query, Store } from '../store/port.ts'
import { eventOf } from '../wire/event.ts'
import { detailsVisibleTo } from '../wire/project-details.ts'
import { writeProjectId } from '../wire/project-id.ts'
import { assertListSize } from './json-list.ts'

/** From this size on (in bytes), a list waits for its turn to be put together. */
const LONG_BYTES = 1_000_000

/**
 * Reads a list of events with the details of their projects, as JSON. Each project is fetched once; one that is not found
 * never fails the list.
 *
 * The projects service may take seconds. So the projects are read first, and no events are in memory while it is asked.
 * @throws Failure like `Store.list`; `too_large` beyond 32 MB
 */
export async function withProjects(
  query: Query,
  viewer: Viewer,
  store: Pick<Store, 'list' | 'longLists'>,
  projects: Projects | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const details = detailsFor(viewer, projects)
  if (projects) await details.find(await store.list(query, ({ reservation: { project } }) => project))
  const write = writer()
  const begun = await store.list(query, (stored) => begin(stored, viewer, write))
  // Projects of events that were committed in between.
  await details.find(begun.map(({ project }) => project))
  const elements = begun.map(({ text, project }) => (project ? [text, ...details.endOf(project)] : text))
  const size = sizeOfAll(elements)
  assertListSize(size)
  const release = size > LONG_BYTES ? await store.longLists.acquire() : undefined
  return jsonArray(elements).finally(release)
}

/** The JSON of an event. If it has a project, it ends where the details follow. */
function begin({ reservation }: Stored, viewer: Viewer, write: (text: string) => Written) {
  const { project } = reservation
  const text = JSON.stringify(eventOf(visibleTo(viewer, reservation)))
  return { project, text: write(project ? `${text.slice(0, -1)},"project":` : text) }
}

/** The JSON of the details by project, encoded once for all its events. */
function detailsFor(viewer: Viewer, projects: Projects | undefined) {
  const write = writer()
  const [unknown, notRequested, closing] = ['"Project not found."', '"Project not looked up."', '}'].map(write) as [
    Written,
    Written,
    Written,
  ]
  const known = new Map<string, Written>()
  return {
    async find(batch: readonly (Project | undefined)[]): Promise<void> {
      const missing = new Map<string, Project>()
      for (const project of batch)
        if (project && !known.has(writeProjectId(project))) missing.set(writeProjectId(project), project)
      const found = projects && missing.size > 0 ? await projects.find([...missing.values()]) : []
      for (const [n, id] of [...missing.keys()].entries()) {
        const one = found[n]
        known.set(
          id,
          one === 'not_requested' ? notRequested : one ? write(JSON.stringify(detailsVisibleTo(viewer, one))) : unknown,
        )
      }
    },
    endOf: (project: Project): readonly Written[] => [known.get(writeProjectId(project)) ?? unknown, closing],
  }
}
