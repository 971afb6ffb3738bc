import type { Night } from '../../src/domain/night.ts'
import { formatMinutes } from '../format/clock.ts'
import { darkInterval, isDarkAllDay } from './night-sky.ts'

/** What is told of a night that has no darkness, and of one that has nothing else: the one phrase for each. */
export const NOT_DARK = 'Not dark'
export const DARK_ALL_DAY = 'Dark all day'

/** `Dark 18:21–05:21`, site time, or {@link DARK_ALL_DAY} or {@link NOT_DARK}. */
export function formatDark(night: Night): string {
  const dark = darkInterval(night)
  if (!dark) return NOT_DARK
  return isDarkAllDay(night) ? DARK_ALL_DAY : `Dark ${formatMinutes(night.site, dark)}`
}
