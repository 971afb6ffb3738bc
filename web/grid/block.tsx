import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { useIsOpened } from '../editor/opened-slot.ts'
import { formatClock } from '../format/clock.ts'
import { Star } from '../icon.tsx'
import { directionOf } from '../bidi.ts'
import { keyOf } from '../reservation-key.ts'
import type { PlacedBlock } from './placed-blocks.ts'
import { isOwn, reservationClass, reservationLabel } from './reservation-label.ts'
import './block.css'
import './block-text.css'
import './block-states.css'

interface BlockProps {
  readonly block: PlacedBlock
  readonly site: Site
  readonly caller: Caller
  readonly now: Instant
  /** The height of the present in the column, as a fraction of the grid's; undefined if it is in another. */
  readonly nowHeight: number | undefined
  /** Whether the caller may drag it. */
  readonly canDrag: boolean
  /** Whether it is one of those that are looked for. */
  readonly isMatch: boolean
  /** Its place for the arrow keys, in seconds after the night's noon. */
  readonly stop: number
  readonly onClick: (reservation: Reservation, block: HTMLElement) => void
}

/** The part of a reservation that one night shows. */
export function Block(props: BlockProps) {
  const { block, site, caller, nowHeight, canDrag, stop, onClick } = props
  const { shown, column, hasStart, hasEnd } = block
  const { reservation, during, isSaving } = shown
  const nowWithin = shareOf(block, nowHeight)
  return (
    <button
      type="button"
      class={classOf(props, nowWithin !== undefined)}
      style={boxOf(block)}
      data-key={keyOf(reservation)}
      data-reservation={reservation.id}
      data-drag={canDrag ? '' : undefined}
      data-opened={useIsOpened(reservation.id) ? '' : undefined}
      data-line={column}
      data-stop={stop}
      aria-busy={isSaving || undefined}
      tabIndex={-1}
      onClick={(event) => onClick(reservation, event.currentTarget)}
    >
      <span class="visually-hidden">
        {reservationLabel(isSaving ? reservation : { ...reservation, ...during }, site, caller)}
      </span>
      {nowWithin !== undefined && <span class="now-within" style={{ top: `${nowWithin * 100}%` }} />}
      <BlockText shown={shown} site={site} caller={caller} />
      {canDrag && hasStart && <span class="edge start" data-grip="start" />}
      {canDrag && hasEnd && <span class="edge end" data-grip="end" />}
    </button>
  )
}

function classOf({ block: { shown, hasStart, hasEnd }, caller, now, isMatch }: BlockProps, isCurrent: boolean): string {
  const states: readonly (readonly [boolean, string])[] = [
    [shown.during.end <= now, 'past'],
    [isCurrent, 'current'],
    [shown.isSaving, 'saving'],
    [!isMatch, 'dimmed'],
    [!hasStart, 'cut-start'],
    [!hasEnd, 'cut-end'],
  ]
  const names = states.filter(([applies]) => applies).map(([, name]) => name)
  return ['block', reservationClass(shown.reservation, caller), ...names].join(' ')
}

/** Where a height in the column is in a block, as a fraction of its own height; undefined if outside. */
function shareOf({ top, bottom }: PlacedBlock, height: number | undefined): number | undefined {
  if (height === undefined || height < top || height >= bottom) return undefined
  return (height - top) / (bottom - top)
}

/** Position and size of a block, as far as a gap to the next one. */
const boxOf = ({ top, bottom, index, count }: Omit<PlacedBlock, 'shown'>) => ({
  top: `${top * 100}%`,
  height: `calc(${(bottom - top) * 100}% - 1.5px)`,
  left: `${(100 * index) / count}%`,
  width: count === 1 ? '100%' : `calc(${100 / count}% - 1px)`,
})

function BlockText({ shown, site, caller }: Pick<PlacedBlock, 'shown'> & { site: Site; caller: Caller }) {
  const { reservation, during, isSaving } = shown
  const own = isOwn(reservation, caller)
  return (
    <span class="block-text" aria-hidden="true">
      <span class="block-title" dir={directionOf(reservation.title)}>
        {own && <Star />}
        <bdi>{reservation.title}</bdi>
      </span>
      <span class="block-observer" dir={own ? undefined : directionOf(reservation.creator)}>
        {own ? 'You' : <bdi>{reservation.creator}</bdi>}
      </span>
      <span class="block-time">{isSaving ? 'Saving …' : <Times site={site} during={during} />}</span>
      {reservation.project && (
        <span class="block-project">
          Project <bdi>{reservation.project.name}</bdi>
        </span>
      )}
      {reservation.note !== '' && (
        <span class="block-note">
          <bdi>{reservation.note}</bdi>
        </span>
      )}
    </span>
  )
}

/** Without the end where it is narrow. */
const Times = ({ site, during: { start, end } }: { site: Site; during: Interval }) => (
  <>
    {formatClock(site, start)}
    <span class="block-end">–{formatClock(site, end)}</span>
  </>
)
