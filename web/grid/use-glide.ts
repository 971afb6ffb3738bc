import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { keyOf } from '../reservation-key.ts'
import type { Grid } from './geometry.ts'
import type { ColumnContents, PlacedBlock } from './placed-blocks.ts'

const GLIDE: KeyframeAnimationOptions = { duration: 240, easing: 'ease-out' }

/**
 * Lets a reservation glide to its place when it is put back, undone, or moved by another: not when it is dropped there, and
 * not for those who want no motion.
 */
export function useGlide(columns: RefObject<HTMLElement>, grid: Grid, contents: readonly ColumnContents[]): void {
  const last = useRef<{ readonly grid: Grid; readonly blocks: ReadonlyMap<string, PlacedBlock> }>()
  useLayoutEffect(() => {
    const before = last.current
    const blocks = firstParts(contents)
    last.current = { grid, blocks }
    const element = columns.current
    if (!element || before?.grid !== grid || matchMedia('(prefers-reduced-motion: reduce)').matches) return
    for (const [id, block] of blocks) {
      const from = before.blocks.get(id)
      if (from && isElsewhere(from, block) && !block.shown.isSaving) glide(element, from, block, grid.columns.length)
    }
  }, [columns, grid, contents])
}

const firstParts = (contents: readonly ColumnContents[]): Map<string, PlacedBlock> => {
  const parts = contents.flatMap(({ blocks }) => blocks).filter(({ hasStart }) => hasStart)
  return new Map(parts.map((block) => [block.shown.reservation.id, block]))
}

const isElsewhere = (a: PlacedBlock, b: PlacedBlock): boolean => a.column !== b.column || a.top !== b.top

function glide(columns: HTMLElement, from: PlacedBlock, to: PlacedBlock, count: number): void {
  const { width, height } = columns.getBoundingClientRect()
  const x = ((from.column - to.column) * width) / count
  const y = (from.top - to.top) * height
  const key = CSS.escape(keyOf(to.shown.reservation))
  const block = columns.querySelector(`[data-key="${key}"]`)
  block?.animate(
    [
      { translate: `${x}px ${y}px`, zIndex: 3 },
      { translate: '0 0', zIndex: 3 },
    ],
    GLIDE,
  )
}
