import { readBytesUpTo } from './body-text.ts'
import { parsePage, type PortalObservation } from './schedule-page.ts'

/** Observations that are asked for at a time. A portal may send fewer. */
const PAGE_LIMIT = 1000
const MAX_PAGES = 20
/** On all pages, also of a portal that sends more at a time. */
const MAX_OBSERVATIONS = PAGE_LIMIT * MAX_PAGES
/** The maximum size of a page, uncompressed. */
const MAX_PAGE_BYTES = 16_000_000

/** The states that are asked for, in the portal's words: all but {@link UNWANTED_STATES}. */
const STATES = ['PENDING', 'IN_PROGRESS', 'NOT_ATTEMPTED', 'COMPLETED', 'ABORTED', 'FAILED']
/** Left out even if a portal sends them, since not every portal selects by state. */
const UNWANTED_STATES: readonly unknown[] = ['CANCELED', 'BAD_DATA']

/** A telescope at a portal. */
export interface PortalTelescope {
  /** The address of the portal, without a slash at the end. */
  readonly address: string
  /** The value of `Authorization`, which goes to that address only. */
  readonly authorization?: string | undefined
  readonly telescope: string
  readonly enclosure?: string
  /** The portal's own code of the place. */
  readonly site?: string
}

/** Start and end as the portal reads them. */
export interface PortalWindow {
  readonly start: string
  readonly end: string
}

/** How long to wait, in milliseconds. */
export interface PortalTimeouts {
  /** For one page. */
  readonly pageMs: number
  /** For all pages. */
  readonly totalMs: number
}

/** A shorter window may have fewer pages. */
export class TooManyPagesError extends Error {
  constructor() {
    super(`the portal has more than ${MAX_PAGES} pages`)
  }
}

/**
 * Reads the schedule of a telescope, page by page, in chunks. An observation that is on two pages comes once.
 * @param total aborted when the time for all pages is over
 * @throws TooManyPagesError; Error if the portal does not answer, or its answer is not a whole schedule. The message quotes
 *   nothing of it
 */
export async function* schedulePages(
  telescope: PortalTelescope,
  window: PortalWindow,
  total: AbortSignal,
  { pageMs }: Pick<PortalTimeouts, 'pageMs'>,
): AsyncGenerator<readonly PortalObservation[]> {
  const request = openRequest(telescope, () => AbortSignal.any([total, AbortSignal.timeout(pageMs)]))
  const known = new Set<string>()
  const keep = ({ id, state }: PortalObservation) => isAdded(known, id) && !UNWANTED_STATES.includes(state)
  let offset = 0
  for (let pages = 0; ; pages += 1) {
    if (pages === MAX_PAGES) throw new TooManyPagesError()
    const before = known.size
    const page = await request(queryOf(telescope, window, offset))
    const { count, size } = yield* parsePage(page, { max: MAX_OBSERVATIONS - offset, keep })
    // The portal ignores `offset`, or sends fewer than it counts: what there is would not be the whole.
    if (known.size === before && offset < count) throw new Error('a page of the portal has nothing new')
    offset += size
    if (offset >= count) return
  }
}

/** Adds an id. @returns whether it is new */
function isAdded(known: Set<string>, id: unknown): boolean {
  const before = known.size
  return known.add(String(id)).size > before
}

/** The network's proxies understand `start` and `end`, a stock portal `end_after` and `start_before`. */
function queryOf({ telescope, enclosure, site }: PortalTelescope, { start, end }: PortalWindow, offset: number) {
  const query = new URLSearchParams({
    telescope,
    ...(enclosure && { enclosure }),
    ...(site && { site }),
    start,
    end,
    end_after: start,
    start_before: end,
    limit: String(PAGE_LIMIT),
    offset: String(offset),
  })
  for (const state of STATES) query.append('state', state)
  return query
}

/** Requests pages at the portal's own address only: of a redirect nothing is followed but the slash that a stock portal adds. */
function openRequest({ address, authorization }: PortalTelescope, signal: () => AbortSignal) {
  let path = `${address}/observation-portal/api/schedule`
  const get = (query: URLSearchParams, limit: AbortSignal) =>
    fetch(`${path}?${query.toString()}`, {
      headers: { Accept: 'application/json', ...(authorization && { Authorization: authorization }) },
      redirect: 'manual',
      signal: limit,
    })
  return async (query: URLSearchParams): Promise<Buffer> => {
    const limit = signal()
    let response = await get(query, limit)
    if (addsSlash(response, path)) {
      await response.body?.cancel()
      path += '/'
      response = await get(query, limit)
    }
    if (response.ok) return bytesOf(response)
    await response.body?.cancel()
    throw new Error(`the portal answered ${response.status}`)
  }
}

function addsSlash({ status, headers }: Response, path: string): boolean {
  const location = headers.get('location') ?? ''
  if (![301, 302, 307, 308].includes(status) || !URL.canParse(location, path)) return false
  const { origin, pathname } = new URL(location, path)
  return `${origin}${pathname}` === `${path}/`
}

async function bytesOf(response: Response): Promise<Buffer> {
  const bytes = await readBytesUpTo(MAX_PAGE_BYTES, response)
  if (!bytes) throw new Error(`the portal answered with more than ${MAX_PAGE_BYTES} bytes`)
  return bytes
}
