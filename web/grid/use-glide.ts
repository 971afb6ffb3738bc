import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { keyOf } from '../reservation-key.ts'
import type { Point } from './pointer-drag.ts'
import type { Shown } from './shown-reservations.ts'

const GLIDE: KeyframeAnimationOptions = { duration: 240, easing: 'ease-out' }

/** Where reservations are drawn. */
export interface Drawn<T> {
  /** What they are drawn in. In another one they do not glide. */
  readonly frame: unknown
  /** Their places by id. Which type a place has is the view's own matter. */
  readonly places: ReadonlyMap<string, T>
  /** How far away from one place another one is, in pixels; undefined if it is the same. */
  readonly offset: (field: HTMLElement, from: T, to: T) => Point | undefined
}

/**
 * Lets a reservation glide to its place when it is put back, undone, or moved by another: not when it is dropped there, and
 * not for those who want no motion.
 */
export function useGlide<T extends { readonly shown: Shown }>(field: RefObject<HTMLElement>, drawn: Drawn<T>): void {
  const last = useRef<Drawn<T>>()
  const { frame, places } = drawn
  useLayoutEffect(() => {
    const before = last.current
    last.current = drawn
    const element = field.current
    if (!element || !before || before.frame !== frame || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    for (const [id, place] of places) {
      const from = before.places.get(id)
      const offset = from && !place.shown.isSaving && drawn.offset(element, from, place)
      if (offset) glide(element, place.shown, offset)
    }
  }, [field, frame, places])
}

function glide(field: HTMLElement, { reservation }: Shown, { x, y }: Point): void {
  for (const block of field.querySelectorAll(`[data-key="${CSS.escape(keyOf(reservation))}"]`)) {
    // A lane cuts off what is beside it.
    block.closest('.telescope-lane')?.animate({ overflow: ['visible', 'visible'], zIndex: [3, 3] }, GLIDE)
    block.animate({ translate: [`${x}px ${y}px`, '0 0'], zIndex: [3, 3] }, GLIDE)
  }
}
