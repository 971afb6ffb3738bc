import { Conflict } from '../domain/conflict.ts'
import { type Detail, Failure, type FailureCode } from '../domain/failure.ts'
import type { Interval } from '../domain/interval.ts'
import { masked } from '../domain/masking.ts'
import type { Reservation } from '../domain/reservation.ts'
import { quoted } from '../domain/text.ts'
import { eventOf } from '../wire/event.ts'
import { writeTime } from '../wire/time.ts'
import { API_HEADERS } from './respond.ts'

/** The one place where a refusal becomes a status. A code without one does not compile. */
export const statusOf = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  not_acceptable: 406,
  conflict: 409,
  stale: 412,
  too_large: 413,
  expectation: 417,
  rate_limited: 429,
  upstream: 502,
  busy: 503,
  unavailable: 503,
} as const satisfies Record<FailureCode, number>

const TITLES = {
  malformed: 'The request is malformed',
  unauthenticated: 'Signing in is required',
  forbidden: 'Not allowed',
  not_found: 'Not found',
  not_acceptable: 'Not to be had like that',
  conflict: 'The time or the id is taken',
  stale: 'Changed in the meantime',
  too_large: 'Too large',
  expectation: 'The expectation is not met',
  rate_limited: 'Too many requests',
  upstream: 'Another service did not answer',
  busy: 'Too busy just now',
  unavailable: 'Not available just now',
  bug: 'Internal error',
  method_not_allowed: 'Method not allowed',
} as const satisfies Record<FailureCode | 'bug' | 'method_not_allowed', string>

/** What a refusal looks like outside. */
export interface Problem {
  readonly status: number
  readonly code: keyof typeof TITLES
  /** One plain sentence. */
  readonly sentence: string
  readonly details: readonly Detail[]
  readonly more: object
  /** In seconds. */
  readonly retryAfter?: number | undefined
}

/** Whatever is not a `Failure` is a bug: nothing of it is told outside. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Failure)) {
    return { status: 500, code: 'bug', sentence: 'Something went wrong on our side; nothing was changed.', details: [], more: {} }
  }
  const { code, details, retryAfter } = error
  if (error instanceof Conflict) return { status: 409, code, sentence: conflictSentence(error), details, more: conflictFacts(error) }
  return { status: statusOf[code], code, sentence: error.message, details, more: {}, retryAfter }
}

/**
 * Errors are a JSON string, one plain sentence: real clients show it as it is, and the observatory keeps its last
 * schedule on one. Who asks for `application/problem+json` gets RFC 9457 problem details with every problem named.
 */
export function problemResponse(problem: Problem, accept?: string, id?: string): Response {
  const { body, headers } = problemAnswer(problem, accept, id)
  return new Response(body, { status: problem.status, headers })
}

/** The same, for whoever writes it by themselves. */
export function problemAnswer(problem: Problem, accept?: string, id?: string): { readonly body: string; readonly headers: Record<string, string> } {
  const { status, sentence, retryAfter } = problem
  const headers: Record<string, string> = { ...API_HEADERS, 'Cache-Control': 'no-store', ...(id !== undefined && { 'X-Request-Id': id }) }
  if (status === 429 || status === 503) headers['Retry-After'] = String(retryAfter ?? (status === 429 ? 60 : 5))
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (accept?.includes('application/problem+json')) {
    headers['Content-Type'] = 'application/problem+json'
    return { body: JSON.stringify(problemDetails(problem)), headers }
  }
  return { body: JSON.stringify(sentence), headers }
}

/** RFC 9457. */
export const problemDetails = ({ status, code, sentence, details, more }: Problem) => ({
  type: `urn:photonranch-calendar:problem:${code}`,
  title: TITLES[code],
  status,
  code,
  detail: sentence,
  errors: details.length > 0 ? firstOf(details) : [{ message: sentence }],
  ...more,
})

/** Of each list in problem details, and of one that is too long to send: an answer must not be many times what was asked. */
export const MOST_TOLD = 20

/** The first of them, and how many more there are. */
function firstOf(details: readonly Detail[]): readonly Detail[] {
  if (details.length <= MOST_TOLD) return details
  return [...details.slice(0, MOST_TOLD), { message: `and ${details.length - MOST_TOLD} more` }]
}

function conflictSentence({ wish, inTheWay, more, free }: Conflict): string {
  const [first, ...rest] = inTheWay
  const what = first ? `${wish.site} is taken by ${whoHas(masked(first))} ${spanOf(first)}` : `${wish.site} is taken`
  const others = rest.length > 0 ? ` and ${more ? 'at least ' : ''}${rest.length} more` : ''
  if (!free) return `${what}${others}.`
  const near = [free.before, free.after].flatMap((interval) => (interval ? spanOf(interval) : [])).join(', or ')
  return `${what}${others}. ${near ? `The nearest free dark time is ${near}` : 'There is no free dark time nearby'}.`
}

const whoHas = ({ creator, title }: Reservation) => (title === creator ? quoted(creator) : `${quoted(creator)} (${quoted(title)})`)

const spanOf = (interval: Interval) => `from ${writeTime(interval.start)} to ${writeTime(interval.end)}`

const conflictFacts = ({ inTheWay, free }: Conflict) => ({
  conflicts: inTheWay.slice(0, MOST_TOLD).map((reservation) => eventOf(masked(reservation))),
  ...(free && { free: { before: intervalOf(free.before), after: intervalOf(free.after) } }),
})

const intervalOf = (interval: Interval | undefined) =>
  interval ? { start: writeTime(interval.start), end: writeTime(interval.end) } : null
