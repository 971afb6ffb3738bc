import './block.css'
import './closure.css'
import './legend.css'

interface LegendProps {
  readonly target: string | undefined
  /** Whether airmasses are marked on its curve. */
  readonly hasAirmass?: boolean
}

/** The meaning of patterns and colours. */
export function Legend({ target, hasAirmass = true }: LegendProps) {
  return (
    <ul class="legend" aria-label="Legend">
      <KindsLegend />
      <li class="legend-curve">
        <Curve class="sky-moon-curve" line={ARC} /> Moon altitude
      </li>
      {target !== undefined && (
        <li>
          <Curve class="sky-target-curve" line={hasAirmass ? `${ARC}M10 0v6` : ARC} />{' '}
          {`${target} altitude${hasAirmass ? ', airmass 1.2, 1.5, 2' : ''}`}
        </li>
      )}
    </ul>
  )
}

/** The items of a legend that tell the kinds of reservations. */
export const KindsLegend = () => (
  <>
    {KINDS.map(([className, name]) => (
      <li key={name}>
        <span class={`swatch ${className}`} aria-hidden="true" /> {name}
      </li>
    ))}
  </>
)

const KINDS = [
  ['block realtime', 'Real-time'],
  ['block project', 'Project'],
  ['block project low_priority', 'Low priority'],
  ['block realtime own', 'Yours'],
  ['block maintenance', 'Maintenance'],
  ['closure', 'Closed'],
] as const

const ARC = 'M1 11C5 0 15 0 19 11'

const Curve = ({ class: className, line }: { class: string; line: string }) => (
  <svg class="swatch-curve" viewBox="0 0 20 12" aria-hidden="true">
    <path class={className} d={line} />
  </svg>
)
