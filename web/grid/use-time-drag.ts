import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Destination } from '../editor/destination.ts'
import { type Editing, useEditing } from '../editor/editing-context.ts'
import { type AppContext, useApp } from '../live/app-context.ts'
import type { DragField, Place } from './drag-field.ts'
import { handleFreeClicks } from './free-click.ts'
import type { GhostSignal } from './ghost.tsx'
import { conflictOf, destinationOf, freeSlotAt, type Held, heldAt, type Scene, verbOf } from './held.ts'
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
function dragHost(context: Context): DragHost<Held> {
  const { element, field, ghost, move, open, caller, sites } = context
  const destinationAt = (held: Held, at: Point): Required<Destination> | undefined => {
    const place = field.placeAt(element, at)
    return place && destinationOf(held, place)
  }
  return {
    grab(event) {
      const place = placePressed(context, pointOf(event), event.target as Element)
      return place && heldAt(event, place, context)
    },
    show(held, at, copy) {
      const to = destinationAt(held, at)
      const title = held.shown?.reservation.title
      if (to)
        ghost.set({ to, verb: verbOf(held, to, copy), title, conflict: conflictOf(to, held, context, caller, sites) })
    },
    hide: () => ghost.set(undefined),
    drop(held, at, copy) {
      const to = destinationAt(held, at)
      const of = held.shown?.reservation
      if (!to) return
      if (!of) reserve(context, to)
      else if (copy && held.grip === 'move') {
        const { site, ...during } = to
        open({ action: 'copy', of: { ...of, site }, during }, field.anchorOf(element, to))
      } else void move(of, to)
    },
  }
}

const placePressed = ({ field, element }: Context, at: Point, pressed: Element): Place | undefined =>
  field.isIn(pressed) ? field.placeAt(element, at) : undefined

function reserveSlot(context: Context, at: Point, pressed: Element): void {
  const place = placePressed(context, at, pressed)
  const slot = place && freeSlotAt(place, context, context.sites)
  if (slot) reserve(context, { ...slot, site: place.site })
}

function reserve({ field, element, open }: Context, to: Required<Destination>): void {
  const { site, ...during } = to
  open({ action: 'reserve', site, during }, field.anchorOf(element, to))
}
