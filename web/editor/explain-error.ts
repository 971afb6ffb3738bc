import type { Caller } from '../../src/client/domain/calendar.ts'
import { conflictsOf, freeTimesOf } from '../../src/client/domain/problem.ts'
import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { ANONYMOUS } from '../live/app-context.ts'
import { differencesOf, formatActor, formatTaken, quotedTitle } from './describe.ts'
import type { Draft } from './draft.ts'
import { alignNear } from './free-slots.ts'
import { ChangedMeanwhile } from './current-reservation.ts'
import { NotSaved } from './writes.ts'

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
  /** The reservation as somebody else has changed it meanwhile. */
  readonly current: Reservation | undefined
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
  current: undefined,
  ...more,
})

/** Explains any error of a write to the caller; times are in the site's time zone. */
export function explain(error: unknown, site: Site, wanted: Interval, caller?: Caller): Explanation {
  if (error instanceof NetworkError)
    return explanationOf('The calendar did not answer. Your change may not have been saved.')
  if (error instanceof NotSaved) return explanationOf(`${error.message} Try again.`)
  if (error instanceof ChangedMeanwhile) return explainChange(error, site, caller)
  if (error instanceof ApiError) return explainApiError(error, site, wanted)
  return explanationOf('Something went wrong on this page. Your change may not have been saved.')
}

function explainChange({ shown, current, by }: ChangedMeanwhile, site: Site, caller = ANONYMOUS): Explanation {
  const actor = by === undefined ? '' : ` by ${formatActor(by, shown, caller)}`
  if (!current) return explanationOf(`${quotedTitle(shown)} has been deleted meanwhile${actor}.`)
  const { reservation } = current
  const differences = differencesOf(site, shown, reservation).join('; ')
  const text = `${quotedTitle(shown)} has been changed meanwhile${actor}: ${differences}.`
  return explanationOf(text, { current: reservation })
}

function explainApiError(error: ApiError, site: Site, wanted: Interval): Explanation {
  const { status, message } = error
  if (status === 401) return explanationOf('You have been signed out.', { mustSignIn: true })
  if (status === 404 || status === 412) return explanationOf('Someone has changed or deleted it. Reload it.')
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
  const text = known.length > 0 && known.length === errors.length ? 'Please correct the marked fields.' : message
  return explanationOf(text, { fields: Object.fromEntries(known) })
}
