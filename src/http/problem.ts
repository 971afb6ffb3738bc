import { Conflict } from '../domain/conflict.ts'
import { type Detail, Failure, type FailureCode } from '../domain/failure.ts'
import type { Interval } from '../domain/interval.ts'
import { masked } from '../domain/masking.ts'
import type { Reservation } from '../domain/reservation.ts'
import { type Objection, RulesBroken } from '../domain/objection.ts'
import { type RefusedNight, SeriesRefused } from '../domain/series.ts'
import { quoted } from '../domain/text.ts'
import { eventOf } from '../wire/event.ts'
import type { WireProblem, WireRefusedNight } from '../wire/responses.ts'
import { writeInterval, writeTime } from '../wire/time.ts'
import { API_HEADERS } from './respond.ts'

/** The status of every failure code; a code without one does not compile. */
export const statusOf = {
  malformed: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  not_acceptable: 406,
  conflict: 409,
  rules: 409,
  series: 409,
  gone: 410,
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
  rules: 'Against the rules',
  series: 'Not every night is possible',
  gone: 'No longer kept',
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

/** An error as it is sent. */
export interface Problem {
  readonly status: number
  readonly code: keyof typeof TITLES
  /** One plain sentence. */
  readonly detail: string
  readonly details: readonly (Detail & Partial<Objection>)[]
  /** Further members of the problem details. */
  readonly extra: Pick<WireProblem, 'conflicts' | 'free' | 'nights'>
  /** In seconds. */
  readonly retryAfter?: number | undefined
}

/** The problem to send. An error that is not a `Failure` is a bug, and nothing of it is sent. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof Failure)) {
    return {
      status: 500,
      code: 'bug',
      detail: 'Something went wrong on our side; nothing was changed.',
      details: [],
      extra: {},
    }
  }
  const { code, details, retryAfter } = error
  if (error instanceof Conflict)
    return { status: 409, code, detail: conflictSentence(error), details, extra: conflictFacts(error) }
  if (error instanceof RulesBroken) return problemOfRules(error)
  if (error instanceof SeriesRefused) return { status: statusOf.series, code, ...seriesFacts(error) }
  return { status: statusOf[code], code, detail: error.message, details, extra: {}, retryAfter }
}

function problemOfRules(error: RulesBroken): Problem {
  const objections = objectionsOf(error, error.overridable)
  const others = objections.length - 1
  const more = others > 0 ? ` There ${others === 1 ? 'is 1 more objection' : `are ${others} more objections`}.` : ''
  return {
    status: statusOf.rules,
    code: 'rules',
    detail: `${objections[0]?.message}${more}`,
    details: objections,
    extra: error.conflict ? conflictFacts(error.conflict) : {},
  }
}

/** What a rejection objects to: a conflict first, then each broken rule. @param overridable whether the caller may override that */
function objectionsOf(error: Conflict | RulesBroken, overridable: boolean): Objection[] {
  const [conflict, broken] = error instanceof Conflict ? [error, []] : [error.conflict, error.broken]
  return [
    ...(conflict ? [{ code: 'conflict' as const, message: conflictSentence(conflict), overridable }] : []),
    ...broken.map(({ code, message }) => ({ code, message, overridable })),
  ]
}

/** What a rejection of a new reservation objects to. An id that is taken is an objection too, which nobody can override. */
export const objectionsTo = (error: Failure, mayOverride: boolean): Objection[] =>
  error instanceof Conflict || error instanceof RulesBroken
    ? objectionsOf(error, mayOverride)
    : [{ code: 'conflict', message: error.message, overridable: false }]

function seriesFacts(error: SeriesRefused): Pick<Problem, 'detail' | 'details' | 'extra'> {
  const nights = error.nights.map((one) => refusedNightOf(one, error.mayOverride))
  const sentences = nights.flatMap(({ night, objections }) =>
    objections.map(({ message }) => ({ field: night, message: `In the night of ${night}: ${message}` })),
  )
  const rest = nights.length - 1
  const others = rest === 0 ? '' : rest === 1 ? ' One more night is refused.' : ` ${rest} more nights are refused.`
  return { detail: `${sentences[0]?.message}${others}`, details: sentences, extra: { nights } }
}

/** A refused night of a series, with each objection as a sentence. */
export const refusedNightOf = ({ night, problem }: RefusedNight, mayOverride: boolean): WireRefusedNight => ({
  night,
  objections:
    typeof problem === 'string'
      ? [{ code: problem, message: MISSING_NIGHT[problem], overridable: false }]
      : objectionsTo(problem, mayOverride),
})

const MISSING_NIGHT = {
  no_such_night: 'The site never had this date.',
  no_such_time: 'This night has no such time.',
} as const

/**
 * The response of an error: a JSON string, one plain sentence, which clients show as it is; the observatory keeps its last
 * schedule on one. With `Accept: application/problem+json` it is RFC 9457 problem details, with all problems.
 */
export function problemResponse(problem: Problem, accept?: string) {
  const { status, detail, retryAfter } = problem
  const headers: Record<string, string> = { ...API_HEADERS, 'Cache-Control': 'no-store' }
  if (status === 429 || status === 503) headers['Retry-After'] = String(retryAfter ?? (status === 429 ? 60 : 5))
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (!accept?.includes('application/problem+json')) return { status, headers, body: JSON.stringify(detail) }
  headers['Content-Type'] = 'application/problem+json'
  return { status, headers, body: JSON.stringify(problemDetails(problem)) }
}

/** The problem as RFC 9457 problem details. */
export const problemDetails = ({ status, code, detail, details, extra }: Problem): WireProblem => ({
  type: `urn:photonranch-calendar:problem:${code}`,
  title: TITLES[code],
  status,
  code,
  detail,
  errors: details.length > 0 ? firstOf(details) : [{ message: detail }],
  ...extra,
})

/** The maximum length of lists in problem details, so that a response is not many times as large as its request. */
export const MAX_NAMED = 20

/** The first problems, and the number of the others. */
function firstOf(details: Problem['details']): WireProblem['errors'] {
  if (details.length <= MAX_NAMED) return [...details]
  return [...details.slice(0, MAX_NAMED), { message: `and ${details.length - MAX_NAMED} more` }]
}

function conflictSentence({ proposed, conflicting, hasMore, free }: Conflict): string {
  const [first, ...rest] = conflicting
  const where = first && first.site !== proposed.site ? ` at ${first.site}` : ''
  const what = first
    ? `${proposed.site} is taken${where} by ${describeHolder(masked(first))} ${spanOf(first)}`
    : `${proposed.site} is taken`
  const others = rest.length > 0 ? ` and ${hasMore ? 'at least ' : ''}${rest.length} more` : ''
  if (!free) return `${what}${others}.`
  const near = [free.before, free.after].flatMap((interval) => (interval ? spanOf(interval) : [])).join(', or ')
  return `${what}${others}. ${near ? `The nearest free dark time is ${near}` : 'There is no free dark time nearby'}.`
}

const describeHolder = ({ creator, title }: Reservation) =>
  title === creator ? quoted(creator) : `${quoted(creator)} (${quoted(title)})`

const spanOf = (interval: Interval) => `from ${writeTime(interval.start)} to ${writeTime(interval.end)}`

const conflictFacts = ({ conflicting, free }: Conflict) => ({
  conflicts: conflicting.slice(0, MAX_NAMED).map((reservation) => eventOf(masked(reservation))),
  ...(free && { free: { before: intervalOf(free.before), after: intervalOf(free.after) } }),
})

/** An interval on the wire; null if there is none. */
export const intervalOf = (interval: Interval | undefined) => (interval ? writeInterval(interval) : null)
