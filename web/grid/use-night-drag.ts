import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Telescopes } from '../../src/domain/enclosure.ts'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { conflicts } from '../../src/domain/conflict.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { useEditing } from '../editor/editing-context.ts'
import { useApp } from '../live/app-context.ts'
import { keyOf } from '../reservation-key.ts'
import { type Grab, draggedTo, type Grip } from './drag.ts'
import { stillToCome } from './free-slot.ts'
import type { Grid } from './geometry.ts'
import type { GhostSignal } from './ghost.tsx'
import { anchorOf, placeAt } from './night-points.ts'
import { handleDrags, type Point, pointOf } from './pointer-drag.ts'
import type { Shown } from './shown-reservations.ts'

/** What a drag in the grid holds: a reservation, unless it begins in free time. */
interface Held extends Grab {
  readonly shown: Shown | undefined
}

/** What the grid shows while it is dragged in. */
export interface DragScene {
  readonly grid: Grid
  readonly shown: readonly Shown[]
  readonly now: Instant
  readonly ghost: GhostSignal
  readonly move: (reservation: Reservation, to: Interval) => Promise<void>
}

/**
 * Drag over free time to reserve; drag a reservation to move it, its edges to resize it, with Shift to copy it.
 * @param columns the element whose equal parts are the columns
 */
export function useNightDrag(columns: RefObject<HTMLElement>, isEnabled: boolean, scene: DragScene): void {
  const { open } = useEditing()
  const { caller, sites } = useApp()
  const latest = useRef(scene)
  latest.current = scene

  useEffect(() => {
    const element = columns.current
    if (!element || !isEnabled) return undefined
    const timesAt = (held: Held, at: Point) => draggedTo(held, placeAt(element, latest.current.grid, at).at)
    return handleDrags<Held>(element, () => ({
      grab: (event) => heldAt(event, element, latest.current),
      show(held, at, copy) {
        const during = timesAt(held, at)
        const conflict = conflictOf(during, held, latest.current, caller, sites)
        const title = held.shown?.reservation.title
        latest.current.ghost.set({ during, verb: verbOf(held.grip, copy), title, conflict })
      },
      hide: () => latest.current.ghost.set(undefined),
      drop(held, at, copy) {
        const { grid, move } = latest.current
        const during = timesAt(held, at)
        const anchor = anchorOf(element, grid, during)
        const of = held.shown?.reservation
        if (!of) open({ action: 'reserve', site: siteOf(grid), during }, anchor)
        else if (copy && held.grip === 'move') open({ action: 'copy', of, during }, anchor)
        else void move(of, during)
      },
    }))
  }, [columns, isEnabled, open, caller, sites])
}

/** What a press holds. Undefined for a reservation that may not be dragged, and for time that is past. */
function heldAt(event: PointerEvent, columns: HTMLElement, { grid, shown, now }: DragScene): Held | undefined {
  const target = event.target as Element
  const { column, at } = placeAt(columns, grid, pointOf(event))
  const block = target.closest<HTMLElement>('[data-key]')
  if (!block) {
    const during = stillToCome(column, now)
    return at < during.start ? undefined : { grip: 'new', during, at, shown: undefined }
  }
  if (block.dataset['drag'] === undefined) return undefined
  const one = shown.find(({ reservation }) => keyOf(reservation) === block.dataset['key'])
  const grip = (target.closest<HTMLElement>('[data-grip]')?.dataset['grip'] ?? 'move') as Grip
  return one && { grip, during: one.during, at, shown: one }
}

const siteOf = ({ columns }: Grid): string => columns[0]?.night.site.code ?? ''

function verbOf(grip: Grip, copy: boolean): string {
  if (grip === 'new') return 'Reserve'
  if (grip !== 'move') return 'Resize'
  return copy ? 'Copy' : 'Move'
}

/** The creator of a reservation with which a drag would conflict; undefined if there is none. */
function conflictOf(
  during: Interval,
  { shown: held, grip }: Held,
  { grid, shown }: DragScene,
  caller: Caller,
  sites: Telescopes,
): string | undefined {
  const before = held?.reservation
  const proposed = {
    ...during,
    site: before?.site ?? siteOf(grid),
    observer: before?.observer ?? caller.id ?? '',
    kind: before?.kind ?? 'realtime',
  } as const
  const isOther = ({ reservation }: Shown) => reservation !== before || grip === 'new'
  const found = shown.find((one) => isOther(one) && conflicts(proposed, { ...one.reservation, ...one.during }, sites))
  return found?.reservation.creator
}
