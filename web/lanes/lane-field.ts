import type { Interval } from '../../src/domain/interval.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import type { DragField } from '../grid/drag-field.ts'
import { partOf } from '../position.ts'
import { instantAt } from './axis.ts'

const LANE = '.telescope-lane'

/** The lanes of telescopes, for the pointer. Each has the telescope's code as `data-site`. */
export const laneField = (window: Interval): DragField => ({
  isIn: (pressed) => pressed.closest(LANE) !== null,
  pointAt(rows, { x, y }) {
    const lane = lanesIn(rows).reduce<HTMLElement | undefined>(
      (best, one) => (best && distanceTo(best, y) <= distanceTo(one, y) ? best : one),
      undefined,
    )
    if (!lane) return undefined
    const { left, width } = lane.getBoundingClientRect()
    return { site: siteOf(lane), at: instantAt(window, (x - left) / width), within: window }
  },
  anchorOf(rows, { site, ...during }) {
    const lane = laneOf(rows, site)
    const part = partOf(window, during)
    if (!lane || !part) return undefined
    const box = lane.getBoundingClientRect()
    return { x: box.left + part.left * box.width, y: box.top, width: part.width * box.width, height: box.height }
  },
})

const lanesIn = (rows: HTMLElement): HTMLElement[] => [...rows.querySelectorAll<HTMLElement>(LANE)]

const laneOf = (rows: HTMLElement, site: SiteCode): HTMLElement | undefined =>
  lanesIn(rows).find((lane) => siteOf(lane) === site)

/** The rectangle of a telescope's lane; for an enclosure, which is drawn in several, that of the first lane. */
export const laneBoxOf = (rows: HTMLElement, site: SiteCode): DOMRect | undefined =>
  (laneOf(rows, site) ?? lanesIn(rows)[0])?.getBoundingClientRect()

const siteOf = (lane: HTMLElement): string => lane.dataset['site'] ?? ''

/** How far a height is above or below a lane, in pixels. */
function distanceTo(lane: HTMLElement, y: number): number {
  const { top, bottom } = lane.getBoundingClientRect()
  return Math.max(top - y, y - bottom, 0)
}
