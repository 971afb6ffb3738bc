import { LRUCache } from 'lru-cache'
import type { Project } from '../domain/project.ts'
import type { Json } from '../domain/reservation.ts'
import { openGate } from '../pace.ts'

/** What the service says of a project. */
export type ProjectDetails = Readonly<Record<string, Json>>

/** In milliseconds, however many are asked for. */
const PATIENCE_MS = 5000
/** How many are looked for in one list; of how many the service is asked at once, for one list and for all. */
const MOST = 200
const AT_ONCE = 10
const AT_ONCE_FOR_ALL = 20
/** How long, in milliseconds, and how many are remembered: in all, and in characters of JSON. */
const FOUND_FOR_MS = 60_000
const UNKNOWN_FOR_MS = 10_000
const REMEMBERED = 1000
const REMEMBERED_SIZE = 8_000_000

/**
 * Asks for details of projects, of none twice at once, and of each at most once a minute.
 *
 * @param ask the text of the details, as JSON; undefined where there are none to be had
 * @returns the details of each, in order; undefined where they are not known, or were not to be had in time
 */
export function detailsFinder(ask: (project: Project) => Promise<ProjectDetails | undefined>): (projects: readonly Project[]) => Promise<readonly (ProjectDetails | undefined)[]> {
  const remembered = new LRUCache<string, { readonly details: ProjectDetails | undefined }>({
    max: REMEMBERED,
    maxSize: REMEMBERED_SIZE,
    sizeCalculation: ({ details }, key) => key.length + (details ? JSON.stringify(details).length : 1),
  })
  const asking = new Map<string, Promise<ProjectDetails | undefined>>()
  const all = openGate({ atOnce: AT_ONCE_FOR_ALL })

  async function askFor(project: Project, key: string, isLate: () => boolean): Promise<ProjectDetails | undefined> {
    const leave = await all.enter()
    try {
      if (isLate()) return undefined
      const details = await ask(project).catch(() => undefined)
      remembered.set(key, { details }, { ttl: details ? FOUND_FOR_MS : UNKNOWN_FOR_MS })
      return details
    } finally {
      leave()
      asking.delete(key)
    }
  }
  async function find(project: Project, isLate: () => boolean): Promise<ProjectDetails | undefined> {
    const key = JSON.stringify([project.name, project.createdAt])
    const known = remembered.get(key)
    if (known) return known.details
    const asked = asking.get(key) ?? askFor(project, key, isLate)
    asking.set(key, asked)
    return asked
  }
  return async (projects) => {
    const found: (ProjectDetails | undefined)[] = projects.map(() => undefined)
    let late = false
    const rest = projects.slice(0, MOST).entries()
    const worker = async () => {
      for (const [n, project] of rest) {
        if (late) return
        found[n] = await find(project, () => late)
      }
    }
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, PATIENCE_MS)))
    await Promise.race([Promise.all(Array.from({ length: AT_ONCE }, worker)), patience])
    clearTimeout(timer)
    late = true
    // What comes later is remembered, but is no part of what was answered.
    return [...found]
  }
}
