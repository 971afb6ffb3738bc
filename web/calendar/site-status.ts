import { HOUR, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { ObserverId } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { formatClock, formatNight } from '../format.ts'

/** Whether a telescope is reserved, and until when. */
export type Status =
  | { readonly state: 'yours' | 'reserved' | 'maintenance'; readonly until: Instant }
  /** `until` is undefined if no reservation follows. */
  | { readonly state: 'free'; readonly until: Instant | undefined }

/** The status at `now`, from the reservations that overlap the night. Consecutive reservations with one status count as one. */
export function statusAt(reservations: readonly Reservation[], caller: ObserverId | undefined, now: Instant): Status {
  // Reservations may overlap. Maintenance comes first, since it blocks all observers, then the caller's own.
  for (const state of ['maintenance', 'yours', 'reserved'] as const) {
    const until = endOfRun(
      reservations.filter((one) => statusKind(one, caller) === state),
      now,
    )
    if (until > now) return { state, until }
  }
  const starts = reservations.map(({ start }) => start).filter((start) => start > now)
  return { state: 'free', until: starts.length > 0 ? Math.min(...starts) : undefined }
}

function statusKind(
  { kind, observer }: Reservation,
  caller: ObserverId | undefined,
): 'maintenance' | 'yours' | 'reserved' {
  if (kind === 'maintenance') return 'maintenance'
  return observer === caller ? 'yours' : 'reserved'
}

/** The end of the consecutive intervals that contain `now`; `now` itself if none does. */
function endOfRun(intervals: readonly Interval[], now: Instant): Instant {
  let until = now
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (start <= until && end > until) until = end
  }
  return until
}

/** `Reserved for you, 0h 26m left`, `Maintenance until 23:15`, `Free for the rest of the night`, by the site's clock. */
export function formatStatus(site: Site, status: Status, now: Instant): string {
  if (status.state === 'yours') return `Reserved for you, ${formatRemaining(status.until - now)} left`
  if (status.until === undefined) return 'Free for the rest of the night'
  return `${STATUS_TEXTS[status.state]} until ${formatUntil(site, status.until, now)}`
}

const STATUS_TEXTS = { reserved: 'Reserved', maintenance: 'Maintenance', free: 'Free' }

function formatRemaining(seconds: number): string {
  const minutes = Math.max(1, Math.floor(seconds / MINUTE))
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** The site time, with the night if it is 20 hours away or more. */
function formatUntil(site: Site, until: Instant, now: Instant): string {
  const time = formatClock(site, until)
  return until - now < 20 * HOUR ? time : `${time}, night of ${formatNight(nightAt(site, until - 1).date)}`
}
