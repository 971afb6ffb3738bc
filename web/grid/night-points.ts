import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Anchor } from '../editor/editing-context.ts'
import type { DragField } from './drag-field.ts'
import { type Column, type Grid, instantAt, partsOf } from './geometry.ts'
import type { Point } from './pointer-drag.ts'

/*
 * Converts points of the window to instants, and back, by the element whose equal parts are the columns of a grid.
 */

/** The nights of a grid, for the pointer. */
export const nightField = (grid: Grid): DragField => ({
  isIn: () => true,
  pointAt(columns, point) {
    const { column, at } = pointAt(columns, grid, point)
    return { site: column.night.site.code, at, within: column }
  },
  anchorOf: (columns, to) => anchorOf(columns, grid, to),
})

/** The column nearest to a point, and the instant at its height, cut to the night. */
export function pointAt(columns: HTMLElement, grid: Grid, { x, y }: Point): { column: Column; at: Instant } {
  const box = columns.getBoundingClientRect()
  const count = grid.columns.length
  const index = Math.floor(((x - box.left) / box.width) * count)
  const column = grid.columns[Math.min(Math.max(index, 0), count - 1)] as Column
  return { column, at: instantAt(grid, column, clampToOne((y - box.top) / box.height)) }
}

const clampToOne = (share: number): number => Math.min(Math.max(share, 0), 1)

/** The rectangle in which the beginning of an interval is drawn; undefined if no column shows it. */
function anchorOf(columns: HTMLElement, grid: Grid, during: Interval): Anchor | undefined {
  const [part] = partsOf(grid, during)
  if (!part) return undefined
  const box = columns.getBoundingClientRect()
  const width = box.width / grid.columns.length
  return {
    x: box.left + part.column * width,
    y: box.top + part.top * box.height,
    width,
    height: (part.bottom - part.top) * box.height,
  }
}

/** The rectangle of an element. */
export function anchorAt(element: HTMLElement): Anchor {
  const { x, y, width, height } = element.getBoundingClientRect()
  return { x, y, width, height }
}
