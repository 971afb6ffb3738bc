import type { Night } from '../../src/domain/night.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Target } from '../../src/sky/target.ts'
import type { Instant } from '../../src/domain/interval.ts'
import { useEditing } from '../editor/editing-context.ts'
import { formatClock } from '../format/clock.ts'
import { formatCivil, formatNight } from '../format/date.ts'
import type { Grid } from '../grid/geometry.ts'
import { anchorAt } from '../grid/night-points.ts'
import { isOwn, reservationLabel } from '../grid/reservation-label.ts'
import { useApp } from '../live/app-context.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { keyOf } from '../reservation-key.ts'
import type { SiteRoute } from '../routes.ts'
import { MoonGlyph } from '../sky/moon-glyph.tsx'
import { formatDarkHours, formatFree, monthLabel, moonPhase, NONE_FREE } from './month-label.ts'
import type { MonthNight } from './month-nights.ts'
import { NightBar } from './night-bar.tsx'
import './month-cell.css'

interface MonthCellProps {
  readonly one: MonthNight
  readonly grid: Grid
  readonly now: Instant
  readonly target: Target | undefined
  readonly isRead: boolean
  /** Whether its sky is known; there is its date alone before. */
  readonly isDrawn: boolean
  /** Whether the night is one of the shown month, and not of a neighbour. */
  readonly isInMonth: boolean
}

/** A night of a month. All of it leads to the night, but for what is reserved, which leads to its card. */
export function MonthCell({ isInMonth, isDrawn, ...shown }: MonthCellProps) {
  const { one } = shown
  const names = ['month-night', one.when, isInMonth ? '' : 'other']
  return (
    <div role="gridcell" class={names.filter(Boolean).join(' ')}>
      <CellHead one={one} isDrawn={isDrawn} />
      {isDrawn && (
        <>
          <NightBar {...shown} />
          <span class="month-hours">
            <span class="month-dark">{formatDarkHours(one.darkHours, one.isDarkAllDay)}</span>
            {one.freeHours !== undefined && <Free hours={one.freeHours} />}
          </span>
          <OwnInNight one={one} />
        </>
      )}
    </div>
  )
}

/** `2.9 h free`, of which a phone leaves out the last word. */
function Free({ hours }: { hours: number }) {
  const text = formatFree(hours)
  return (
    <span class={text === NONE_FREE ? 'month-free none' : 'month-free'}>
      {text.replace(/ free$/, '')}
      <span class="month-word"> free</span>
    </span>
  )
}

function CellHead({ one, isDrawn }: Pick<MonthCellProps, 'one' | 'isDrawn'>) {
  const { caller } = useApp()
  const { route } = useNavigation()
  const { night } = one.column
  const to: SiteRoute = { ...route, page: 'site', site: night.site.code, view: 'night', night: night.date }
  return (
    <span class="month-head">
      <Link to={to} class="month-link" label={isDrawn ? monthLabel(one, caller) : formatNight(night.date)}>
        <Day one={one} />
      </Link>
      {one.when === 'tonight' && (
        <span class="month-tonight" aria-hidden="true">
          Tonight
        </span>
      )}
      {isDrawn && <Moon night={night} />}
    </span>
  )
}

function Moon({ night }: { night: Night }) {
  const { phase, illumination } = moonPhase(night)
  return (
    <span class="month-moon" aria-hidden="true">
      <span class="month-lit">{`${Math.round(illumination * 100)}%`}</span>
      <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
    </span>
  )
}

/** `27`, and `1 Dec` for the first shown night of a month. */
function Day({ one: { column, isFirst } }: { one: MonthNight }) {
  const [, day = '', month = ''] = formatCivil(column.night.site, column.start).split(' ')
  const names = day === '1' ? 'month-name' : 'month-name first'
  return (
    <>
      {day}
      {(day === '1' || isFirst) && <span class={names} data-text={month} />}
    </>
  )
}

/** One's own reservations in a night, by name. */
function OwnInNight({ one }: { one: MonthNight }) {
  const { caller } = useApp()
  const own = one.reserved.filter((reservation) => isOwn(reservation, caller))
  return (
    <span class="month-own">
      {own.map((reservation) => (
        <Own key={keyOf(reservation)} reservation={reservation} one={one} />
      ))}
    </span>
  )
}

function Own({ reservation, one }: { reservation: Reservation; one: MonthNight }) {
  const { caller } = useApp()
  const { open } = useEditing()
  const { site } = one.column.night
  return (
    <button
      type="button"
      aria-label={reservationLabel(reservation, site, caller)}
      onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
    >
      <span class="month-own-time" data-text={formatClock(site, reservation.start)} />
      <bdi>{reservation.title}</bdi>
    </button>
  )
}
