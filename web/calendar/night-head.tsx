import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { clockAt, clockChange } from '../../src/sky/zone.ts'
import { formatNight } from '../format.ts'
import { MoonGlyph } from './moon-glyph.tsx'

/** Above a night's column: its evening's date, and the Moon as it looks that night. */
export function NightHead({ night }: { night: Night }) {
  const hours = hoursOf(night)
  return (
    <span class="night-head">
      <strong>{shortNight(night.date)}</strong>
      <MoonLine night={night} />
      {hours !== 24 && <span class="odd-night" aria-hidden="true" data-text={`${hours} h`} />}
    </span>
  )
}

/** `Fri 6 Mar` */
export function shortNight(date: string): string {
  const [weekday = '', day, month = ''] = formatNight(date).split(' ')
  return `${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)}`
}

const hoursOf = (night: Night): number => 24 - (clockChange(night)?.by ?? 0) / 3600

/** For the eye alone: for the ear it is in {@link nightName}, and the link it stands in is called by its date. */
export function MoonLine({ night }: { night: Night }) {
  const { phase, illumination } = moonNight(night)
  return (
    <span class="moon-line" aria-hidden="true" data-text={`${Math.round(illumination * 100)}%`}>
      <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
    </span>
  )
}

/** The same for who hears it: `Night of Saturday 7 March 2026, 23 hours long, Moon 87 % lit, up from 21:28 to 08:55`. */
export function nightName(night: Night): string {
  const { illumination, passes } = moonNight(night)
  const moon = passes.map((pass) => `up ${formatPass(night.site, pass)}`)
  const hours = hoursOf(night)
  const odd = hours === 24 ? [] : [`${hours} hours long`]
  return [`Night of ${formatNight(night.date)}`, ...odd, `Moon ${Math.round(illumination * 100)} % lit`, ...moon].join(', ')
}

const formatPass = (site: Site, { rise, set }: MoonPass): string =>
  [rise === undefined ? '' : `from ${timeOn(site, rise)}`, set === undefined ? '' : `to ${timeOn(site, set)}`].join(' ').trim() || 'all the time'

/** To the minute, as almanacs give it. */
export const timeOn = (site: Site, at: Instant): string => clockAt(site.timeZone, at + 30).time.slice(0, 5)
