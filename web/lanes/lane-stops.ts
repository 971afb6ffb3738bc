import { lineStops } from '../grid/line-stops.ts'

/** The stops of the focus in the lanes of telescopes. At first it is the present reservation or free time, or the next one. */
export const LANE_STOPS = lineStops(
  { along: ['ArrowLeft', 'ArrowRight'], across: ['ArrowUp', 'ArrowDown'] },
  ':not(.past)',
)
