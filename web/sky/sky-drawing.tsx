import { useId, useMemo } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Target } from '../../src/sky/target.ts'
import { shareOf } from '../position.ts'
import { airmassTicks, altitudeCurve, areaPath, type CurveBox, curvePath } from './curve.ts'
import './sky.css'

interface SkyDrawingProps {
  readonly site: Site
  readonly during: Interval
  /** Nothing but the Moon without one. */
  readonly target?: Target | undefined
}

interface SkyGutterProps extends SkyDrawingProps {
  /** When it is dark: airmasses are marked then. */
  readonly dark: readonly Interval[]
  /** From when on the airmasses are written beside their ticks. */
  readonly labelledFrom: Instant
}

/** The units of the boxes: those of an altitude are degrees. Both are stretched to the size of their parents. */
const GUTTER: CurveBox = { width: 90, height: 1000, axis: 'down' }
const STRIP: CurveBox = { width: 1000, height: 90, axis: 'right' }

/** From this altitude on, in degrees, the airmass stands at the left of its tick: at its right there is no room. */
const HIGH = 50

/** The altitudes of the Moon and a target, down a column: the horizon at its left edge, the zenith at its right. */
export const SkyGutter = ({ site, during, target, dark, labelledFrom }: SkyGutterProps) => (
  <div class="sky-gutter" aria-hidden="true">
    <Curves site={site} during={during} target={target} box={GUTTER} />
    {target &&
      airmassTicks(site, target, during)
        .filter(({ at }) => dark.some(({ start, end }) => start <= at && at <= end))
        .map(({ at, altitude, airmass }) => (
          <span
            key={at}
            class={altitude < HIGH ? 'sky-tick' : 'sky-tick high'}
            style={{ top: `${shareOf(during, at) * 100}%`, left: `${(altitude / 90) * 100}%` }}
          >
            {at >= labelledFrom && airmass}
          </span>
        ))}
  </div>
)

/** The altitudes of the Moon and a target along a lane: the horizon at its bottom, the zenith at its top. */
export const SkyStrip = ({ site, during, target }: SkyDrawingProps) => (
  <div class="sky-strip" aria-hidden="true">
    <Curves site={site} during={during} target={target} box={STRIP} />
  </div>
)

/** From the horizon to 60° up. */
const GRADIENT = { down: { x1: 0, x2: 60, y1: 0, y2: 0 }, right: { x1: 0, x2: 0, y1: 90, y2: 30 } }

function Curves({ site, during, target, box }: SkyDrawingProps & { box: CurveBox }) {
  const moon = altitudeCurve(site, 'moon', during)
  const curve = target && altitudeCurve(site, target, during)
  const id = useId()
  // Not drawn anew with each minute: as long as the curves are the same, so is the interval.
  return useMemo(
    () => (
      <svg viewBox={`0 0 ${box.width} ${box.height}`} preserveAspectRatio="none">
        <linearGradient id={id} gradientUnits="userSpaceOnUse" {...GRADIENT[box.axis]}>
          <stop class="sky-horizon" />
          <stop class="sky-zenith" offset="1" />
        </linearGradient>
        <path class="sky-moon-area" fill={`url(#${id})`} d={areaPath(moon, during, box)} />
        <path class="sky-moon-curve" d={curvePath(moon, during, box)} />
        {curve && <path class="sky-target-curve" d={curvePath(curve, during, box)} />}
      </svg>
    ),
    [moon, curve, box, id],
  )
}
