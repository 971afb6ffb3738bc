import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/*
 * A grid is one stop of the Tab key; the arrow keys go on from there. What can have the focus is marked with `data-stop`, which
 * is its position in its column: seconds after the night's noon.
 */

const SELECTOR = '[data-stop]'
/** What has the focus at first: the present reservation or free time, or the next one. */
const USUAL = '.tonight .lane :not(.past)'

/** Keeps one element of a grid in reach of the Tab key. Returns the grid's key handler. */
export function useRovingFocus(grid: RefObject<HTMLElement>): (event: KeyboardEvent) => void {
  const current = useRef<HTMLElement>()
  // After each drawing, since what had the focus may be gone.
  useLayoutEffect(() => {
    const stops = stopsIn(grid.current)
    if (!current.current || !stops.includes(current.current))
      current.current = stops.find((one) => one.matches(USUAL)) ?? stops[0]
    for (const stop of stops) stop.tabIndex = stop === current.current ? 0 : -1
  })
  return (event) => {
    const from = (event.target as Element).closest<HTMLElement>(SELECTOR)
    if (!from || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    const to = nextStop(stopsIn(grid.current), from, event.key)
    if (!to) return
    event.preventDefault()
    current.current = to
    for (const stop of [from, to]) stop.tabIndex = stop === to ? 0 : -1
    to.focus()
  }
}

const stopsIn = (grid: HTMLElement | null): HTMLElement[] => [...(grid?.querySelectorAll<HTMLElement>(SELECTOR) ?? [])]

const columnOf = (stop: HTMLElement): number => Number(stop.dataset['column'])
const placeOf = (stop: HTMLElement): number => Number(stop.dataset['stop'])

/** Where a key leads: up and down in a column, left and right to the nearest time of another, Home and End to its ends. */
function nextStop(stops: readonly HTMLElement[], from: HTMLElement, key: string): HTMLElement | undefined {
  const column = inColumn(stops, columnOf(from))
  const index = column.indexOf(from)
  switch (key) {
    case 'ArrowUp':
      return column[index - 1]
    case 'ArrowDown':
      return column[index + 1]
    case 'Home':
      return column[0]
    case 'End':
      return column.at(-1)
    case 'ArrowLeft':
    case 'ArrowRight':
      return nearest(inColumn(stops, columnOf(from) + (key === 'ArrowLeft' ? -1 : 1)), placeOf(from))
    default:
      return undefined
  }
}

const inColumn = (stops: readonly HTMLElement[], column: number): HTMLElement[] =>
  stops.filter((stop) => columnOf(stop) === column).toSorted((a, b) => placeOf(a) - placeOf(b))

const nearest = (stops: readonly HTMLElement[], place: number): HTMLElement | undefined =>
  stops.reduce<HTMLElement | undefined>(
    (best, stop) => (best && Math.abs(placeOf(best) - place) <= Math.abs(placeOf(stop) - place) ? best : stop),
    undefined,
  )
