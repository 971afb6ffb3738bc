import { type Viewer, visibleTo } from '../domain/access.ts'
import { Failure } from '../domain/failure.ts'
import type { Project } from '../domain/project.ts'
import type { Stored } from '../domain/reservation.ts'
import { jsonArray, sizeOfAll, type Written, writer } from '../json-bytes.ts'
import type { Projects } from '../sources/projects.ts'
import type { Query, Store } from '../store/port.ts'
import { eventOf } from '../wire/event.ts'
import { detailsVisibleTo } from '../wire/project-details.ts'
import { writeProjectId } from '../wire/project-id.ts'

/** The largest answer, and what is put together by few at a time, in bytes. */
const LARGEST = 32_000_000
const LONG = 1_000_000

/**
 * A list of which each event that has a project has its details too. Each distinct project is looked for once; what is
 * not found never fails the list.
 *
 * The projects service may take seconds, so first of all only it is looked which projects there are: nothing else is
 * in memory while it is asked.
 * @throws Failure as `Store.list` does; `too_large` past 32 MB
 */
export async function withProjects(query: Query, viewer: Viewer, store: Pick<Store, 'list' | 'longLists'>, projects: Projects | undefined): Promise<Uint8Array<ArrayBuffer>> {
  const details = detailsFor(viewer, projects)
  if (projects) await details.find(await store.list(query, ({ reservation: { project } }) => project))
  const write = writer()
  const begun = await store.list(query, (stored) => begin(stored, viewer, write))
  // Of those that have come in between.
  await details.find(begun.map(({ project }) => project))
  const elements = begun.map(({ text, project }) => (project ? [text, ...details.endOf(project)] : text))
  if (sizeOfAll(elements) > LARGEST) throw new Failure('too_large', `Error: the answer is larger than ${LARGEST / 1_000_000} MB; ask for a shorter window or fewer sites`)
  const release = sizeOfAll(elements) > LONG ? await store.longLists.acquire() : undefined
  return jsonArray(elements).finally(release)
}

/** An event's text; of one that has a project up to where its details are. */
function begin({ reservation }: Stored, viewer: Viewer, write: (text: string) => Written) {
  const { project } = reservation
  const text = JSON.stringify(eventOf(visibleTo(viewer, reservation)))
  return { project, text: write(project ? `${text.slice(0, -1)},"project":` : text) }
}

/** What is known of projects, each written once however many events have it. */
function detailsFor(viewer: Viewer, projects: Projects | undefined) {
  const write = writer()
  const [unknown, unasked, closing] = ['"Project not found."', '"Project not looked up."', '}'].map(write) as [Written, Written, Written]
  const known = new Map<string, Written>()
  return {
    async find(batch: readonly (Project | undefined)[]): Promise<void> {
      const request = new Map<string, Project>()
      for (const project of batch) if (project && !known.has(writeProjectId(project))) request.set(writeProjectId(project), project)
      const found = projects && request.size > 0 ? await projects.find([...request.values()]) : []
      for (const [n, id] of [...request.keys()].entries()) {
        const one = found[n]
        // A project that the service was not asked about may well be there.
        known.set(id, one === 'unasked' ? unasked : one ? write(JSON.stringify(detailsVisibleTo(viewer, one))) : unknown)
      }
    },
    endOf: (project: Project): readonly Written[] => [known.get(writeProjectId(project)) ?? unknown, closing],
  }
}
