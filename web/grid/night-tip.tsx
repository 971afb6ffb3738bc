import type { Instant } from '../../src/domain/interval.ts'
import type { Night } from '../../src/domain/night.ts'
import { moonNight, type MoonPass } from '../../src/sky/moon.ts'
import { twilight } from '../../src/sky/sun.ts'
import { formatMinute, formatMinutes } from '../format/clock.ts'
import { formatDark, NOT_DARK } from '../sky/dark-words.ts'
import { targetTimes } from '../sky/night-sky.ts'
import type { NamedTarget } from '../target/named-target.ts'
import './night-tip.css'

interface NightTipProps {
  readonly night: Night
  readonly target: NamedTarget | undefined
}

/** The times of Sun, Moon and target in a night, for whoever points to its head or has the focus there. */
export function NightTip({ night, target }: NightTipProps) {
  return (
    <dl class="night-tip" role="tooltip" aria-hidden="true">
      {[...sunRows(night), ...moonRows(night), ...(target ? targetRows(night, target) : [])].map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}

type Row = readonly [name: string, text: string]

function sunRows(night: Night): Row[] {
  const bands = twilight(night)
  const [first, last] = [bands[0], bands.at(-1)]
  const dark = formatDark(night)
  const clock = (at: Instant): string => formatMinute(night.site, at)
  return [
    ...(first?.light === 'day' && bands.length > 1 ? [['Sunset', clock(first.end)] as const] : []),
    // The head says itself that it is not.
    ...(dark === NOT_DARK ? [] : [['Dark', dark.replace(/^Dark /, '')] as const]),
    ...(last?.light === 'day' && bands.length > 1 ? [['Sunrise', clock(last.start)] as const] : []),
  ]
}

function moonRows(night: Night): Row[] {
  const { illumination, passes } = moonNight(night)
  return [['Moon', `${Math.round(illumination * 100)}% lit`], ...passes.flatMap((pass) => passRows(night, pass))]
}

function passRows({ site }: Night, { rise, transit, set, altitude }: MoonPass): Row[] {
  const rows: (readonly [string, Instant | undefined, string])[] = [
    ['Moonrise', rise, ''],
    ['Highest', transit, altitude === undefined ? '' : `, ${Math.round(altitude)}° high`],
    ['Moonset', set, ''],
  ]
  return rows.flatMap(([name, at, more]) =>
    at === undefined ? [] : [[name, `${formatMinute(site, at)}${more}`] as const],
  )
}

function targetRows(night: Night, { name, target }: NamedTarget): Row[] {
  const times = targetTimes(night, target).map((high) => formatMinutes(night.site, high))
  return [[name, times.length > 0 ? `${times.join(', ')} below airmass 2` : 'not below airmass 2 in the dark']]
}
