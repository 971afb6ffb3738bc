import { KindsLegend } from '../grid/legend.tsx'

/** The meaning of the patterns and lines of a month. */
export const MonthLegend = ({ target }: { target: string | undefined }) => (
  <div class="grid-foot">
    <ul class="legend month-legend" aria-label="Legend">
      <KindsLegend />
      <li>
        <span class="moon-up" aria-hidden="true" /> Moon up
      </li>
      {target !== undefined && (
        <li>
          <span class="target-high" aria-hidden="true" /> {`${target} in the dark, airmass under 2`}
        </li>
      )}
    </ul>
  </div>
)
