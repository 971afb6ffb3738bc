import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { openedSlot } from '../editor/opened-slot.ts'
import { ghostClass, type GhostSignal, GhostText } from '../grid/ghost.tsx'
import { useSignal } from '../grid/signal.ts'
import { partOf, styleOf } from '../position.ts'
import './lane-ghost.css'

interface LaneGhostProps {
  readonly site: Site
  readonly window: Interval
  readonly ghost: GhostSignal
}

/** How far along the lanes what is told of a drag ends where it is dragged to, and does not begin there. */
const LATE = 0.5

/** What is being dragged, in the lane where it would be. It is drawn anew with each step of the pointer, and nothing else is. */
export function LaneGhost({ site, window, ghost }: LaneGhostProps) {
  const state = useSignal(ghost)
  const isHere = state?.to.site === site.code || state?.to.site === site.wema
  const part = state && isHere && partOf(window, state.to)
  if (!part) return null
  return (
    <div class={`${ghostClass(state)} lane-ghost${part.left > LATE ? ' late' : ''}`} style={styleOf(part)}>
      <GhostText state={state} site={site} />
    </div>
  )
}

/** The times of the form that is open, where they would be reserved. */
export function LaneDraft({ site, window }: Omit<LaneGhostProps, 'ghost'>) {
  const slot = useSignal(openedSlot)
  if (!slot || !('during' in slot) || slot.site !== site.code || slot.during.start >= slot.during.end) return null
  const part = partOf(window, slot.during)
  return part ? <div class="ghost draft lane-ghost" aria-hidden="true" style={styleOf(part)} /> : null
}
