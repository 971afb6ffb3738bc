import { type Instant, MINUTE } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatClock, formatSidereal, minuteBefore } from '../format/clock.ts'
import { formatWeekday } from '../format/date.ts'
import { formatOwn } from '../format/span.ts'
import { useNow } from '../live/clock.ts'
import { ownZone, zoneName, UTC } from '../own-zone.ts'
import './clocks.css'

/** The minute that is running. */
function useMinute(): Instant {
  const now = useNow(MINUTE)
  return minuteBefore(now)
}

/** The present as site time, UTC, sidereal time, and the reader's own: each with its weekday and place. */
export function Clocks({ site }: { site?: Site | undefined }) {
  const now = useMinute()
  const own = ownZone()
  const isElsewhere = own.timeZone !== (site ?? UTC).timeZone && zoneName(own) !== 'UTC'
  return (
    <div class="clocks" role="group" aria-label="Clocks">
      {site && <Clock time={formatClock(site, now)} where={`${formatWeekday(site, now)}, ${zoneName(site)}`} />}
      <Clock time={formatClock(UTC, now)} where={`${formatWeekday(UTC, now)}, UTC`} />
      {site && <Clock time={formatSidereal(site, now)} where="LST" />}
      {isElsewhere && (
        <Clock time={formatClock(own, now)} where={`${formatWeekday(own, now)}, you in ${zoneName(own)}`} own />
      )}
    </div>
  )
}

const Clock = ({ time, where, own = false }: { time: string; where: string; own?: boolean }) => (
  <p class={own ? 'clock own-time' : 'clock'}>
    <strong>{time}</strong> <small>{where}</small>
  </p>
)

/** A phone's clocks: the site's, and the reader's below it. */
export function BriefClocks({ site }: { site: Site }) {
  const now = useMinute()
  return (
    <p class="clock brief">
      <strong>{formatClock(site, now)}</strong>{' '}
      {ownZone().timeZone !== site.timeZone && <small class="own-time">{`${formatOwn(now)} for you`}</small>}
    </p>
  )
}
