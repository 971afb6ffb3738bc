import type { Caller } from '../../src/client/domain/calendar.ts'
import type { Interval } from '../../src/domain/interval.ts'
import { moonUp } from '../../src/sky/moon-limits.ts'
import type { Night } from '../../src/domain/night.ts'
import { moonAt, type MoonPhase } from '../../src/sky/moon.ts'
import { memoizeByNight } from '../../src/sky/memoize-by-night.ts'
import { nightInterval } from '../../src/sky/zone.ts'
import { formatNight } from '../format/date.ts'
import { formatPass, hoursOf } from '../grid/night-label.ts'
import { isOwn } from '../grid/reservation-label.ts'
import { DARK_ALL_DAY, NOT_DARK } from '../sky/dark-words.ts'
import type { MonthNight } from './month-nights.ts'

/** The Moon's phase at the middle of a night. Cached. */
export const moonPhase = memoizeByNight((night): MoonPhase => {
  const { start, end } = nightInterval(night)
  return moonAt((start + end) / 2)
})

/** `Dark 11.0 h`, {@link DARK_ALL_DAY} or {@link NOT_DARK}. */
export function formatDarkHours(hours: number, isAllDay: boolean): string {
  if (isAllDay) return DARK_ALL_DAY
  return hours > 0 ? `Dark ${hours.toFixed(1)} h` : NOT_DARK
}

/** What is told of a night without free dark time. */
export const NONE_FREE = 'none free'

/** `2.9 h free`, or {@link NONE_FREE}. */
export const formatFree = (hours: number): string => (hours >= 0.05 ? `${hours.toFixed(1)} h free` : NONE_FREE)

/** A night in words, for screen readers. */
export function monthLabel(one: MonthNight, caller: Caller): string {
  const { column, when, freeHours, closure, reserved } = one
  const { night } = column
  const own = reserved.filter((reservation) => isOwn(reservation, caller)).length
  const hours = hoursOf(night)
  return [
    `Night of ${formatNight(night.date)}`,
    when === 'coming' ? '' : when,
    hours === 24 ? '' : `${hours} hours long`,
    `Moon ${Math.round(moonPhase(night).illumination * 100)} % lit`,
    ...moonUp(night).map((up) => `up ${formatUp(night, up)}`),
    formatDarkHours(one.darkHours, one.isDarkAllDay).toLowerCase(),
    freeHours === undefined ? '' : formatFree(freeHours),
    closure ? `closed, ${closure.title}` : '',
    reserved.length > 0 ? `${reserved.length} reserved` : '',
    own > 0 ? `${own} of them yours` : '',
  ]
    .filter((part) => part !== '')
    .join(', ')
}

/** When the Moon is up; it rises or sets where that is not an end of the night. */
function formatUp(night: Night, { start, end }: Interval): string {
  const whole = nightInterval(night)
  return formatPass(night.site, {
    rise: start > whole.start ? start : undefined,
    set: end < whole.end ? end : undefined,
  })
}
