import type { ComponentChildren } from 'preact'
import { durationOf } from '../../src/domain/interval.ts'
import { isPreemptible, type Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { formatLight, isSkyRelevant, lightSecondsOf } from '../editor/draft-checks.ts'
import { NO_TIME_ZONE } from '../editor/site-for.ts'
import { formatPriority } from '../format/kind.ts'
import { formatLength } from '../format/length.ts'
import { formatOwnSpan, formatSpan } from '../format/span.ts'
import { useNow } from '../live/clock.ts'
import { differsFromOwn, ownZone, zoneName, UTC } from '../own-zone.ts'
import { useTarget } from '../target/use-target.ts'
import { formatMoon } from './sky-facts.ts'

interface FactsProps {
  readonly reservation: Reservation
  readonly site: Site
  readonly hasSky: boolean
}

/** The facts of a reservation: site time first, the reader's own second, UTC third; sky, project and note. */
export function Facts({ reservation, site, hasSky }: FactsProps) {
  const { project, priority, note, origin } = reservation
  return (
    <dl class="facts">
      <Times {...{ reservation, site, hasSky }} />
      {hasSky && isSkyRelevant(reservation) && <Sky {...{ reservation, site, hasSky }} />}
      {project && (
        <Fact name="Project">
          <bdi>{project.name}</bdi>
        </Fact>
      )}
      {priority !== 'standard' && (
        <Fact name="Priority">
          {formatPriority(priority)}
          {isPreemptible(reservation) && <span class="hint"> any observer may delete it</span>}
        </Fact>
      )}
      {note && (
        <Fact name="Note">
          <bdi>{note}</bdi>
        </Fact>
      )}
      {origin === 'lco' && <Fact name="Origin">LCO scheduler</Fact>}
      {reservation.extra['series_id'] !== undefined && (
        <Fact name="Series">One of a series; what you change here concerns this one alone.</Fact>
      )}
    </dl>
  )
}

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </>
)

function Times({ reservation, site, hasSky }: FactsProps) {
  const now = useNow(60)
  const own = ownZone()
  const place = zoneName(site)
  return (
    <>
      <dt>{hasSky ? place : 'UTC'}</dt>
      <dd class="facts-site-time">
        <strong>{formatSpan(site, reservation, now)}</strong>
        <span>{formatLength(durationOf(reservation))}</span>
      </dd>
      {!hasSky && <Fact name="Clock">{NO_TIME_ZONE}</Fact>}
      {differsFromOwn(site, reservation.start) && (
        <Fact name={`You, ${zoneName(own)}`}>{formatOwnSpan(reservation, now)}</Fact>
      )}
      {hasSky && place !== 'UTC' && (
        <>
          <dt>UTC</dt>
          <dd class="hint">{formatSpan(UTC, reservation, now)}</dd>
        </>
      )}
    </>
  )
}

function Sky({ reservation, site }: FactsProps) {
  const target = useTarget()
  return (
    <>
      <Fact name="Sky">{formatLight(lightSecondsOf(site, reservation)).replace(/\.$/, '')}</Fact>
      <Fact name="Moon">{formatMoon(site, reservation, target)}</Fact>
    </>
  )
}
