import type { Site } from '../../src/domain/site.ts'
import { nightAfter } from '../../src/sky/zone.ts'
import { monthAfter } from '../calendar/months.ts'
import { useEditing } from '../editor/editing-context.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { linkTo, type SiteRoute, type View } from '../routes.ts'
import { formatNight } from '../format.ts'

interface SiteControlsProps {
  readonly site: Site
  readonly route: SiteRoute
  readonly view: View
  /** The date of the first night, or of a night of the month. */
  readonly first: string
}

const NAMES: Readonly<Record<Exclude<View, 'agenda'>, string>> = { week: 'Week', night: 'Night', month: 'Month' }

/** Buttons to other nights and views, and to a new reservation. */
export function SiteControls({ site, route, view, first }: SiteControlsProps) {
  const { open } = useEditing()
  return (
    <div class="site-controls">
      <NightSteps site={site} route={route} view={view} first={first} />
      <h2>{titleOf(view, first)}</h2>
      {route.embed ? (
        <a href={linkTo({ ...route, embed: false })} target="_blank" rel="noopener">
          Reserve
        </a>
      ) : (
        <button type="button" class="primary" onClick={() => open({ action: 'reserve', site: site.code })}>
          New reservation
        </button>
      )}
      <nav aria-label="View" class="views">
        {(['week', 'night', 'month'] as const).map((one) => (
          <Link key={one} to={{ ...route, view: one, night: route.night }} current={one === view}>
            {NAMES[one]}
          </Link>
        ))}
      </nav>
    </div>
  )
}

function NightSteps({ site, route, view, first }: SiteControlsProps) {
  const { go } = useNavigation()
  const to = (night: string | undefined) => () =>
    go({ ...route, night, view: route.view ?? (night === undefined ? undefined : view) })
  const nights = (count: number) => nightAfter({ site, date: first }, count).date
  const steps: readonly (readonly [string, string, string | undefined])[] =
    view === 'month'
      ? [
          ['‹', 'One month earlier', monthAfter(first, -1)],
          ['Tonight', 'Tonight', undefined],
          ['›', 'One month later', monthAfter(first, 1)],
        ]
      : [
          ['«', 'One week earlier', nights(-7)],
          ['‹', 'One night earlier', nights(-1)],
          ['Tonight', 'Tonight', undefined],
          ['›', 'One night later', nights(1)],
          ['»', 'One week later', nights(7)],
        ]
  return (
    <div class="steps" role="group" aria-label="Nights">
      {steps.map(([text, name, night]) => (
        <button key={name} type="button" aria-label={name} title={name} onClick={to(night)}>
          {text}
        </button>
      ))}
    </div>
  )
}

function titleOf(view: View, first: string): string {
  const [weekday, day, month, year] = formatNight(first).split(' ')
  return view === 'night' ? `${weekday} ${day} ${month} ${year}` : `${month} ${year}`
}
