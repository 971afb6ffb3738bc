import { DAY, type Instant, type Interval, overlaps, subtractIntervals } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Band, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt, nightInterval } from '../../src/sky/zone.ts'
import { formatMinute } from '../format/clock.ts'
import { UTC } from '../own-zone.ts'
import { NOT_DARK } from '../sky/dark-words.ts'

/** The bands of light at a site that cover a window without gaps, in order. */
export function lightBandsIn(site: Site, window: Interval): Band[] {
  const bands: Band[] = []
  for (let night = nightAt(site, window.start); nightInterval(night).start < window.end; night = nextNight(night)) {
    for (const { start, end, light } of twilight(night).filter((band) => overlaps(band, window))) {
      const last = bands.at(-1)
      const part = { start: Math.max(start, window.start), end: Math.min(end, window.end), light }
      if (last?.light === light) bands[bands.length - 1] = { ...part, start: last.start }
      else bands.push(part)
    }
  }
  return bands
}

/** The dark parts of a window from `now` on in which nothing is reserved, sorted. */
export function freeDarkIn(site: Site, { start, end }: Interval, taken: readonly Interval[], now: Instant): Interval[] {
  if (end <= now) return []
  const dark = lightBandsIn(site, { start: Math.max(start, now), end }).filter(({ light }) => light === 'dark')
  return dark.flatMap((band) => subtractIntervals(band, taken))
}

/** How far beyond a window its dark times are followed, in seconds. */
const BEYOND = DAY

/**
 * `Dark from 02:35 to 11:49 UTC.`, `Dark throughout.` or `Not dark in this time.`, for screen readers. Dark times that reach
 * beyond the window are told as they are; one that begins or ends a day away, without that: `Dark until 11:49 UTC.`.
 */
export function formatDarkness(site: Site, window: Interval): string {
  const around = { start: window.start - BEYOND, end: window.end + BEYOND }
  const dark = lightBandsIn(site, around).filter((band) => band.light === 'dark' && overlaps(band, window))
  if (dark.length === 0) return `${NOT_DARK} in this time.`
  if (dark.some(({ start, end }) => start <= window.start && window.end <= end)) return 'Dark throughout.'
  const spans = dark.map(({ start, end }) => {
    const from = start > around.start ? `from ${formatMinute(UTC, start)}` : ''
    const to = end < around.end ? `${from === '' ? 'until' : 'to'} ${formatMinute(UTC, end)}` : ''
    return [from, to].filter(Boolean).join(' ')
  })
  return `Dark ${spans.join(' and ')} UTC.`
}
