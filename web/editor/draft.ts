import type { ReservationInput } from '../../src/client/domain/event.ts'
import { type Instant, type Interval, durationOf, MINUTE } from '../../src/domain/interval.ts'
import { type Project, sameProject } from '../../src/domain/project.ts'
import type { Kind, Priority, Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { nightsOf } from '../format/span.ts'
import { SHORTEST, STEP } from './steps.ts'

/** The values of the editor's fields. */
export interface Draft extends Interval {
  readonly title: string
  readonly kind: Kind
  readonly project: Project | undefined
  readonly priority: Priority
  readonly note: string
}

/** The usual lengths of a real-time session, in seconds. */
const [SHORT, LONG] = [30 * MINUTE, 45 * MINUTE] as const

const EMPTY = { title: '', project: undefined, priority: 'standard', note: '' } as const

/** A new draft at a selected time: a project session if it is longer than the usual real-time sessions. */
export function draftAt(start: Instant, end: Instant = start + SHORT): Draft {
  const length = end - start
  if (length > LONG) return { ...EMPTY, kind: 'project', start, end }
  return { ...EMPTY, kind: 'realtime', start, end: start + (length < SHORTEST ? SHORT : length) }
}

/** A draft with the values of a reservation. */
export const draftOf = ({ title, kind, project, priority, note, start, end }: Reservation): Draft => ({
  title,
  kind,
  project,
  priority,
  note,
  start,
  end,
})

/** The lengths to choose for a real-time session, in seconds: the usual ones, and the initial one. */
export const lengthsFor = (initial: Draft): number[] =>
  [...new Set([SHORT, LONG, ...(initial.kind === 'realtime' ? [durationOf(initial)] : [])])].toSorted((a, b) => a - b)

/** Whether a draft may end in a later night than it starts in: maintenance may, and project sessions that do already. */
export function mayEndLater(site: Site, draft: Draft): boolean {
  const { first, last } = nightsOf(site, draft)
  return draft.kind === 'maintenance' || (draft.kind === 'project' && first !== last)
}

/** Changes the start. Keeps the length, up to the end of the night. */
export function withStart(site: Site, draft: Draft, start: Instant): Draft {
  const end = start + durationOf(draft)
  if (draft.kind === 'realtime' || mayEndLater(site, draft)) return { ...draft, start, end }
  return { ...draft, start, end: Math.min(end, nightInterval(nightAt(site, start)).end) }
}

/** Changes the end: it is a step after the start at least. */
export const withEnd = (draft: Draft, end: Instant): Draft => ({ ...draft, end: Math.max(end, draft.start + STEP) })

/** Changes the length, in seconds. */
export const withLength = (draft: Draft, seconds: number): Draft => ({ ...draft, end: draft.start + seconds })

/** Changes the kind. A real-time session gets one of `lengths`, in seconds. */
export function withKind(draft: Draft, kind: Kind, lengths: readonly number[]): Draft {
  if (kind === draft.kind) return draft
  if (kind !== 'realtime') return { ...draft, kind }
  const length = durationOf(draft)
  return withLength({ ...draft, kind }, lengths.includes(length) ? length : length > SHORT ? LONG : SHORT)
}

/** The number of characters that fit into a card of a FITS header. */
export const MAX_NOTE_LENGTH = 68

/** Why a note cannot become a FITS header; undefined if it can, or if it is the initial one. */
export function noteProblem(note: string, initial: string): string | undefined {
  if (note === initial) return undefined
  const invalid = /[^ -~]/u.exec(note)?.[0]
  if (invalid !== undefined) return `FITS headers take plain letters only. Remove “${invalid}”.`
  return note.length > MAX_NOTE_LENGTH
    ? `It is too long for a FITS header by ${note.length - MAX_NOTE_LENGTH}.`
    : undefined
}

/** The input to reserve a draft. Empty fields are left out, for the calendar to fill. */
export function proposedFrom(
  site: Site,
  { title, kind, project, priority, note, start, end }: Draft,
): ReservationInput {
  const text = title.trim()
  return {
    site: site.code,
    start,
    end,
    kind,
    priority,
    note,
    ...(text && { title: text }),
    ...(project && { project }),
  }
}

/** The fields of a draft, and the site, that differ from a reservation. An empty title becomes the creator's name. */
export const changesOf = (before: Reservation, draft: Draft, site = before.site): ReservationInput => ({
  ...fieldChanges(before, draft),
  ...(site !== before.site && { site }),
})

function fieldChanges(before: Reservation, draft: Draft): ReservationInput {
  const title = draft.title.trim() || before.creator
  return {
    ...(isMoved(before, draft) && { start: draft.start, end: draft.end }),
    // A title with spaces around it, left as it was, is not a change.
    ...(title !== before.title && draft.title !== before.title && { title }),
    ...(draft.kind !== before.kind && { kind: draft.kind }),
    ...(draft.priority !== before.priority && { priority: draft.priority }),
    ...(draft.note !== before.note && { note: draft.note }),
    ...(!sameProject(draft.project, before.project) && { project: draft.project }),
  }
}

/** A draft after somebody else has changed its reservation: with their values, but for the fields that it had changed itself. */
export function rebased(before: Reservation, now: Reservation, draft: Draft): Draft {
  const [from, to] = [draftOf(before), draftOf(now)]
  const keep = <Key extends keyof Draft>(key: Key): Draft[Key] => (draft[key] === from[key] ? to[key] : draft[key])
  const times = isMoved(from, draft) ? draft : to
  return {
    start: times.start,
    end: times.end,
    title: keep('title'),
    kind: keep('kind'),
    priority: keep('priority'),
    note: keep('note'),
    project: sameProject(draft.project, from.project) ? to.project : draft.project,
  }
}

/** Whether two intervals differ. */
export const isMoved = (before: Interval, after: Interval): boolean =>
  before.start !== after.start || before.end !== after.end
