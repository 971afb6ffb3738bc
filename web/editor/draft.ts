import type { ReservationInput } from '../../src/client/event.ts'
import { type Instant, type Interval, durationOf, MINUTE } from '../../src/domain/interval.ts'
import { type Project, sameProject } from '../../src/domain/project.ts'
import type { Kind, Priority, Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt, nightInterval } from '../../src/sky/zone.ts'
import { nightsOf } from '../format.ts'
import { nightOn, sameClockIn, STEP } from './steps.ts'

/** What stands in the editor's fields. */
export interface Draft extends Interval {
  readonly title: string
  readonly kind: Kind
  readonly project: Project | undefined
  readonly priority: Priority
  readonly note: string
}

/** Seconds a real-time session lasts. */
export const REALTIME_LENGTHS: readonly number[] = [30 * MINUTE, 45 * MINUTE]
const [SHORT, LONG] = REALTIME_LENGTHS as [number, number]

const EMPTY = { title: '', project: undefined, priority: 'standard', note: '' } as const

/** A new draft at a time that was pointed at: what is longer than a real-time session is a project's. */
export function draftAt(start: Instant, end: Instant = start + SHORT): Draft {
  const length = end - start
  if (length > LONG) return { ...EMPTY, kind: 'project', start, end }
  return { ...EMPTY, kind: 'realtime', start, end: start + (length > SHORT ? LONG : SHORT) }
}

export const draftOf = ({ title, kind, project, priority, note, start, end }: Reservation): Draft =>
  ({ title, kind, project, priority, note, start, end })

/** The lengths a real-time session can be given: those there are, and the one it came with. */
export const lengthsFor = (initial: Draft): number[] =>
  [...new Set([...REALTIME_LENGTHS, ...(initial.kind === 'realtime' ? [durationOf(initial)] : [])])].toSorted((a, b) => a - b)

/** Whether it may end in another night than it starts in: maintenance, and what does already. */
export function mayEndLater(site: Site, draft: Draft): boolean {
  const { first, last } = nightsOf(site, draft)
  return draft.kind === 'maintenance' || (draft.kind === 'project' && first !== last)
}

/** Keeps the length, as far as the night goes. */
export function withStart(site: Site, draft: Draft, start: Instant): Draft {
  const end = start + durationOf(draft)
  if (draft.kind === 'realtime' || mayEndLater(site, draft)) return { ...draft, start, end }
  return { ...draft, start, end: Math.min(end, nightInterval(nightAt(site, start)).end) }
}

/** The same time by the clock in another night; the same draft where there is no such night. */
export function withNight(site: Site, draft: Draft, date: string): Draft {
  const night = nightOn(site, date)
  if (!night) return draft
  const start = Math.min(sameClockIn(night, draft.start), nightInterval(night).end - STEP)
  return withStart(site, draft, start)
}

/** The same end by the clock, in another night; the same draft where that would be before its start. */
export function withEndNight(site: Site, draft: Draft, date: string): Draft {
  const night = nightOn(site, date)
  const from = nightOn(site, nightsOf(site, draft).last)
  if (!night || !from) return draft
  if (date === nightAt(site, draft.start).date) return { ...draft, end: Math.max(sameClockIn(night, draft.end, from), draft.start + STEP) }
  const end = sameClockIn(night, draft.end, from)
  return end > draft.start ? { ...draft, end } : draft
}

export const withLength = (draft: Draft, seconds: number): Draft => ({ ...draft, end: draft.start + seconds })

/** A real-time session takes one of its lengths. */
export function withKind(draft: Draft, kind: Kind, lengths: readonly number[]): Draft {
  if (kind === draft.kind) return draft
  if (kind !== 'realtime') return { ...draft, kind }
  const length = durationOf(draft)
  return withLength({ ...draft, kind }, lengths.includes(length) ? length : length > SHORT ? LONG : SHORT)
}

/** As many characters as fit into a card of a FITS header. */
export const MAX_NOTE_LENGTH = 68

/** What is wrong with a note, if anything. One that came as it is may stay. */
export function noteProblem(note: string, initial: string): string | undefined {
  if (note === initial) return undefined
  const odd = /[^ -~]/u.exec(note)?.[0]
  if (odd !== undefined) return `Only plain characters can go into a FITS header; “${odd}” cannot.`
  return note.length > MAX_NOTE_LENGTH ? `It is too long for a FITS header by ${note.length - MAX_NOTE_LENGTH}.` : undefined
}

/** What to ask for to reserve a draft: what is left empty is left to the calendar. */
export function proposedFrom(site: Site, { title, kind, project, priority, note, start, end }: Draft): ReservationInput {
  const text = title.trim()
  return { site: site.code, start, end, kind, priority, note, ...(text && { title: text }), ...(project && { project }) }
}

/** What is to be changed to make a draft of what stands; nothing where they are the same. Without a title it has its observer's name. */
export function changesOf(before: Reservation, draft: Draft): ReservationInput {
  const title = draft.title.trim() || before.creator
  return {
    ...(isMoved(before, draft) && { start: draft.start, end: draft.end }),
    // As it came, spaces and all, is no change.
    ...(title !== before.title && draft.title !== before.title && { title }),
    ...(draft.kind !== before.kind && { kind: draft.kind }),
    ...(draft.priority !== before.priority && { priority: draft.priority }),
    ...(draft.note !== before.note && { note: draft.note }),
    ...(!sameProject(draft.project, before.project) && { project: draft.project }),
  }
}

export const isMoved = (before: Interval, after: Interval): boolean => before.start !== after.start || before.end !== after.end
