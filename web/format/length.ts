import { type Instant, DAY, HOUR, MINUTE } from '../../src/domain/interval.ts'

/* Lengths of time in words. */

/** `1 h 30 min` for 5400 seconds; parts that are zero are left out. */
export function formatLength(seconds: number): string {
  const days = Math.floor(seconds / DAY)
  const parts: [number, string][] = [
    [days, days === 1 ? 'day' : 'days'],
    [Math.floor((seconds % DAY) / HOUR), 'h'],
    [Math.floor((seconds % HOUR) / MINUTE), 'min'],
    [seconds % MINUTE, 's'],
  ]
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`)
  return text.join(' ') || '0 min'
}

/** How long until an instant or since it, in words: `in 1 h 33 min`, `in 3 days`, `5 min ago`. */
export function formatDistance(at: Instant, now: Instant): string {
  const seconds = Math.abs(at - now)
  if (seconds < MINUTE) return 'now'
  const unit = seconds >= 2 * DAY ? DAY : seconds >= DAY ? HOUR : MINUTE
  const length = formatLength(Math.round(seconds / unit) * unit)
  return at > now ? `in ${length}` : `${length} ago`
}
