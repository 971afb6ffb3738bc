import type { Grid } from './geometry.ts'
import type { ColumnContents, PlacedBlock } from './placed-blocks.ts'
import type { Point } from './pointer-drag.ts'
import type { Drawn } from './use-glide.ts'

/** Where reservations are drawn in the nights of a grid: at the part with their start. */
export const drawnInNights = (grid: Grid, contents: readonly ColumnContents[]): Drawn<PlacedBlock> => ({
  frame: grid,
  places: new Map(
    contents
      .flatMap(({ blocks }) => blocks)
      .filter(({ hasStart }) => hasStart)
      .map((block) => [block.shown.reservation.id, block]),
  ),
  offset: (columns, from, to) => offsetIn(columns, grid.columns.length, from, to),
})

function offsetIn(columns: HTMLElement, count: number, from: PlacedBlock, to: PlacedBlock): Point | undefined {
  if (from.column === to.column && from.top === to.top) return undefined
  const { width, height } = columns.getBoundingClientRect()
  return { x: ((from.column - to.column) * width) / count, y: (from.top - to.top) * height }
}
