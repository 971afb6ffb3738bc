import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { useEditing } from '../editor/editing-context.ts'
import { formatClock } from '../format/clock.ts'
import { formatCivil, formatWeekday } from '../format/date.ts'
import { formatMoment, formatOwn, formatRange } from '../format/span.ts'
import { anchorAt } from '../grid/night-points.ts'
import { useNavigation } from '../live/navigation.tsx'
import { NIGHTS } from '../nights-searched.ts'
import { linkTo } from '../routes.ts'
import type { Telescope } from './telescopes.ts'
import './reserve-verb.css'

interface ReserveVerbProps {
  readonly telescope: Telescope
  readonly now: Instant
  /** Whether it is the first of all, and so the next thing to do. */
  readonly isFirst: boolean
  /** Whether reservations could not be read. */
  readonly isFailing: boolean
}

/** The next free dark time of a telescope as a verb, with its civil date and when that is for the reader; or why there is none. */
export function ReserveVerb({ telescope, now, isFirst, isFailing }: ReserveVerbProps) {
  const { site, state, opens, free } = telescope
  if (opens !== undefined) return <p class="telescope-verb">{`Opens ${formatMoment(site, opens, now)}`}</p>
  if (!free) {
    if (state) return <p class="telescope-verb">{`No free dark time in the next ${NIGHTS} nights`}</p>
    return <p class="telescope-verb">{isFailing ? 'Free dark time is not known' : 'Looking for free dark time …'}</p>
  }
  return (
    <div class="telescope-verb">
      <Verb site={site} free={free} isFirst={isFirst} />
      <p class="telescope-when">{formatWhen(site, free, now)}</p>
    </div>
  )
}

interface VerbProps extends Pick<ReserveVerbProps, 'isFirst'> {
  readonly site: Site
  readonly free: Interval
}

function Verb({ site, free, isFirst }: VerbProps) {
  const { open } = useEditing()
  const { embed, target } = useNavigation().route
  const text = `Reserve ${formatRange(site, free)}`
  const name = `${text} at ${site.code}, ${formatCivil(site, free.start)}`
  const className = isFirst ? 'reserve-verb primary' : 'reserve-verb'
  if (embed) {
    // A frame cannot sign anyone in.
    const there = linkTo({ page: 'site', site: site.code, target, reserve: free })
    return (
      <a class={className} href={there} target="_blank" rel="noopener" aria-label={name}>
        {text}
      </a>
    )
  }
  return (
    <button
      type="button"
      class={className}
      aria-label={name}
      onClick={(event) => open({ action: 'reserve', site: site.code, during: free }, anchorAt(event.currentTarget))}
    >
      {text}
    </button>
  )
}

/** `Thu 26 Nov, for you Fri 05:45`: without the reader's time where it is that of the site. */
function formatWhen(site: Site, { start }: Interval, now: Instant): string {
  const [there, own] = [`${formatWeekday(site, start)} ${formatClock(site, start)}`, formatOwn(start)]
  const date = formatCivil(site, start, now)
  return there === own ? date : `${date}, for you ${own}`
}
