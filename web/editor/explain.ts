import { Refusal, Unreachable } from '../../src/client/problem.ts'
import type { Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { spanWords } from '../words.ts'
import type { Draft } from './draft.ts'
import { fittedNear } from './proposal.ts'

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

const plain = (text: string, more: Partial<Explanation> = {}): Explanation => ({ text, fields: {}, free: [], mustSignIn: false, isTaken: false, ...more })

/** What to say of an error, in the site's time. */
export function explain(error: unknown, site: Site, wanted: Interval): Explanation {
  if (error instanceof Unreachable) {
    return plain('The calendar cannot be reached; nothing is known to have been changed. Try again.')
  }
  if (!(error instanceof Refusal)) return plain('Something went wrong on this page; nothing is known to have been changed.')
  const { status, facts, message } = error
  if (status === 401) return plain('Your sign-in no longer holds.', { mustSignIn: true })
  if (status === 404 || status === 412) return plain('It has been changed or deleted meanwhile.')
  if (status === 400) return malformed(error)
  if (!facts.conflicts) return plain(message)
  const free = fittedNear(wanted, facts.free ?? [])
  const near = facts.free && free.length === 0 ? ' There is no free dark time nearby.' : ''
  return plain(`${takenWords(site, facts.conflicts)}${near}`, { free, isTaken: true })
}

function malformed({ facts: { errors = [] }, message }: Refusal): Explanation {
  const known = errors.flatMap(({ field, message }): [Field, string][] => {
    const place = FIELDS[field ?? '']
    return place ? [[place, message]] : []
  })
  const text = known.length > 0 && known.length === errors.length ? 'The calendar did not take what is marked.' : message
  return plain(text, { fields: Object.fromEntries(known) })
}

/** Who has a time, by the names as they came. */
export function takenWords(site: Site, taken: readonly Reservation[]): string {
  const [first, ...others] = taken
  if (!first) return 'The time is taken.'
  const more = others.length > 0 ? `, and ${others.length} more` : ''
  return `The time is taken by ${whoHas(first)}, ${spanWords(site, first)}${more}.`
}

const whoHas = ({ creator, title, kind }: Reservation): string => {
  if (kind === 'maintenance') return `maintenance (${title})`
  return title === creator ? creator : `${creator} (${title})`
}
