import { HOUR, type Instant, type Interval, MINUTE } from '../../src/domain/interval.ts'
import type { ObserverId } from '../../src/domain/observer.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { formatClock, formatNight } from '../format.ts'

/** What a telescope is doing, and until when. */
export type Status =
  | { readonly what: 'yours' | 'reserved' | 'maintenance'; readonly until: Instant }
  /** Without `until` nothing follows. */
  | { readonly what: 'free'; readonly until: Instant | undefined }

/** What is so at `now`, of the reservations that touch the night. Back to back, reservations of one sort count as one. */
export function statusAt(reservations: readonly Reservation[], caller: ObserverId | undefined, now: Instant): Status {
  // Maintenance keeps everybody out; where an admin has laid others across each other, one's own matters most.
  for (const what of ['maintenance', 'yours', 'reserved'] as const) {
    const until = endOfRun(reservations.filter((one) => statusKind(one, caller) === what), now)
    if (until > now) return { what, until }
  }
  const starts = reservations.map(({ start }) => start).filter((start) => start > now)
  return { what: 'free', until: starts.length > 0 ? Math.min(...starts) : undefined }
}

function statusKind({ kind, observer }: Reservation, caller: ObserverId | undefined): 'maintenance' | 'yours' | 'reserved' {
  if (kind === 'maintenance') return 'maintenance'
  return observer === caller ? 'yours' : 'reserved'
}

/** When what covers `now` ends, with what follows without a gap; `now` where nothing covers it. */
function endOfRun(intervals: readonly Interval[], now: Instant): Instant {
  let until = now
  for (const { start, end } of intervals.toSorted((a, b) => a.start - b.start)) {
    if (start <= until && end > until) until = end
  }
  return until
}

/** `Reserved for you, 0h 26m left`, `Maintenance until 23:15`, `Free for the rest of the night`, by the site's clock. */
export function formatStatus(site: Site, status: Status, now: Instant): string {
  if (status.what === 'yours') return `Reserved for you, ${formatRemaining(status.until - now)} left`
  if (status.until === undefined) return 'Free for the rest of the night'
  return `${STATUS_TEXTS[status.what]} until ${formatUntil(site, status.until, now)}`
}

const STATUS_TEXTS = { reserved: 'Reserved', maintenance: 'Maintenance', free: 'Free' }

function formatRemaining(seconds: number): string {
  const minutes = Math.max(1, Math.floor(seconds / MINUTE))
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

/** The time alone within a day; what lasts longer names its date. */
function formatUntil(site: Site, until: Instant, now: Instant): string {
  const time = formatClock(site, until)
  return until - now < 20 * HOUR ? time : `${time}, night of ${formatNight(nightAt(site, until - 1).date)}`
}
