import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Target } from '../../src/sky/target.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useFilter } from '../filter.ts'
import { type Grid, heightAt, shownOf } from '../grid/geometry.ts'
import { isOwn, reservationClass, reservationLabel } from '../grid/reservation-label.ts'
import { anchorAt } from '../grid/night-points.ts'
import { type Share, shareWidth } from '../grid/side-by-side.ts'
import { isolate } from '../bidi.ts'
import { useApp } from '../live/app-context.ts'
import { type LinePart, styleOf } from '../position.ts'
import { keyOf } from '../reservation-key.ts'
import { skyGradient } from '../sky/gradient.ts'
import { barParts, type MonthNight, moonParts, targetParts } from './month-nights.ts'
import './night-bar.css'

interface NightBarProps {
  readonly one: MonthNight
  readonly grid: Grid
  readonly now: Instant
  readonly target: Target | undefined
  /** Whether the reservations are known. */
  readonly isRead: boolean
}

/** A night from dusk to dawn: when the Moon is up, the sky with what is reserved, and when the target is high in the dark. */
export function NightBar({ one, grid, now, target, isRead }: NightBarProps) {
  const { column, closure, isClosed, reserved } = one
  const { site } = column.night
  const isMatch = useFilter()
  const shares = shareWidth(reserved)
  return (
    <>
      <Line class="moon-up" parts={moonParts(grid, column)} />
      <span
        class={isRead ? 'night-bar' : 'night-bar unread'}
        style={{ background: skyGradient(site, shownOf(grid, column), 'to right') }}
      >
        {closure &&
          barParts(grid, column, [closure]).map((part) => (
            <span key={part.left} class="night-closed" aria-hidden="true" style={styleOf(part)} />
          ))}
        {isClosed && closure && reserved.length === 0 && (
          <span class="night-closed-text" aria-hidden="true">{`Closed, ${isolate(closure.title)}`}</span>
        )}
        {reserved.map((reservation) => (
          <Block
            key={keyOf(reservation)}
            {...{ reservation, one, grid }}
            share={shares.get(reservation)}
            isMatch={isMatch(reservation)}
          />
        ))}
        {one.when === 'tonight' && (
          <span class="night-now" aria-hidden="true" style={{ left: `${heightAt(grid, column, now) * 100}%` }} />
        )}
      </span>
      <Line class="target-high" parts={target ? targetParts(grid, column, target) : []} />
    </>
  )
}

const Line = ({ class: className, parts }: { class: string; parts: readonly LinePart[] }) => (
  <span class="night-line" aria-hidden="true">
    {parts.map((part) => (
      <span key={part.left} class={className} style={styleOf(part)} />
    ))}
  </span>
)

interface BlockProps extends Pick<NightBarProps, 'one' | 'grid'> {
  readonly reservation: Reservation
  /** Its share of the height, among those that it overlaps. */
  readonly share: Share | undefined
  /** Whether it is one of those that are looked for. */
  readonly isMatch: boolean
}

function Block({ reservation, one: { column }, grid, share = { index: 0, count: 1 }, isMatch }: BlockProps) {
  const { caller } = useApp()
  const { open } = useEditing()
  const [part] = barParts(grid, column, [reservation])
  if (!part) return null
  const label = reservationLabel(reservation, column.night.site, caller)
  return (
    <button
      type="button"
      class={`block ${reservationClass(reservation, caller)} ${isMatch ? '' : 'dimmed'}`}
      style={{ ...styleOf(part), '--index': share.index, '--count': share.count }}
      aria-label={label}
      title={label}
      tabIndex={-1}
      // One's own are named below the bar.
      aria-hidden={isOwn(reservation, caller)}
      onClick={(event) => open({ action: 'show', reservation }, anchorAt(event.currentTarget))}
    />
  )
}
