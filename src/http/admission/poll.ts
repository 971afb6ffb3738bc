import { LRUCache } from 'lru-cache'
import { DAY } from '../../domain/interval.ts'
import { parseTime } from '../../wire/time.ts'

/** The longest window of a poll, in seconds. */
export const MAX_POLL_SECONDS: number = 3 * DAY
/** The largest body of a poll, in bytes. The observatory's has about 110. */
export const MAX_POLL_BYTES = 2048
/** Queries that are remembered. */
const MAX_QUERIES = 500

/**
 * Whether a body is a poll's, as telescopes send it all night: one site, three days at most.
 * @param json its value, if that is known
 */
export function isPoll(body: Buffer, json?: unknown): boolean {
  if (body.length > MAX_POLL_BYTES) return false
  try {
    return isShortWindow(json ?? JSON.parse(body.toString()))
  } catch {
    return false
  }
}

/** Whether the last queries were polls': the same are asked again and again. */
const lastQueries = new LRUCache<string, boolean>({ max: MAX_QUERIES })

/** Whether a query is a poll's: `site=saf&start=…&end=…`. */
export function isPollQuery(query: string): boolean {
  if (query.length > MAX_POLL_BYTES) return false
  const known = lastQueries.get(query)
  if (known !== undefined) return known
  const parameters = new URLSearchParams(query)
  const found = parameters.getAll('site').length === 1 && isShortWindow(Object.fromEntries(parameters))
  lastQueries.set(query, found)
  return found
}

function isShortWindow(input: unknown): boolean {
  const { site, start, end, full_project_details: detailed } = (input ?? {}) as Readonly<Record<string, unknown>>
  // Details come from another service, which may be slow.
  if (detailed === true || detailed === 'true') return false
  if (typeof site !== 'string' && !(Array.isArray(site) && site.length === 1)) return false
  const [from, to] = [start, end].map((time) => (typeof time === 'string' ? parseTime(time) : undefined))
  return from !== undefined && to !== undefined && from < to && to - from <= MAX_POLL_SECONDS
}
