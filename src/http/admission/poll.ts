import { DAY } from '../../domain/interval.ts'
import { parseTime } from '../../wire/time.ts'

/** Of a poll's window, in seconds. */
export const MAX_POLL_SECONDS: number = 3 * DAY
/** Of the body of one, in bytes. The observatory's has some 110. */
export const MAX_POLL_BYTES = 2048

/** Whether a body asks what a telescope asks all night: one site, for three days at most. */
export function isPoll(body: Buffer): boolean {
  if (body.length > MAX_POLL_BYTES) return false
  try {
    return isShortWindow(JSON.parse(body.toString()))
  } catch {
    return false
  }
}

/** The same of a query, as `site=saf&start=…&end=…`. */
export function isPollQuery(query: string): boolean {
  if (query.length > MAX_POLL_BYTES) return false
  const asked = new URLSearchParams(query)
  return asked.getAll('site').length === 1 && isShortWindow(Object.fromEntries(asked))
}

function isShortWindow(asked: unknown): boolean {
  const { site, start, end, full_project_details: detailed } = (asked ?? {}) as Readonly<Record<string, unknown>>
  // Other services are asked for those, and may let it wait.
  if (detailed === true || detailed === 'true') return false
  if (typeof site !== 'string' && !(Array.isArray(site) && site.length === 1)) return false
  const [from, to] = [start, end].map((time) => (typeof time === 'string' ? parseTime(time) : undefined))
  return from !== undefined && to !== undefined && from < to && to - from <= MAX_POLL_SECONDS
}
