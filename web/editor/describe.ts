import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import { sameProject } from '../../src/domain/project.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatKind, formatPriority } from '../format/kind.ts'
import { formatOwnSpan, formatSpan } from '../format/span.ts'
import { isolate } from '../bidi.ts'
import { differsFromOwn, type Zone } from '../own-zone.ts'

/* Reservations, and what was changed in them, within sentences of plain text. */

/** `“M51 LRGB”`, by its creator if it has no title. */
export const quotedTitle = ({ title, creator }: Pick<Reservation, 'title' | 'creator'>): string =>
  `“${isolate(title || creator)}”`

/** `Bo Jansson (M51)`, or `maintenance (Camera swap)`. */
export function holderOf({ creator, title, kind }: Reservation): string {
  if (kind === 'maintenance') return `maintenance (${isolate(title)})`
  return title === creator ? isolate(creator) : `${isolate(creator)} (${isolate(title)})`
}

/** `Thu 26 Nov 22:30–23:15`, and for readers elsewhere ` (Fri 27 Nov 06:30–07:15 for you)`. */
export const formatBoth = (zone: Zone, during: Interval): string =>
  `${formatSpan(zone, during)}${differsFromOwn(zone, during.start) ? ` (${formatOwnSpan(during)} for you)` : ''}`

/** `Thu 26 Nov 21:00–22:00 is reserved by Bo Jansson (M51), and 1 more overlaps.` */
export function formatTaken(site: Site, taken: readonly Reservation[]): string {
  const [first, ...others] = taken
  if (!first) return 'The time is reserved.'
  const more = others.length > 0 ? `, and ${others.length} more overlap${others.length > 1 ? '' : 's'}` : ''
  return `${formatSpan(site, first)} is reserved ${first.kind === 'maintenance' ? 'for' : 'by'} ${holderOf(first)}${more}.`
}

/** ` It overlaps “M51” by Bo and 2 more.`, or nothing. */
export function formatOverlap(overlapping: readonly Reservation[]): string {
  const [first, ...others] = overlapping
  if (!first) return ''
  const more = others.length > 0 ? ` and ${others.length} more` : ''
  return ` It overlaps ${quotedTitle(first)} by ${isolate(first.creator)}${more}.`
}

/** What differs between two states of a reservation: `title “M51” → “M63”`. Times are those of the site. */
export function differencesOf(site: Site, before: Reservation, after: Reservation): string[] {
  const from = (one: Reservation, other: Reservation) => (one.site === other.site ? '' : `${one.site} `)
  const isElsewhen = before.start !== after.start || before.end !== after.end || before.site !== after.site
  const span = (one: Reservation, other: Reservation) => `${from(one, other)}${formatSpan(site, one)}`
  return [
    isElsewhen && `time ${span(before, after)} → ${span(after, before)}`,
    before.title !== after.title && `title ${quotedTitle(before)} → ${quotedTitle(after)}`,
    before.kind !== after.kind && `type ${formatKind(before.kind)} → ${formatKind(after.kind)}`,
    !sameProject(before.project, after.project) && `project ${projectName(before)} → ${projectName(after)}`,
    before.priority !== after.priority &&
      `priority ${formatPriority(before.priority)} → ${formatPriority(after.priority)}`,
    before.note !== after.note && `note “${isolate(before.note)}” → “${isolate(after.note)}”`,
  ].filter((text) => text !== false)
}

const projectName = ({ project }: Reservation) => (project ? `“${isolate(project.name)}”` : 'none')

/** Who made a change: `you`, the reservation's own observer, a program, or an id. */
export function formatActor(by: string, of: Reservation | undefined, caller: Caller): string {
  if (by === caller.id) return 'you'
  if (by === of?.observer) return isolate(of.creator)
  if (by.startsWith('service:')) return `the program ${isolate(by.slice('service:'.length))}`
  return by === 'anonymous' ? 'somebody' : isolate(by)
}
