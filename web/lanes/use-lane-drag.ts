import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { draggedTo, type Grab } from '../grid/drag.ts'
import { handleFreeClicks, isOnFree } from '../grid/free-click.ts'
import { slotAt, stillToCome } from '../grid/free-slot.ts'
import { handleDrags, type Point, pointOf } from '../grid/pointer-drag.ts'
import { partOf } from '../position.ts'
import { instantAt } from './axis.ts'

interface LaneScene {
  readonly site: SiteCode
  readonly window: Interval
  readonly now: Instant
  readonly taken: readonly Interval[]
  /** Shows the time that is being dragged over; undefined when that ends. */
  readonly draw: (during: Interval | undefined) => void
}

/** Drag over free time of a lane to reserve it; click or tap it for a new reservation of the usual length. */
export function useLaneDrag(lane: RefObject<HTMLElement>, scene: LaneScene, isEnabled: boolean): void {
  const { open } = useEditing()
  const latest = useRef(scene)
  latest.current = scene
  useEffect(() => {
    const element = lane.current
    if (!element || !isEnabled) return undefined
    const instantOf = ({ x }: Point): Instant => {
      const box = element.getBoundingClientRect()
      return instantAt(latest.current.window, (x - box.left) / box.width)
    }
    const reserve = (during: Interval) =>
      open({ action: 'reserve', site: latest.current.site, during }, anchorOf(element, latest.current.window, during))
    const stopClicks = handleFreeClicks(element, (at) => {
      const { window, now, taken } = latest.current
      const slot = slotAt(instantOf(at), stillToCome(window, now), taken)
      if (slot) reserve(slot)
    })
    const stopDrags = handleDrags<Grab>(element, () => ({
      grab: (event) => (isOnFree(event) ? grabAt(instantOf(pointOf(event)), latest.current) : undefined),
      show: (grab, at) => latest.current.draw(draggedTo(grab, instantOf(at))),
      hide: () => latest.current.draw(undefined),
      drop: (grab, at) => reserve(draggedTo(grab, instantOf(at))),
    }))
    return () => {
      stopClicks()
      stopDrags()
    }
  }, [lane, isEnabled, open])
}

/** The beginning of a drag over free time; undefined in the past. */
function grabAt(at: Instant, { window, now }: LaneScene): Grab | undefined {
  const during = stillToCome(window, now)
  return at < during.start ? undefined : { grip: 'new', during, at }
}

/** Where an interval is drawn in a lane. */
function anchorOf(element: HTMLElement, window: Interval, during: Interval) {
  const box = element.getBoundingClientRect()
  const { left, width } = partOf(window, during) ?? { left: 0, width: 0 }
  return { x: box.left + left * box.width, y: box.top, width: width * box.width, height: box.height }
}
