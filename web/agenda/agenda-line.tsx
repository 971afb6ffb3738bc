import { durationOf, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { formatClock, minuteBefore } from '../format/clock.ts'
import { formatCivil, formatWeekday } from '../format/date.ts'
import { formatKind, formatPriority } from '../format/kind.ts'
import { formatDistance, formatLength } from '../format/length.ts'
import { CLOCK_ALONE, formatMoment, formatRange } from '../format/span.ts'
import { isOwn, reservationClass } from '../grid/reservation-label.ts'
import { Star } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { airmassOver } from '../sky/airmass-over.ts'
import { useTarget } from '../target/use-target.ts'
import type { AgendaRow } from './agenda-rows.ts'
import './agenda-line.css'

interface AgendaLineProps {
  readonly line: AgendaRow
  readonly night: Night
  readonly now: Instant
  /** Whether it is the next free time, whose verb is the next thing to do. */
  readonly isFirst: boolean
}

/** One line of the agenda. */
export function AgendaLine({ line, night: { site }, now, isFirst }: AgendaLineProps) {
  if (line.row === 'date') return <li class="agenda-date">{formatCivil(site, line.start, now)}</li>
  if (line.row === 'now') {
    return (
      <li class="agenda-now">
        <span class="visually-hidden">Now: </span>
        <b>{formatClock(site, minuteBefore(now))}</b>
      </li>
    )
  }
  if (line.row === 'free') return <FreeLine site={site} during={line.during} isFirst={isFirst} />
  return <ReservationLine site={site} reservation={line.reservation} now={now} />
}

function FreeLine({ site, during, isFirst }: { site: Site; during: Interval; isFirst: boolean }) {
  const { open } = useEditing()
  const target = useTarget()
  const airmass = target && airmassOver(site, target.target, during)
  const reserve = (event: MouseEvent) =>
    open({ action: 'reserve', site: site.code, during }, (event.currentTarget as Element).getBoundingClientRect())
  // `1 h 05`, but `45 min`
  const length = formatLength(durationOf(during)).replace(
    / h (\d+) min$/,
    (_, minutes: string) => ` h ${minutes.padStart(2, '0')}`,
  )
  return (
    <li class="free">
      <Times site={site} during={during} />
      <div>
        <b>{`Free ${length}`}</b>
        <small>{target ? `${target.name} ${airmass}` : 'Dark throughout'}</small>
      </div>
      <button
        type="button"
        class={isFirst ? 'primary' : ''}
        aria-label={`Reserve ${formatRange(site, during)}`}
        onClick={reserve}
      >
        Reserve
      </button>
    </li>
  )
}

function ReservationLine({ site, reservation, now }: { site: Site; reservation: Reservation; now: Instant }) {
  const { open } = useEditing()
  const { caller } = useApp()
  const { title, kind } = reservation
  const own = isOwn(reservation, caller)
  const show = (event: MouseEvent) =>
    open({ action: 'show', reservation }, (event.currentTarget as Element).getBoundingClientRect())
  const state = stateOf(reservation, now)
  return (
    <li class={`${reservationClass(reservation, caller)} ${state}`}>
      <Times site={site} during={reservation} />
      <button type="button" class="plain" onClick={show}>
        <b>
          {own && <Star />} <bdi>{title}</bdi>
        </b>
        <small>
          <bdi>{own ? 'You' : reservation.creator}</bdi>
          {detailsOf(reservation)}
          {isLong(reservation) && `, until ${formatMoment(site, reservation.end, now)}`}
          {own && state === 'ahead' && `, starts ${formatDistance(reservation.start, now)}`}
        </small>
      </button>
      {state === 'running' && <span class="in-use">{kind === 'maintenance' ? 'Closed' : 'In use'}</span>}
    </li>
  )
}

function stateOf({ start, end }: Interval, now: Instant): 'past' | 'running' | 'ahead' {
  if (end <= now) return 'past'
  return start <= now ? 'running' : 'ahead'
}

/** `, project, low priority` */
const detailsOf = ({ kind, priority }: Reservation): string =>
  [
    formatKind(kind).replace(/ session$/, ''),
    ...(priority === 'standard' ? [] : [formatPriority(priority).toLowerCase()]),
  ]
    .map((text) => `, ${text}`)
    .join('')

/** Whether the end needs its date. */
const isLong = (during: Interval): boolean => durationOf(during) > CLOCK_ALONE

/** Start and end; the end with its weekday if it is far. */
function Times({ site, during }: { site: Site; during: Interval }) {
  const end = formatClock(site, during.end)
  return (
    <p class="times">
      {formatClock(site, during.start)}{' '}
      <small>{isLong(during) ? `${formatWeekday(site, during.end)} ${end}` : end}</small>
    </p>
  )
}
