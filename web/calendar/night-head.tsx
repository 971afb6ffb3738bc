import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import type { Site } from '../../src/domain/site.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { clockAt, clockChange } from '../../src/sky/zone.ts'
import { nightWords } from '../words.ts'
import { MoonGlyph } from './moon-glyph.tsx'

/** Above a night's column: its evening's date, and the Moon as it looks that night. */
export function NightHead({ night }: { night: Night }) {
  const [weekday = '', day, month = ''] = nightWords(night.date).split(' ')
  const change = clockChange(night)
  return (
    <span class="night-head">
      <strong>{`${weekday.slice(0, 3)} ${day} ${month.slice(0, 3)}`}</strong>
      <MoonLine night={night} />
      {change && <span class="odd-night">{`${24 - change.by / 3600} h`}</span>}
    </span>
  )
}

export function MoonLine({ night }: { night: Night }) {
  const { phase, illumination } = moonNight(night)
  return (
    <span class="moon-line">
      <MoonGlyph phase={phase} southern={night.site.latitude < 0} />
      {`${Math.round(illumination * 100)}%`}
    </span>
  )
}

/** The same for who hears it: `Night of Friday 6 March 2026, Moon 87 % lit, up from 21:28 to 08:55`. */
export function nightName(night: Night): string {
  const { illumination, passes } = moonNight(night)
  const moon = passes.map((pass) => `up ${passWords(night.site, pass)}`)
  return [`Night of ${nightWords(night.date)}`, `Moon ${Math.round(illumination * 100)} % lit`, ...moon].join(', ')
}

const passWords = (site: Site, { rise, set }: MoonPass): string =>
  [rise === undefined ? '' : `from ${timeOn(site, rise)}`, set === undefined ? '' : `to ${timeOn(site, set)}`].join(' ').trim() || 'all the time'

/** To the minute, as almanacs give it. */
export const timeOn = (site: Site, at: Instant): string => clockAt(site.timeZone, at + 30).time.slice(0, 5)
