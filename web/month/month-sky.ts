import { moonUp } from '../../src/sky/moon-limits.ts'
import { darkness } from '../../src/sky/sun.ts'
import type { Target } from '../../src/sky/target.ts'
import { type Column, type Grid, shownOf } from '../grid/geometry.ts'
import { skyGradient } from '../sky/gradient.ts'
import { targetTimes } from '../sky/night-sky.ts'
import { moonPhase } from './month-label.ts'

/* Fills the caches of what a month draws, night by night: what is drawn after that takes little time. */

/** Computes when a night is light and dark. */
export const computeLight = ({ night }: Column): void => {
  darkness(night)
}

/** Computes the rest of what a month draws of a night's sky: its colours, the Moon and the target. */
export function computeSky(grid: Grid, column: Column, target: Target | undefined): void {
  const { night } = column
  skyGradient(night.site, shownOf(grid, column), 'to right')
  moonUp(night)
  moonPhase(night)
  if (target) targetTimes(night, target)
}
