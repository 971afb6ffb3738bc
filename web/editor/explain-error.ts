import { ApiError, NetworkError } from '../../src/client/problem.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatSpan } from '../format.ts'
import type { Draft } from './draft.ts'
import { alignNear } from './free-slots.ts'

export type Field = keyof Draft

/** Why a write came to nothing, for whoever asked for it. */
export interface Explanation {
  readonly text: string
  /** What is wrong in a field. */
  readonly fields: Readonly<Partial<Record<Field, string>>>
  /** Times that are free instead, as long as what was asked for. */
  readonly free: readonly Interval[]
  readonly mustSignIn: boolean
  /** Whether an admin could have it all the same. */
  readonly isTaken: boolean
}

/** Fields of the wire, and where they stand in the editor. */
const FIELDS: Readonly<Record<string, Field>> = {
  title: 'title',
  start: 'start',
  end: 'end',
  reservation_type: 'kind',
  project_id: 'project',
  project_priority: 'priority',
  reservation_note: 'note',
}

const plainExplanation = (text: string, more: Partial<Explanation> = {}): Explanation => ({ text, fields: {}, free: [], mustSignIn: false, isTaken: false, ...more })

/** What to say of an error, in the site's time. */
export function explain(error: unknown, site: Site, wanted: Interval): Explanation {
  if (error instanceof NetworkError) {
    return plainExplanation('The calendar cannot be reached; nothing is known to have been changed. Try again.')
  }
  if (!(error instanceof ApiError)) return plainExplanation('Something went wrong on this page; nothing is known to have been changed.')
  const { status, details, message } = error
  if (status === 401) return plainExplanation('Your sign-in no longer holds.', { mustSignIn: true })
  if (status === 404 || status === 412) return plainExplanation('It has been changed or deleted meanwhile.')
  if (status === 400) return malformed(error)
  if (!details.conflicts) return plainExplanation(message)
  const free = alignNear(wanted, details.free ?? [])
  const near = details.free && free.length === 0 ? ' There is no free dark time nearby.' : ''
  return plainExplanation(`${formatTaken(site, details.conflicts)}${near}`, { free, isTaken: true })
}

function malformed({ details: { errors = [] }, message }: ApiError): Explanation {
  const known = errors.flatMap(({ field, message }): [Field, string][] => {
    const route = FIELDS[field ?? '']
    return route ? [[route, message]] : []
  })
  const text = known.length > 0 && known.length === errors.length ? 'The calendar did not take what is marked.' : message
  return plainExplanation(text, { fields: Object.fromEntries(known) })
}

/** Who has a time, by the names as they came. */
export function formatTaken(site: Site, taken: readonly Reservation[]): string {
  const [first, ...otherReservations] = taken
  if (!first) return 'The time is taken.'
  const more = otherReservations.length > 0 ? `, and ${otherReservations.length} more` : ''
  return `The time is taken by ${describeHolder(first)}, ${formatSpan(site, first)}${more}.`
}

const describeHolder = ({ creator, title, kind }: Reservation): string => {
  if (kind === 'maintenance') return `maintenance (${title})`
  return title === creator ? creator : `${creator} (${title})`
}
