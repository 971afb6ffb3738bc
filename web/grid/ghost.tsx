import { durationOf } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { OwnSpan } from '../card/phrases.tsx'
import type { Destination } from '../editor/destination.ts'
import { formatCivil } from '../format/date.ts'
import { formatLength } from '../format/length.ts'
import { formatRange } from '../format/span.ts'
import { type Grid, partsOf } from './geometry.ts'
import { type Signal, useSignal } from './signal.ts'
import './ghost.css'

/** What a drag would make. */
export interface GhostState {
  readonly to: Required<Destination>
  /** The title of the reservation that is dragged, if it is not a new one. */
  readonly title?: string | undefined
  /** What becomes of it when it is dropped: `Move`, `Copy`, `Reserve`. */
  readonly verb: string
  /** Whom it overlaps, if that is a conflict. */
  readonly conflict?: string | undefined
}

export type GhostSignal = Signal<GhostState | undefined>

interface GhostProps {
  readonly grid: Grid
  /** Index of the column. */
  readonly column: number
  readonly site: Site
  readonly ghost: GhostSignal
}

/** The part that a column shows of what is being dragged. It is drawn anew with each step of the pointer, and nothing else is. */
export function Ghost({ grid, column, site, ghost }: GhostProps) {
  const state = useSignal(ghost)
  const parts = state ? partsOf(grid, state.to) : []
  const part = parts.find((one) => one.column === column)
  if (!state || !part) return null
  return (
    <div class={ghostClass(state)} style={{ top: `${part.top * 100}%`, height: `${(part.bottom - part.top) * 100}%` }}>
      {part === parts[0] && <GhostText state={state} site={site} />}
    </div>
  )
}

export const ghostClass = ({ conflict }: GhostState): string =>
  conflict === undefined ? 'ghost dragged' : 'ghost dragged conflicting'

/** What is told while one drags: the times there and for the reader, and what becomes of it. */
export const GhostText = ({ state: { to, title, verb, conflict }, site }: { state: GhostState; site: Site }) => (
  <span class="ghost-text">
    <strong>{formatRange(site, to)}</strong>
    <span>{`${verb}, ${formatLength(durationOf(to))}`}</span>
    {conflict !== undefined && <span class="ghost-conflict">{`Overlaps ${conflict}`}</span>}
    {title !== undefined && <bdi>{title}</bdi>}
    <span>{formatCivil(site, to.start)}</span>
    <OwnSpan zone={site} during={to} />
  </span>
)
