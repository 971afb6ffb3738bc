import { LRUCache } from 'lru-cache'
import type { Project } from '../domain/project.ts'
import type { Json } from '../domain/reservation.ts'
import { openSemaphore } from '../concurrency.ts'

/** What the service says of a project. */
export type ProjectDetails = Readonly<Record<string, Json>>

/** In milliseconds, however many are asked for. */
const TIMEOUT_MS = 5000
/** Of how many the service is asked for one list; of how many at once, for one list and for all. */
const MAX_PROJECTS = 200
const CONCURRENCY = 10
const CONCURRENCY_FOR_ALL = 20
/** How long, in milliseconds, and how many are remembered: in all, and in characters of JSON. */
const FOUND_FOR_MS = 60_000
const UNKNOWN_FOR_MS = 10_000
const REMEMBERED = 1000
const REMEMBERED_SIZE = 8_000_000

/** What came of looking for a project: undefined where there is none to be had, or it was not told in time. */
export type Finding = ProjectDetails | 'unasked' | undefined

/** Somebody who waits for details of projects. */
interface List {
  late: boolean
}

/** The service is asked about one project, or will be when it is its turn, for all lists that want it. */
interface Lookup {
  readonly lists: List[]
  begun: boolean
  answered: boolean
}

/**
 * Asks for details of projects, of none twice at once, and of each at most once a minute.
 *
 * @param fetchOne the text of the details, as JSON; undefined where there are none to be had
 * @returns what was found of each, in order. `unasked` is what the service was not asked about, as there were too many or it
 *   was too slow; where it has answered nothing at all, it is down for these too
 */
export function detailsFinder(fetchOne: (project: Project) => Promise<ProjectDetails | undefined>): (projects: readonly Project[]) => Promise<readonly Finding[]> {
  const remembered = new LRUCache<string, { readonly details: ProjectDetails | undefined }>({
    max: REMEMBERED,
    maxSize: REMEMBERED_SIZE,
    sizeCalculation: ({ details }, key) => key.length + (details ? JSON.stringify(details).length : 1),
  })
  const inFlight = new Map<string, { readonly lookup: Lookup; readonly finding: Promise<Finding> }>()
  const all = openSemaphore({ concurrency: CONCURRENCY_FOR_ALL })

  async function fetchDetails(project: Project, key: string, lookup: Lookup): Promise<Finding> {
    const release = await all.acquire()
    try {
      if (lookup.lists.every(({ late: timedOut }) => timedOut)) return 'unasked'
      lookup.begun = true
      const details = await fetchOne(project).then((one) => {
        lookup.answered = true
        return one
      }, () => undefined)
      remembered.set(key, { details }, { ttl: details ? FOUND_FOR_MS : UNKNOWN_FOR_MS })
      return details
    } finally {
      release()
      inFlight.delete(key)
    }
  }
  function lookUp(project: Project, list: List) {
    const key = keyOf(project)
    const underWay = inFlight.get(key)
    if (underWay) {
      underWay.lookup.lists.push(list)
      return underWay
    }
    const lookup = { lists: [list], begun: false, answered: false }
    const begun = { lookup, finding: fetchDetails(project, key, lookup) }
    inFlight.set(key, begun)
    return begun
  }
  return async (projects) => {
    const list = { late: false }
    const known = projects.map((project) => remembered.get(keyOf(project)))
    const found = known.map((one): Finding => (one ? one.details : 'unasked'))
    const lookups: Lookup[] = []
    const rest = [...projects.entries()].filter(([n]) => !known[n]).slice(0, MAX_PROJECTS).values()
    const worker = async () => {
      for (const [n, project] of rest) {
        if (list.late) return
        const { lookup, finding } = lookUp(project, list)
        lookups[n] = lookup
        found[n] = await finding
      }
    }
    let timer: NodeJS.Timeout | undefined
    const timeoutMs = new Promise<void>((resolve) => (timer = setTimeout(resolve, TIMEOUT_MS)))
    await Promise.race([Promise.all(Array.from({ length: CONCURRENCY }, worker)), timeoutMs])
    clearTimeout(timer)
    list.late = true
    const isUp = lookups.some((one) => one?.answered) || known.some((one) => one?.details)
    // What comes later is remembered, but is no part of what was answered.
    return found.map((one, n) => (one === 'unasked' && (lookups[n]?.begun || !isUp) ? undefined : one))
  }
}

const keyOf = ({ name, createdAt }: Project) => JSON.stringify([name, createdAt])
