import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** The elements of a grid that can have the focus, and where it goes. */
export interface Stops {
  /** Matches them. */
  readonly selector: string
  /** Which has the focus at first; undefined for the first of all. */
  readonly usual: (stops: readonly HTMLElement[]) => HTMLElement | undefined
  /** Where a key leads; undefined if nowhere. */
  readonly next: (stops: readonly HTMLElement[], from: HTMLElement, event: KeyboardEvent) => HTMLElement | undefined
}

/** Makes a grid one stop of the Tab key, from which other keys go on. Returns the grid's key handler. */
export function useRovingFocus(
  grid: RefObject<HTMLElement>,
  { selector, usual, next }: Stops,
): (event: KeyboardEvent) => void {
  const current = useRef<HTMLElement>()
  const all = (): HTMLElement[] => [...(grid.current?.querySelectorAll<HTMLElement>(selector) ?? [])]
  // After each drawing, since what had the focus may be gone.
  useLayoutEffect(() => {
    const stops = all()
    if (!current.current || !stops.includes(current.current)) current.current = usual(stops) ?? stops[0]
    for (const stop of stops) stop.tabIndex = stop === current.current ? 0 : -1
  })
  const moveTo = (stop: HTMLElement) => {
    if (current.current) current.current.tabIndex = -1
    stop.tabIndex = 0
    current.current = stop
  }
  return (event) => {
    const from = (event.target as Element).closest<HTMLElement>(selector)
    if (!from) return
    // A press of the pointer may have given it the focus.
    moveTo(from)
    const to = next(all(), from, event)
    if (!to) return
    event.preventDefault()
    moveTo(to)
    to.focus()
  }
}
