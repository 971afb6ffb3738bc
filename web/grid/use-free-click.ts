import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import type { Interval } from '../../src/domain/interval.ts'
import { handleFreeClicks } from './free-click.ts'
import { stillToCome, slotAt } from './free-slot.ts'
import { placeAt } from './night-points.ts'
import type { DragScene } from './use-night-drag.ts'

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
    return handleFreeClicks(element, (point) => {
      const { scene: seen, onFree: open } = latest.current
      const { column, at } = placeAt(element, seen.grid, point)
      const slot = slotAt(
        at,
        stillToCome(column, seen.now),
        seen.shown.map(({ during }) => during),
      )
      if (slot) open?.(slot)
    })
  }, [columns])
}
