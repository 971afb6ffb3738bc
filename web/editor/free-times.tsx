import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatSpan } from '../format.ts'

/** Free dark times to choose instead. */
export function FreeTimes({
  site,
  times,
  choose,
}: {
  site: Site
  times: readonly Interval[]
  choose: (time: Interval) => void
}) {
  if (times.length === 0) return null
  return (
    <div class="free-times" role="group" aria-label="Free dark time nearby">
      <span aria-hidden="true">Free dark time nearby</span>
      {times.map((time) => (
        <button key={time.start} type="button" onClick={() => choose(time)}>
          {formatSpan(site, time)}
        </button>
      ))}
    </div>
  )
}
