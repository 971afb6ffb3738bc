import type { Stops } from '../roving-focus.ts'

/** What has the focus at first: the present reservation or free time, or the next one. */
const USUAL = '.tonight .lane :not(.past)'

/** What can have the focus in nights: `data-stop` is its position in its column, in seconds after the night's noon. */
export const NIGHT_STOPS: Stops = {
  selector: '[data-stop]',
  usual: (stops) => stops.find((one) => one.matches(USUAL)),
  next: (stops, from, { key, altKey, ctrlKey, metaKey, shiftKey }) =>
    altKey || ctrlKey || metaKey || shiftKey ? undefined : nextStop(stops, from, key),
}

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
