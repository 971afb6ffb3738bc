import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { clockAt, clockChange } from '../../src/sky/zone.ts'
import { formatNight } from '../format.ts'
import { MoonGlyph } from './moon-glyph.tsx'

/** The head of a night's column: its date, the Moon, and its length if that is not 24 hours. */
export function NightHead({ night }: { night: Night }) {
  const hours = nightHours(night)
  return (
    <span class="night-head">
      <strong>{formatShortNight(night.date)}</strong>
      <MoonLine night={night} />
      {hours !== 24 && <span class="night-length" aria-hidden="true" data-text={`${hours} h`} />}
    </span>
  )
}

/** `Fri 6 Mar` */
export function formatShortNight(date: string): string {
  const [weekday = '', day, month = ''] = formatNight(date).split(' ')
  return `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)}`
}

const nightHours = (night: Night): number => 24 - (clockChange(night)?.by ?? 0) / 3600

/** The Moon of a night and its illumination. Hidden from screen readers, which read {@link nightLabel}. */
export function MoonLine({ night }: { night: Night }) {
  const { phase, illumination } = moonNight(night)
  return (
    <span class="moon-line" aria-hidden="true" data-text={`${Math.round(illumination * 100)}%`}>
      <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
    </span>
  )
}

/** The label of a night for screen readers: `Night of Saturday 7 March 2026, 23 hours long, Moon 87 % lit, up from 21:28 to 08:55`. */
export function nightLabel(night: Night): string {
  const { illumination, passes } = moonNight(night)
  const moon = passes.map((pass) => `up ${formatPass(night.site, pass)}`)
  const hours = nightHours(night)
  const length = hours === 24 ? [] : [`${hours} hours long`]
  return [
    `Night of ${formatNight(night.date)}`,
    ...length,
    `Moon ${Math.round(illumination * 100)} % lit`,
    ...moon,
  ].join(', ')
}

const formatPass = (site: Site, { rise, set }: MoonPass): string =>
  [
    rise === undefined ? '' : `from ${formatMinute(site, rise)}`,
    set === undefined ? '' : `to ${formatMinute(site, set)}`,
  ]
    .join(' ')
    .trim() || 'all the time'

/** `21:28`, site time, rounded to the minute. */
export const formatMinute = (site: Site, at: Instant): string => clockAt(site.timeZone, at + 30).time.slice(0, 5)
