import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import type { Target } from '../../src/sky/target.ts'
import { airmassTicks, altitudeCurve, areaPath, type CurveBox, curvePath } from './curve.ts'
import { shareOf } from './samples.ts'
import './sky.css'

interface SkyDrawingProps {
  readonly site: Site
  readonly during: Interval
  /** Nothing but the Moon without one. */
  readonly target?: Target | undefined
}

interface SkyGutterProps extends SkyDrawingProps {
  /** Whether the airmasses are written beside their ticks. */
  readonly labelled?: boolean | undefined
}

/** The units of the boxes: those of an altitude are degrees. Both are stretched to the size of their parents. */
const GUTTER: CurveBox = { width: 90, height: 1000, axis: 'down' }
const STRIP: CurveBox = { width: 1000, height: 90, axis: 'right' }

/** The altitudes of the Moon and a target, down a column: the horizon at its left edge, the zenith at its right. */
export const SkyGutter = ({ site, during, target, labelled = false }: SkyGutterProps) => (
  <div class="sky-gutter" aria-hidden="true">
    <Curves site={site} during={during} target={target} box={GUTTER} />
    {target &&
      airmassTicks(site, target, during).map(({ at, altitude, airmass }) => (
        <span
          key={at}
          class="sky-tick"
          style={{ top: `${shareOf(during, at) * 100}%`, left: `${(altitude / 90) * 100}%` }}
        >
          {labelled && airmass}
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

function Curves({ site, during, target, box }: SkyDrawingProps & { box: CurveBox }) {
  const moon = altitudeCurve(site, 'moon', during)
  return (
    <svg viewBox={`0 0 ${box.width} ${box.height}`} preserveAspectRatio="none">
      <path class="sky-moon-area" d={areaPath(moon, during, box)} />
      <path class="sky-moon-curve" d={curvePath(moon, during, box)} />
      {target && <path class="sky-target-curve" d={curvePath(altitudeCurve(site, target, during), during, box)} />}
    </svg>
  )
}
