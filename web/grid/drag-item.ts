import type { Caller } from '../../src/client/domain/calendar.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import { type Telescopes, takenCodes } from '../../src/domain/enclosure.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import type { Destination } from '../editor/destination.ts'
import { keyOf } from '../reservation-key.ts'
import { draggedTo, type Grab, type Grip } from './drag.ts'
import type { DragPoint } from './drag-field.ts'
import { isOnFree } from './free-click.ts'
import { slotAt, reservablePart } from './free-slot.ts'
import type { Shown } from './shown-reservations.ts'

/** What is dragged. */
export interface DragItem extends Grab {
  /** The telescope at which the drag began. */
  readonly site: SiteCode
  /** The reservation; undefined if the drag began in free time. */
  readonly shown: Shown | undefined
}

/** What is shown where one drags. */
export interface Scene {
  readonly shown: readonly Shown[]
  readonly now: Instant
}

/** What a press at a point drags. Undefined for a reservation that may not be dragged, and for time that is past. */
export function dragItemAt(
  event: PointerEvent,
  { site, at, within }: DragPoint,
  { shown, now }: Scene,
): DragItem | undefined {
  const target = event.target as Element
  const block = target.closest<HTMLElement>('[data-key]')
  if (!block) {
    const during = reservablePart(within, now)
    return isOnFree(event) && at >= during.start ? { grip: 'new', during, at, site, shown: undefined } : undefined
  }
  if (block.dataset['drag'] === undefined) return undefined
  const one = shown.find(({ reservation }) => keyOf(reservation) === block.dataset['key'])
  const grip = (target.closest<HTMLElement>('[data-grip]')?.dataset['grip'] ?? 'move') as Grip
  return one && { grip, during: one.during, at, site, shown: one }
}

/**
 * Where a drag leads when the pointer is at a point. A whole reservation may go to another telescope, but maintenance of an
 * enclosure stays there.
 */
export function destinationOf(item: DragItem, { site, at }: DragPoint): Required<Destination> {
  const own = item.shown?.reservation.site ?? item.site
  const mayLeave = item.grip === 'move' && own === item.site
  return { ...draggedTo(item, at), site: mayLeave ? site : own }
}

/** What becomes of it: `Reserve`, `Resize`, `Move`, `Copy to aro2`. */
export function actionName({ grip, site }: DragItem, to: Required<Destination>, copy: boolean): string {
  if (grip === 'new') return 'Reserve'
  if (grip !== 'move') return 'Resize'
  return `${copy ? 'Copy' : 'Move'}${to.site === site ? '' : ` to ${to.site}`}`
}

/** The creator of a reservation with which a drag would conflict; undefined if there is none. */
export function conflictOf(
  to: Required<Destination>,
  { shown: dragged, grip }: DragItem,
  { shown }: Scene,
  caller: Caller,
  sites: Telescopes,
): string | undefined {
  const before = dragged?.reservation
  const proposed = {
    ...to,
    observer: before?.observer ?? caller.id ?? '',
    kind: before?.kind ?? 'realtime',
  } as const
  const isOther = ({ reservation }: Shown) => reservation !== before || grip === 'new'
  const found = shown.find((one) => isOther(one) && conflicts(proposed, asShown(one), sites))
  return found?.reservation.creator
}

/** The usual times for a new reservation at a point; undefined if the time is taken, or past. */
export function freeSlotAt(
  { site, at, within }: DragPoint,
  { shown, now }: Scene,
  sites: Telescopes,
): Interval | undefined {
  const taken = shown.filter((one) => takenCodes(asShown(one), sites).includes(site))
  return slotAt(
    at,
    reservablePart(within, now),
    taken.map(({ during }) => during),
  )
}

const asShown = ({ reservation, during, site }: Shown) => ({ ...reservation, ...during, site })
