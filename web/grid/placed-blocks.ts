import type { Site } from '../../src/domain/site.ts'
import { isClosure } from './closures.ts'
import { type Grid, type Part, partsOf, visibleIn } from './geometry.ts'
import { overlaps } from '../../src/domain/interval.ts'
import { type Share, shareWidth } from './side-by-side.ts'
import type { Shown } from './shown-reservations.ts'

/** The part of a reservation that a column shows, and its share of the column's width. */
export interface PlacedBlock extends Part, Share {
  readonly shown: Shown
}

/** What lies in a column. */
export interface ColumnContents {
  readonly blocks: readonly PlacedBlock[]
  /** Closures over all of the width, one share each. */
  readonly closures: readonly PlacedBlock[]
}

/** The contents of each column, sorted by time. */
export function contentsOf(grid: Grid, site: Site, all: readonly Shown[]): ColumnContents[] {
  const sorted = all.toSorted((a, b) => a.during.start - b.during.start)
  const closing = new Set(sorted.filter(({ reservation }) => isClosure(site, reservation)))
  const shares = sharesIn(
    grid,
    sorted.filter((one) => !closing.has(one)),
  )
  const contents = grid.columns.map((): { blocks: PlacedBlock[]; closures: PlacedBlock[] } => ({
    blocks: [],
    closures: [],
  }))
  for (const shown of sorted)
    for (const part of partsOf(grid, shown.during)) {
      const column = contents[part.column]
      if (closing.has(shown)) column?.closures.push({ ...part, shown, index: 0, count: 1 })
      else column?.blocks.push({ ...part, shown, ...(shares[part.column]?.get(shown.during) as Share) })
    }
  return contents
}

/** The shares of the width in each column, which differ where a reservation is in two of them. */
const sharesIn = (grid: Grid, all: readonly Shown[]) =>
  grid.columns.map((column) => {
    const visible = visibleIn(grid, column)
    return shareWidth(all.map(({ during }) => during).filter((during) => overlaps(during, visible)))
  })
