import { useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { timingOf } from '../editor/draft-checks.ts'
import { useEditing } from '../editor/editing-context.ts'
import { siteFor } from '../editor/site-for.ts'
import { useWriteActions } from '../editor/write-actions.ts'
import { formatKind } from '../format/kind.ts'
import { formatSpan } from '../format/span.ts'
import { OwnSpan } from '../card/phrases.tsx'
import { useApp } from '../live/app-context.ts'
import { Link } from '../live/navigation.tsx'
import { forgetDeleted } from './deleted.ts'

interface OwnItemProps {
  readonly reservation: Reservation
  readonly now: Instant
  readonly close: () => void
  readonly isDeleted: boolean
}

/** One of the caller's reservations: its title opens its card, its time its night. A deleted one can be restored. */
export function OwnItem({ reservation, now, close, isDeleted }: OwnItemProps) {
  const { open } = useEditing()
  const { title, kind, project } = reservation
  const show = () => {
    close()
    open({ action: 'show', reservation })
  }
  return (
    <li class={kind}>
      <p class="own-title">
        {isDeleted ? (
          <bdi>{title}</bdi>
        ) : (
          <button type="button" class="plain" onClick={show}>
            <bdi>{title}</bdi>
          </button>
        )}
        {timingOf(reservation, now) === 'now' && <strong class="own-now">now</strong>}
        {isDeleted && <RestoreButton reservation={reservation} close={close} />}
      </p>
      {/* Closes the list if the link was followed within this page, not in a new tab. */}
      <p onClick={(event) => event.defaultPrevented && close()}>
        <NightLink reservation={reservation} now={now} />
      </p>
      <p class="hint">
        {formatKind(kind)}
        {project && (
          <>
            : <bdi>{project.name}</bdi>
          </>
        )}
      </p>
    </li>
  )
}

function RestoreButton({ reservation, close }: Pick<OwnItemProps, 'reservation' | 'close'>) {
  const { restore } = useWriteActions()
  const [isBusy, setBusy] = useState(false)
  const bring = async () => {
    setBusy(true)
    const isRestored = await restore(reservation, undefined)
    setBusy(false)
    if (!isRestored) return
    forgetDeleted(reservation.id)
    close()
  }
  return (
    <button type="button" disabled={isBusy} aria-label={`Restore ${reservation.title}`} onClick={() => void bring()}>
      Restore
    </button>
  )
}

/** A link to the night of a reservation: telescope, times there, and for readers elsewhere their own. */
function NightLink({ reservation, now }: Pick<OwnItemProps, 'reservation' | 'now'>) {
  const { site, hasSky } = siteFor(useApp().sites, reservation.site)
  const night = hasSky ? nightAt(site, reservation.start).date : undefined
  return (
    <>
      <Link to={{ page: 'site', site: site.code, night }}>
        {`${site.code}, ${formatSpan(site, reservation, now)}${hasSky ? '' : ' UTC'}`}
      </Link>
      {hasSky && <OwnSpan zone={site} during={reservation} now={now} />}
    </>
  )
}
