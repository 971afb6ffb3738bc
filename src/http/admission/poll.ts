import { DAY } from '../../domain/interval.ts'
import { parseTime } from '../../wire/time.ts'

/** Of a poll's window, in seconds. */
export const LONGEST_POLL: number = 3 * DAY
/** Of the body of one, in bytes. The observatory's has some 110. */
export const MOST_BYTES_OF_A_POLL = 2048

/** Whether a body asks what a telescope asks all night: one site, for three days at most. */
export function isPoll(body: Buffer): boolean {
  if (body.length > MOST_BYTES_OF_A_POLL) return false
  try {
    return asksLittle(JSON.parse(body.toString()))
  } catch {
    return false
  }
}

/** The same of a query, as `site=saf&start=…&end=…`. */
export function isPollQuery(query: string): boolean {
  if (query.length > MOST_BYTES_OF_A_POLL) return false
  const asked = new URLSearchParams(query)
  return asked.getAll('site').length === 1 && asksLittle(Object.fromEntries(asked))
}

function asksLittle(asked: unknown): boolean {
  const { site, start, end, full_project_details: detailed } = (asked ?? {}) as Readonly<Record<string, unknown>>
  // Other services are asked for those, and may let it wait.
  if (detailed === true || detailed === 'true') return false
  if (typeof site !== 'string' && !(Array.isArray(site) && site.length === 1)) return false
  const [from, to] = [start, end].map((time) => (typeof time === 'string' ? parseTime(time) : undefined))
  return from !== undefined && to !== undefined && from < to && to - from <= LONGEST_POLL
}
