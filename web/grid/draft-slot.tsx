import { durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { openedSlot } from '../editor/opened-slot.ts'
import { formatLength } from '../format/length.ts'
import { formatRange } from '../format/span.ts'
import { type Grid, partsOf } from './geometry.ts'
import { useSignal } from './signal.ts'

interface DraftSlotProps {
  readonly grid: Grid
  /** Index of the column. */
  readonly column: number
  readonly site: Site
}

/** The times of the form that is open, where they would be reserved. */
export function DraftSlot({ grid, column, site }: DraftSlotProps) {
  const slot = useSignal(openedSlot)
  if (!slot || !('during' in slot) || slot.site !== site.code) return null
  const { during, title } = slot
  const parts = during.start < during.end ? partsOf(grid, during) : []
  const part = parts.find((one) => one.column === column)
  if (!part) return null
  return (
    <div
      class="ghost draft"
      aria-hidden="true"
      style={{ top: `${part.top * 100}%`, height: `calc(${(part.bottom - part.top) * 100}% - 1.5px)` }}
    >
      {part === parts[0] && (
        <span class="draft-text">
          {title !== '' && (
            <strong>
              <bdi>{title}</bdi>
            </strong>
          )}
          <span>{formatRange(site, during)}</span>
          <span>{`${formatLength(durationOf(during))}, not yet reserved`}</span>
        </span>
      )}
    </div>
  )
}
