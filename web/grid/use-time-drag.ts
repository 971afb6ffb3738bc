import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Destination } from '../editor/destination.ts'
import { type Editing, useEditing } from '../editor/editing-context.ts'
import { type AppContext, useApp } from '../live/app-context.ts'
import type { DragField, DragPoint } from './drag-field.ts'
import { handleFreeClicks } from './free-click.ts'
import type { GhostSignal } from './ghost.tsx'
import {
  conflictOf,
  destinationOf,
  freeSlotAt,
  type DragItem,
  dragItemAt,
  type Scene,
  actionName,
} from './drag-item.ts'
import { type DragHost, handleDrags, type Point, pointOf } from './pointer-drag.ts'

/** What is shown where one drags, and what becomes of what is dragged. */
export interface DragScene extends Scene {
  readonly field: DragField
  readonly ghost: GhostSignal
  readonly move: (reservation: Reservation, to: Destination) => Promise<void>
}

interface Context extends DragScene, Editing, Pick<AppContext, 'caller' | 'sites'> {
  readonly element: HTMLElement
}

/**
 * Drag over free time to reserve it; drag a reservation to move it, its edges to resize it, with Shift to copy it. Click or
 * tap free time for a new reservation of the usual length.
 */
export function useTimeDrag(root: RefObject<HTMLElement>, isEnabled: boolean, scene: DragScene): void {
  const { open } = useEditing()
  const { caller, sites } = useApp()
  const latest = useRef(scene)
  latest.current = scene
  useEffect(() => {
    const element = root.current
    if (!element || !isEnabled) return undefined
    const context = (): Context => ({ ...latest.current, element, open, caller, sites })
    const stopClicks = handleFreeClicks(element, (at, pressed) => reserveSlot(context(), at, pressed))
    const stopDrags = handleDrags(element, () => dragHost(context()))
    return () => {
      stopClicks()
      stopDrags()
    }
  }, [root, isEnabled, open, caller, sites])
}

/** Drags what is pressed in the scene. */
function dragHost(context: Context): DragHost<DragItem> {
  const { element, field, ghost, move, open, caller, sites } = context
  const destinationAt = (item: DragItem, at: Point): Required<Destination> | undefined => {
    const point = field.pointAt(element, at)
    return point && destinationOf(item, point)
  }
  return {
    grab(event) {
      const point = pointPressed(context, pointOf(event), event.target as Element)
      return point && dragItemAt(event, point, context)
    },
    show(item, at, copy) {
      const to = destinationAt(item, at)
      const title = item.shown?.reservation.title
      if (to)
        ghost.set({
          to,
          verb: actionName(item, to, copy),
          title,
          conflict: conflictOf(to, item, context, caller, sites),
        })
    },
    hide: () => ghost.set(undefined),
    drop(item, at, copy) {
      const to = destinationAt(item, at)
      const of = item.shown?.reservation
      if (!to) return
      if (!of) reserve(context, to)
      else if (copy && item.grip === 'move') {
        const { site, ...during } = to
        open({ action: 'copy', of: { ...of, site }, during }, field.anchorOf(element, to))
      } else void move(of, to)
    },
  }
}

const pointPressed = ({ field, element }: Context, at: Point, pressed: Element): DragPoint | undefined =>
  field.isIn(pressed) ? field.pointAt(element, at) : undefined

function reserveSlot(context: Context, at: Point, pressed: Element): void {
  const point = pointPressed(context, at, pressed)
  const slot = point && freeSlotAt(point, context, context.sites)
  if (slot) reserve(context, { ...slot, site: point.site })
}

function reserve({ field, element, open }: Context, to: Required<Destination>): void {
  const { site, ...during } = to
  open({ action: 'reserve', site, during }, field.anchorOf(element, to))
}
