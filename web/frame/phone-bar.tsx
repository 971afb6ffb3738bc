import { moonNight } from '../../src/sky/moon.ts'
import { nightAfter } from '../../src/sky/zone.ts'
import { nightOfDate } from '../editor/steps.ts'
import { formatNight, shortWeekday } from '../format/date.ts'
import { Icon } from '../icon.tsx'
import { Link } from '../live/navigation.tsx'
import { placeOf, type SiteRoute } from '../routes.ts'
import { MoonGlyph } from '../sky/moon-glyph.tsx'
import { GoToDate } from './go-to-date.tsx'
import { NightSteps } from './night-steps.tsx'
import { formatShown, stripStart, WEEK, type ShownNights } from './shown-nights.ts'
import './phone-bar.css'

/** A phone's second line: seven nights to choose from, or what is shown and steps to other nights. */
export function PhoneBar(props: ShownNights & { tonight: string }) {
  const { site, route, view, first } = props
  if (view === 'agenda') return <h2 class="visually-hidden">{formatShown(site, view, first)}</h2>
  if (view === 'night') return <NightStrip {...props} />
  return (
    <div class="phone-bar">
      <NightSteps {...props} />
      <h2>{formatShown(site, view, first)}</h2>
      <GoToDate route={route} first={first} />
    </div>
  )
}

/** Seven nights, each with its Moon. */
function NightStrip({ site, route, first, tonight }: ShownNights & { tonight: string }) {
  const start = stripStart(tonight, first)
  const nights = Array.from({ length: WEEK }, (_, index) => nightAfter({ site, date: start }, index))
  const to = (night: string): SiteRoute => ({ ...placeOf(route), view: 'night', night })
  return (
    <nav class="night-strip" aria-label="Nights">
      <Link to={to(nightAfter({ site, date: first }, -WEEK).date)} label="One week earlier">
        <Icon name="left" />
      </Link>
      {nights.map(({ date }) => (
        <NightTab key={date} to={to(date)} date={date} isPast={date < tonight} current={date === first} site={site} />
      ))}
      <Link to={to(nightAfter({ site, date: first }, WEEK).date)} label="One week later">
        <Icon name="right" />
      </Link>
    </nav>
  )
}

interface NightTabProps {
  readonly site: ShownNights['site']
  readonly to: SiteRoute
  readonly date: string
  readonly isPast: boolean
  readonly current: boolean
}

function NightTab({ site, to, date, isPast, current }: NightTabProps) {
  const night = nightOfDate(site, date)
  return (
    <Link to={to} class={isPast ? 'night past' : 'night'} current={current}>
      <span class="visually-hidden">{formatNight(date)}</span>
      <span aria-hidden="true">{shortWeekday(date)}</span>
      <b aria-hidden="true">{Number(date.slice(8))}</b>
      {night && <MoonGlyph phase={moonNight(night).phase} southern={site.latitude < 0} />}
    </Link>
  )
}
