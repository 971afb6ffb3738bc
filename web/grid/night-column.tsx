import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { darkness } from '../../src/sky/sun.ts'
import type { Target } from '../../src/sky/target.ts'
import { formatNight } from '../format/date.ts'
import { keyOf } from '../reservation-key.ts'
import { skyGradient } from '../sky/gradient.ts'
import { SkyGutter } from '../sky/sky-drawing.tsx'
import { Block } from './block.tsx'
import { Closures } from './closure.tsx'
import { DraftSlot } from './draft-slot.tsx'
import { FreeStops } from './free-stops.tsx'
import { type Column, type Grid, shownHeightAt, shownOf } from './geometry.ts'
import { Ghost, type GhostSignal } from './ghost.tsx'
import { NightMarks } from './night-marks.tsx'
import type { ColumnContents, PlacedBlock } from './placed-blocks.ts'
import './night-column.css'

interface NightColumnProps {
  readonly grid: Grid
  readonly column: Column
  readonly index: number
  readonly contents: ColumnContents
  readonly caller: Caller
  readonly now: Instant
  readonly target: Target | undefined
  /** Whether nothing is known yet of what is reserved. */
  readonly isUnread: boolean
  readonly ghost: GhostSignal
  /** Whether a reservation is one of those that are looked for. */
  readonly isMatch: (reservation: Reservation) => boolean
  readonly canDrag: (block: PlacedBlock) => boolean
  readonly openReservation: (reservation: Reservation, block: HTMLElement) => void
  readonly reserveAt: (during: { start: Instant; end: Instant }, slot: HTMLElement) => void
}

/** A night: its sky, what is reserved in it, and what can still be. */
export function NightColumn(props: NightColumnProps) {
  const { grid, column, index, contents, caller, now, target, isUnread } = props
  const { site, date } = column.night
  const during = shownOf(grid, column)
  const isTonight = column.start <= now && now < column.end
  const nowHeight = isTonight ? shownHeightAt(grid, column, now) : undefined
  return (
    <div role="gridcell" class="night-cell">
      {/* A label on the cell itself would have to contain all of its text. */}
      <div
        role="group"
        aria-label={`Night of ${formatNight(date)}`}
        class={isTonight ? 'night tonight' : 'night'}
        data-night={index}
        style={{ background: skyGradient(site, during, 'to bottom') }}
      >
        <SkyGutter site={site} during={during} target={target} dark={darkness(column.night)} labelledFrom={now} />
        <NightMarks grid={grid} column={column} now={now} blocks={contents.blocks} />
        {isUnread && <span class="unread" aria-hidden="true" />}
        {nowHeight !== undefined && <span class="now-line" style={{ top: `${nowHeight * 100}%` }} />}
        <Closures closures={contents.closures} {...{ site, caller, now, column }} onOpen={props.openReservation} />
        <div class="lane">
          {contents.blocks.map((block) => (
            <Block
              key={keyOf(block.shown.reservation)}
              {...{ block, site, caller, now, nowHeight }}
              canDrag={props.canDrag(block)}
              isMatch={props.isMatch(block.shown.reservation)}
              stop={block.shown.during.start - column.start}
              onClick={props.openReservation}
            />
          ))}
          {!isUnread && <FreeStops {...{ grid, column, index, contents, now }} onReserve={props.reserveAt} />}
          <DraftSlot grid={grid} column={index} site={site} />
          <Ghost grid={grid} column={index} site={site} ghost={props.ghost} />
        </div>
      </div>
    </div>
  )
}
