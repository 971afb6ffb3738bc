import type { Interval } from '../../src/domain/interval.ts'
import type { Shown } from '../grid/shown-reservations.ts'
import type { Drawn } from '../grid/use-glide.ts'
import { partOf } from '../position.ts'
import { laneBoxOf } from './lane-field.ts'

/** Where a lane shows a reservation. */
interface LanePlace {
  readonly shown: Shown
  /** Fraction of the lane's width. */
  readonly left: number
}

/** Where the lanes of telescopes show reservations. */
export const drawnInLanes = (window: Interval, all: readonly Shown[]): Drawn<LanePlace> => ({
  frame: `${window.start} ${window.end}`,
  places: new Map(
    all.flatMap((shown) => {
      const part = partOf(window, shown.during)
      return part ? [[shown.reservation.id, { shown, left: part.left }] as const] : []
    }),
  ),
  offset(rows, from, to) {
    if (from.left === to.left && from.shown.site === to.shown.site) return undefined
    const [there, here] = [from, to].map(({ shown }) => laneBoxOf(rows, shown.site))
    if (!there || !here) return undefined
    return { x: (from.left - to.left) * here.width, y: there.top - here.top }
  },
})
