import { lineStops } from './line-stops.ts'

/** The stops of the focus in nights. At first it is the present reservation or free time, or the next one. */
export const NIGHT_STOPS = lineStops(
  { along: ['ArrowUp', 'ArrowDown'], across: ['ArrowLeft', 'ArrowRight'] },
  '.tonight .lane :not(.past)',
)
