import type { Stops } from '../roving-focus.ts'

/*
 * Stops of the focus that lie in lines: nights from top to bottom, or the lanes of telescopes from left to right. A stop has
 * the index of its line as `data-line`, and its position there as `data-stop`, in seconds.
 */

/** The keys that go back and on: along a line, and from one line to another. */
interface LineKeys {
  readonly along: readonly [string, string]
  readonly across: readonly [string, string]
}

/** Stops in lines. The first that matches `usual` has the focus at first. */
export const lineStops = (keys: LineKeys, usual: string): Stops => ({
  selector: '[data-stop]',
  usual: (stops) => stops.toSorted(inOrder).find((one) => one.matches(usual)),
  next: (stops, from, { key, altKey, ctrlKey, metaKey, shiftKey }) =>
    altKey || ctrlKey || metaKey || shiftKey ? undefined : nextStop(keys, stops, from, key),
})

const lineOf = (stop: HTMLElement): number => Number(stop.dataset['line'])
const positionOf = (stop: HTMLElement): number => Number(stop.dataset['stop'])
const inOrder = (a: HTMLElement, b: HTMLElement): number => lineOf(a) - lineOf(b) || positionOf(a) - positionOf(b)

/** Where a key leads: along a line, to its ends by Home and End, or to the nearest time of another line. */
function nextStop(
  { along, across }: LineKeys,
  stops: readonly HTMLElement[],
  from: HTMLElement,
  key: string,
): HTMLElement | undefined {
  const line = inLine(stops, lineOf(from))
  if (key === 'Home') return line[0]
  if (key === 'End') return line.at(-1)
  if (along.includes(key)) return line[line.indexOf(from) + stepOf(along, key)]
  return across.includes(key) ? nearest(besides(stops, from, stepOf(across, key)), positionOf(from)) : undefined
}

const stepOf = ([back]: readonly [string, string], key: string): -1 | 1 => (key === back ? -1 : 1)

const inLine = (stops: readonly HTMLElement[], line: number): HTMLElement[] =>
  stops.filter((stop) => lineOf(stop) === line).toSorted(inOrder)

/** The stops of the next line that has any. */
function besides(stops: readonly HTMLElement[], from: HTMLElement, step: -1 | 1): HTMLElement[] {
  const away = stops.map((stop) => step * (lineOf(stop) - lineOf(from))).filter((lines) => lines > 0)
  return inLine(stops, lineOf(from) + step * Math.min(...away))
}

const nearest = (stops: readonly HTMLElement[], position: number): HTMLElement | undefined =>
  stops.reduce<HTMLElement | undefined>(
    (best, stop) =>
      best && Math.abs(positionOf(best) - position) <= Math.abs(positionOf(stop) - position) ? best : stop,
    undefined,
  )
