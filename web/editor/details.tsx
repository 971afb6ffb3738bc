import { useState } from 'preact/hooks'
import { durationOf } from '../../src/domain/interval.ts'
import { isPreemptible, type Reservation } from '../../src/domain/reservation.ts'
import { clockAt } from '../../src/sky/zone.ts'
import { useNow } from '../live/clock.ts'
import { mayModify, useApp } from '../live/app-context.ts'
import {
  formatClock,
  formatKind,
  formatLength,
  formatNights,
  formatPriority,
  formatTimes,
  formatUtc,
} from '../format.ts'
import { Dialog } from './dialog.tsx'
import type { Editing } from './editing-context.ts'
import { timingOf } from './draft-checks.ts'
import { NO_TIME_ZONE, siteFor } from './site-for.ts'
import { useWriteActions } from './write-actions.ts'

interface DetailsProps {
  readonly reservation: Reservation
  readonly open: Editing['open']
  readonly close: () => void
}

/** The dialog with all facts of a reservation, and buttons for what the caller may do. */
export function Details({ reservation, open, close }: DetailsProps) {
  const { caller } = useApp()
  const { observer, title, creator, end } = reservation
  const isOwn = mayModify(caller, observer)
  const isPreemptibleByCaller = !isOwn && caller.id !== undefined && isPreemptible(reservation)
  const copy = () =>
    open({ action: 'copy', of: reservation, during: { start: end, end: end + durationOf(reservation) }, search: true })
  return (
    <Dialog title={title || creator} close={close} class="details">
      <Facts {...reservation} />
      {isPreemptibleByCaller && (
        <p class="aside">It is preemptible, so any observer may delete it. You could not bring it back.</p>
      )}
      <div class="buttons">
        {isOwn && (
          <button type="button" class="primary" onClick={() => open({ action: 'change', reservation })}>
            Change
          </button>
        )}
        {isOwn && (
          <button type="button" onClick={copy}>
            Copy
          </button>
        )}
        {(isOwn || isPreemptibleByCaller) && <DeleteButton reservation={reservation} close={close} />}
        <span class="gap" />
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </Dialog>
  )
}

function DeleteButton({ reservation, close }: Omit<DetailsProps, 'open'>) {
  const { cancel } = useWriteActions()
  const [isBusy, setBusy] = useState(false)
  const confirm = async () => {
    setBusy(true)
    if (await cancel(reservation)) close()
    else setBusy(false)
  }
  return (
    <button type="button" class="danger" disabled={isBusy} aria-busy={isBusy} onClick={() => void confirm()}>
      Delete
    </button>
  )
}

const STATES = { past: 'Past', now: 'Now', upcoming: 'Upcoming' } as const
const capitalized = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

function Facts(reservation: Reservation) {
  const { sites } = useApp()
  const now = useNow(60)
  const { site, hasSky } = siteFor(sites, reservation.site)
  const { creator, kind, priority, project, note, origin, id, modified } = reservation
  const state = timingOf(reservation, now)
  return (
    <>
      <p class="what">
        <span class={`state ${state}`}>{STATES[state]}</span> {capitalized(formatKind(kind))} of {creator}
      </p>
      <dl>
        <dt>When</dt>
        <dd>
          <strong>{formatTimes(site, reservation)}</strong> · {formatLength(durationOf(reservation))}
          <br />
          {formatNights(site, reservation)}
          <small>{hasSky ? formatUtc(reservation) : NO_TIME_ZONE}</small>
        </dd>
        <dt>Telescope</dt>
        <dd>{hasSky ? `${site.code} · ${site.name}` : site.code}</dd>
        {project && <dt>Project</dt>}
        {project && <dd>{project.name}</dd>}
        <dt>Priority</dt>
        <dd>{formatPriority(priority)}</dd>
        {note && <dt>Note</dt>}
        {note && <dd class="note">{note}</dd>}
        {origin === 'lco' && <dt>Origin</dt>}
        {origin === 'lco' && <dd>LCO scheduler</dd>}
      </dl>
      <p class="small">
        {id} · last modified {clockAt(site.timeZone, modified).date} {formatClock(site, modified)}
      </p>
    </>
  )
}
