import { type Point, pointOf } from './pointer-drag.ts'

/** How far a press may go and still be a click, in pixels. */
const SLACK = 8

/** Whether an event is on free time, and not on something that is reserved. */
export const isOnFree = ({ target }: Event): boolean => !(target as Element).closest('button')

/**
 * Calls `onClick` with a point of free time that is clicked or tapped, pressed and released there, and what is there.
 * @returns a function that ends it
 */
export function handleFreeClicks(element: HTMLElement, onClick: (at: Point, pressed: Element) => void): () => void {
  let pressed: Point | undefined
  const stop = new AbortController()
  const { signal } = stop
  const onDown = (event: PointerEvent) => {
    pressed = isOnFree(event) ? pointOf(event) : undefined
  }
  const onUp = (event: MouseEvent) => {
    const at = pointOf(event)
    if (pressed && isOnFree(event) && Math.hypot(at.x - pressed.x, at.y - pressed.y) <= SLACK)
      onClick(at, event.target as Element)
  }
  element.addEventListener('pointerdown', onDown, { signal })
  element.addEventListener('click', onUp, { signal })
  return () => stop.abort()
}
