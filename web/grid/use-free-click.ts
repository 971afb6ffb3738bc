import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Interval } from '../../src/domain/interval.ts'
import { stillToCome, slotAt } from './free-slot.ts'
import { placeAt } from './night-points.ts'
import type { DragScene } from './use-night-drag.ts'

/** How far a press may go and still be a click, in pixels. */
const SLACK = 8

/** Calls `onFree` with a slot when free time is clicked or tapped. */
export function useFreeClick(
  columns: RefObject<HTMLElement>,
  scene: Pick<DragScene, 'grid' | 'shown' | 'now'>,
  onFree: ((slot: Interval) => void) | undefined,
): void {
  const latest = useRef({ scene, onFree })
  latest.current = { scene, onFree }
  useEffect(() => {
    const element = columns.current
    if (!element) return undefined
    let pressed: MouseEvent | undefined
    const isFree = ({ target }: Event) => !(target as Element).closest('button')
    const onDown = (event: PointerEvent) => {
      pressed = isFree(event) ? event : undefined
    }
    const onClick = (event: MouseEvent) => {
      const { scene: seen, onFree: open } = latest.current
      if (!open || !pressed || !isFree(event)) return
      if (Math.hypot(event.clientX - pressed.clientX, event.clientY - pressed.clientY) > SLACK) return
      const { column, at } = placeAt(element, seen.grid, { x: event.clientX, y: event.clientY })
      const slot = slotAt(
        at,
        stillToCome(column, seen.now),
        seen.shown.map(({ during }) => during),
      )
      if (slot) open(slot)
    }
    element.addEventListener('pointerdown', onDown)
    element.addEventListener('click', onClick)
    return () => {
      element.removeEventListener('pointerdown', onDown)
      element.removeEventListener('click', onClick)
    }
  }, [columns])
}
