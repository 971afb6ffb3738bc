import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { clockChange } from '../../src/sky/zone.ts'
import { formatMinute } from '../format/clock.ts'
import { formatNight } from '../format/date.ts'

/** The label of a night for screen readers: `Night of Saturday 7 March 2026, 23 hours long, Moon 87 % lit, up from 21:28 to 08:55`. */
export function nightLabel(night: Night): string {
  const { illumination, passes } = moonNight(night)
  const moon = passes.map((pass) => `up ${formatPass(night.site, pass)}`)
  const hours = hoursOf(night)
  const length = hours === 24 ? [] : [`${hours} hours long`]
  return [
    `Night of ${formatNight(night.date)}`,
    ...length,
    `Moon ${Math.round(illumination * 100)} % lit`,
    ...moon,
  ].join(', ')
}

/** The length of a night: 24 hours, or 23 to 25 if the clocks change. */
export const hoursOf = (night: Night): number => 24 - (clockChange(night)?.by ?? 0) / 3600

/** `from 21:28 to 08:55`, `to 08:55` or `all the time`: when the Moon is up in a night. */
export const formatPass = (site: Site, { rise, set }: Pick<MoonPass, 'rise' | 'set'>): string =>
  [
    rise === undefined ? '' : `from ${formatMinute(site, rise)}`,
    set === undefined ? '' : `to ${formatMinute(site, set)}`,
  ]
    .join(' ')
    .trim() || 'all the time'
