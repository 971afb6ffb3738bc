import { LRUCache } from 'lru-cache'
import type { Project } from '../domain/project.ts'
import type { Json } from '../domain/reservation.ts'
import { openSemaphore } from '../concurrency.ts'

/** What the projects service knows about a project: a JSON object. */
export type ProjectDetails = Readonly<Record<string, Json>>

/** Time limit of one call of `find`, in milliseconds. */
const TIMEOUT_MS = 5000
/** Requests of one call; concurrent requests of one call, and of all calls together. */
const MAX_PROJECTS = 200
const CONCURRENCY = 10
const CONCURRENCY_FOR_ALL = 20
/** Lifetimes of cached results, in milliseconds; number of cached results; and their size in characters of JSON. */
const FOUND_TTL_MS = 60_000
const NOT_FOUND_TTL_MS = 10_000
const MAX_CACHED = 1000
const MAX_CACHED_CHARS = 8_000_000

/** The result for one project: undefined if there are no details or they came too late, `not_requested` if the service was not asked. */
export type DetailsResult = ProjectDetails | 'not_requested' | undefined

/** A call of `find`. */
interface Call {
  isLate: boolean
}

/** A request for one project, shared by all calls that wait for it. */
interface Lookup {
  readonly calls: Call[]
  isSent: boolean
  isAnswered: boolean
}

type FetchDetails = (project: Project) => Promise<ProjectDetails | undefined>

/**
 * Finds details of projects, with a cache and at most one concurrent request for each project.
 *
 * @param fetchOne requests the details of one project; undefined if there are none
 * @returns a function that resolves with one result for each project, in the same order. Projects beyond the first 200 or the
 *   time limit are `not_requested`, but undefined if the service has answered nothing at all, since it is down for these too
 */
export function detailsFinder(
  fetchOne: FetchDetails,
): (projects: readonly Project[]) => Promise<readonly DetailsResult[]> {
  const finder = new DetailsFinder(fetchOne)
  return (projects) => finder.find(projects)
}

class DetailsFinder {
  private readonly fetchOne: FetchDetails
  private readonly semaphore = openSemaphore({ concurrency: CONCURRENCY_FOR_ALL })
  private readonly inFlight = new Map<string, { readonly lookup: Lookup; readonly result: Promise<DetailsResult> }>()
  private readonly cache = new LRUCache<string, { readonly details: ProjectDetails | undefined }>({
    max: MAX_CACHED,
    maxSize: MAX_CACHED_CHARS,
    sizeCalculation: ({ details }, key) => key.length + (details ? JSON.stringify(details).length : 1),
  })

  constructor(fetchOne: FetchDetails) {
    this.fetchOne = fetchOne
  }

  async find(projects: readonly Project[]): Promise<readonly DetailsResult[]> {
    const call = { isLate: false }
    const cached = projects.map((project) => this.cache.get(keyOf(project)))
    const results = cached.map((entry): DetailsResult => (entry ? entry.details : 'not_requested'))
    const lookups: Lookup[] = []
    const rest = [...projects.entries()]
      .filter(([n]) => !cached[n])
      .slice(0, MAX_PROJECTS)
      .values()
    const worker = async () => {
      for (const [n, project] of rest) {
        if (call.isLate) return
        const { lookup, result } = this.lookUp(project, call)
        lookups[n] = lookup
        results[n] = await result
      }
    }
    await withinTime(Promise.all(Array.from({ length: CONCURRENCY }, worker)))
    call.isLate = true
    const isUp = lookups.some((lookup) => lookup?.isAnswered) || cached.some((entry) => entry?.details)
    // A copy, since results that come later are cached but do not belong to this call.
    return results.map((result, n) =>
      result === 'not_requested' && (lookups[n]?.isSent || !isUp) ? undefined : result,
    )
  }

  private lookUp(project: Project, call: Call) {
    const key = keyOf(project)
    const current = this.inFlight.get(key)
    if (current) {
      current.lookup.calls.push(call)
      return current
    }
    const lookup = { calls: [call], isSent: false, isAnswered: false }
    const started = { lookup, result: this.fetchDetails(project, key, lookup) }
    this.inFlight.set(key, started)
    return started
  }

  private async fetchDetails(project: Project, key: string, lookup: Lookup): Promise<DetailsResult> {
    const release = await this.semaphore.acquire()
    try {
      if (lookup.calls.every(({ isLate }) => isLate)) return 'not_requested'
      lookup.isSent = true
      const response = await this.fetchOne(project).then(
        (details) => ({ details }),
        () => undefined,
      )
      lookup.isAnswered = response !== undefined
      const details = response?.details
      this.cache.set(key, { details }, { ttl: details ? FOUND_TTL_MS : NOT_FOUND_TTL_MS })
      return details
    } finally {
      release()
      this.inFlight.delete(key)
    }
  }
}

/** Resolves when `work` does, or after the time limit. */
async function withinTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<void>((resolve) => (timer = setTimeout(resolve, TIMEOUT_MS)))
  await Promise.race([work, timeout])
  clearTimeout(timer)
}

const keyOf = ({ name, createdAt }: Project) => JSON.stringify([name, createdAt])
