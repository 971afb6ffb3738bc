import { conflictsOf, freeTimesOf } from '../../src/client/domain/problem.ts'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatSpan } from '../format.ts'
import type { Draft } from './draft.ts'
import { alignNear } from './free-slots.ts'

/** A field of the editor. */
export type Field = keyof Draft

/** Why a write failed, for the person who sent it. */
export interface Explanation {
  readonly text: string
  /** The problem of each field that has one. */
  readonly fields: Readonly<Partial<Record<Field, string>>>
  /** The nearest free times of the requested length. */
  readonly free: readonly Interval[]
  readonly mustSignIn: boolean
  /** Whether it failed on a conflict. */
  readonly isTaken: boolean
  /** Whether an admin can override what it failed on. */
  readonly isOverridable: boolean
}

/** The editor's field for each field of the wire. */
const FIELDS: Readonly<Record<string, Field>> = {
  title: 'title',
  start: 'start',
  end: 'end',
  reservation_type: 'kind',
  project_id: 'project',
  project_priority: 'priority',
  reservation_note: 'note',
}

const explanationOf = (text: string, more: Partial<Explanation> = {}): Explanation => ({
  text,
  fields: {},
  free: [],
  mustSignIn: false,
  isTaken: false,
  isOverridable: false,
  ...more,
})

/** Explains any error of a write; times are in the site's time zone. */
export function explain(error: unknown, site: Site, wanted: Interval): Explanation {
  if (error instanceof NetworkError) {
    return explanationOf('The calendar cannot be reached; nothing is known to have been changed. Try again.')
  }
  if (error instanceof ApiError) return explainApiError(error, site, wanted)
  return explanationOf('Something went wrong on this page; nothing is known to have been changed.')
}

function explainApiError(error: ApiError, site: Site, wanted: Interval): Explanation {
  const { status, message } = error
  if (status === 401) return explanationOf('Your sign-in no longer holds.', { mustSignIn: true })
  if (status === 404 || status === 412) return explanationOf('It has been changed or deleted meanwhile.')
  if (status === 400) return explainMalformed(error)
  const broken = messagesOfRules(error)
  const [conflicts, searched] = [conflictsOf(error), freeTimesOf(error)]
  if (!conflicts) return explanationOf(broken || message, { isOverridable: broken !== '' })
  const free = alignNear(wanted, searched ?? [])
  const near = searched && free.length === 0 ? ' There is no free dark time nearby.' : ''
  const texts = [`${formatTaken(site, conflicts)}${near}`, broken].filter(Boolean)
  return explanationOf(texts.join(' '), { free, isTaken: true, isOverridable: true })
}

/** The rules that are broken, a sentence each; empty if none are. */
const messagesOfRules = ({ code, details: { errors = [] } }: ApiError) =>
  code === 'rules'
    ? errors
        .filter((objection) => objection.code !== 'conflict')
        .map(({ message }) => message)
        .join(' ')
    : ''

function explainMalformed({ details: { errors = [] }, message }: ApiError): Explanation {
  const known = errors.flatMap(({ field: wireName = '', message: problem }): [Field, string][] => {
    const field = FIELDS[wireName]
    return field ? [[field, problem]] : []
  })
  const text = known.length > 0 && known.length === errors.length ? 'The calendar rejected the marked fields.' : message
  return explanationOf(text, { fields: Object.fromEntries(known) })
}

/** `The time is taken by Bo (M51), 21:00 to 22:00, night of 2026-03-06, and 1 more.` */
export function formatTaken(site: Site, taken: readonly Reservation[]): string {
  const [first, ...others] = taken
  if (!first) return 'The time is taken.'
  const more = others.length > 0 ? `, and ${others.length} more` : ''
  return `The time is taken by ${describeHolder(first)}, ${formatSpan(site, first)}${more}.`
}

const describeHolder = ({ creator, title, kind }: Reservation): string => {
  if (kind === 'maintenance') return `maintenance (${title})`
  return title === creator ? creator : `${creator} (${title})`
}
