import { DAY, durationOf, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatMinute, formatMinutes } from '../format/clock.ts'
import { formatCivil } from '../format/date.ts'
import { CLOCK_ALONE } from '../format/span.ts'
import { formatUntil, STATES, type TelescopeState } from '../frame/telescope-state.ts'
import { NOT_DARK } from '../sky/dark-words.ts'
import { lightBandsIn } from './light.ts'

/** How far ahead the dark is looked for, in seconds. */
const AHEAD = 2 * DAY

/** What a telescope does now, in two lines: what and until when; why, or what then. Times are of the site. */
export function stateLines(site: Site, state: TelescopeState, now: Instant): [string, string] {
  const until = state.until === undefined ? '' : ` until ${formatUntil(site, state.until, now, formatCivil)}`
  return [`${STATES[state.state]}${until}`, whyOrThen(site, state, now)]
}

function whyOrThen(site: Site, state: TelescopeState, now: Instant): string {
  if (state.state === 'closed') return state.why
  if (state.state === 'in-use') return `By ${state.by}`
  if (state.state === 'yours') return 'Reserved for you'
  if (state.state === 'free') return state.next === undefined ? 'No one follows' : `Then ${state.next}`
  return formatDark(site, nextDark(site, now), now)
}

/** The next dark time at a site within two days. */
const nextDark = (site: Site, now: Instant): Interval | undefined =>
  lightBandsIn(site, { start: now, end: now + AHEAD }).find(({ light }) => light === 'dark')

/** `Dark 22:11–04:02`, with its date if it begins a day ahead; `Dark from 22:11` where it lasts for a day or more. */
function formatDark(site: Site, dark: Interval | undefined, now: Instant): string {
  if (!dark) return `${NOT_DARK} in two days`
  const date = dark.start - now < DAY ? '' : `${formatCivil(site, dark.start)} `
  const isLong = durationOf(dark) > CLOCK_ALONE || dark.end >= now + AHEAD
  return isLong ? `Dark from ${date}${formatMinute(site, dark.start)}` : `Dark ${date}${formatMinutes(site, dark)}`
}
