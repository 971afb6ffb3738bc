import { useRef } from 'preact/hooks'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { Icon } from '../icon.tsx'
import { Link } from '../live/navigation.tsx'
import { linkTo, placeOf, VIEWS } from '../routes.ts'
import { useShortcut } from '../shortcut.ts'
import { GoToDate } from './go-to-date.tsx'
import { NightSteps } from './night-steps.tsx'
import { formatShown, type ShownNights } from './shown-nights.ts'
import { SearchField } from './search-field.tsx'
import { VIEW_NAMES } from './view-names.ts'
import { TargetChip } from '../target/target-chip.tsx'
import './site-bar.css'

/** The second line of a site's page: when, what, and the verb. */
export function SiteBar(props: ShownNights) {
  const { site, route, view, first } = props
  return (
    <div class="bar">
      {route.embed && (
        <h1>
          {site.code} <bdi>{site.name}</bdi>
        </h1>
      )}
      {!route.embed && (
        <p class="on-paper" aria-hidden="true">
          {site.code} <bdi>{site.name}</bdi>
        </p>
      )}
      <NightSteps {...props} />
      <h2 class="shown">{formatShown(site, view, first)}</h2>
      <GoToDate route={route} first={first} />
      <span class="gap" />
      <TargetChip />
      <SearchField placeholder="Title, project, observer" />
      <nav aria-label="View" class="views">
        {VIEWS.map((one) => (
          <Link key={one} to={{ ...placeOf(route), view: one }} current={one === view}>
            {VIEW_NAMES[one]}
          </Link>
        ))}
      </nav>
      {route.embed ? (
        <a class="verb" href={linkTo({ ...route, embed: false })} target="_blank" rel="noopener">
          Reserve
        </a>
      ) : (
        <NewReservation site={site} />
      )}
    </div>
  )
}

/** The one filled button of the page. It gives up its fill while a dialog is open, whose verb is then the next thing to do. */
function NewReservation({ site }: { site: Site }) {
  const { open } = useEditing()
  const button = useRef<HTMLButtonElement>(null)
  const reserve = () => open({ action: 'reserve', site: site.code }, button.current?.getBoundingClientRect())
  useShortcut('n', reserve)
  return (
    <button ref={button} type="button" class="primary verb" onClick={reserve}>
      <Icon name="plus" /> New reservation
    </button>
  )
}
