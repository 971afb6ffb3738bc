import { useState } from 'preact/hooks'
import { lengthOf } from '../../src/domain/interval.ts'
import { givesWay, type Reservation } from '../../src/domain/reservation.ts'
import { clockAt } from '../../src/sky/zone.ts'
import { useNow } from '../live/clock.ts'
import { mayChange, useSurroundings } from '../live/surroundings.ts'
import { clockWords, kindWords, lengthWords, nightsWords, priorityWords, timesOf, utcWords } from '../words.ts'
import { Dialog } from './dialog.tsx'
import type { Editing } from './editing.tsx'
import { whenIs } from './judgement.ts'
import { NO_CLOCK, siteFor } from './place.ts'
import { useWrites } from './writes.ts'

interface DetailsProps {
  readonly reservation: Reservation
  readonly open: Editing['open']
  readonly close: () => void
}

/** All there is to know of a reservation, and what the reader may do with it. */
export function Details({ reservation, open, close }: DetailsProps) {
  const { caller } = useSurroundings()
  const { observer, title, creator, end } = reservation
  const mine = mayChange(caller, observer)
  const isForAnyone = !mine && caller.id !== undefined && givesWay(reservation)
  const copy = () => open({ what: 'copy', of: reservation, during: { start: end, end: end + lengthOf(reservation) }, seek: true })
  return (
    <Dialog title={title || creator} close={close} class="details">
      <Facts {...reservation} />
      {isForAnyone && <p class="aside">It gives way, so any observer may delete it. You could not bring it back.</p>}
      <div class="buttons">
        {mine && <button type="button" class="primary" onClick={() => open({ what: 'change', reservation })}>Change</button>}
        {mine && <button type="button" onClick={copy}>Copy</button>}
        {(mine || isForAnyone) && <DeleteButton reservation={reservation} close={close} />}
        <span class="gap" />
        <button type="button" onClick={close}>Close</button>
      </div>
    </Dialog>
  )
}

function DeleteButton({ reservation, close }: Omit<DetailsProps, 'open'>) {
  const { remove } = useWrites()
  const [isBusy, setBusy] = useState(false)
  const press = async () => {
    setBusy(true)
    await remove(reservation)
    close()
  }
  return <button type="button" class="danger" disabled={isBusy} aria-busy={isBusy} onClick={() => void press()}>Delete</button>
}

const STATES = { past: 'Past', now: 'Now', coming: 'Coming' } as const
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

function Facts(reservation: Reservation) {
  const { sites } = useSurroundings()
  const now = useNow(60)
  const { site, hasSky } = siteFor(sites, reservation.site)
  const { creator, kind, priority, project, note, origin, id, modified } = reservation
  const state = whenIs(reservation, now)
  return (
    <>
      <p class="what">
        <span class={`state ${state}`}>{STATES[state]}</span> {capital(kindWords(kind))} of {creator}
      </p>
      <dl>
        <dt>When</dt>
        <dd>
          <strong>{timesOf(site, reservation)}</strong> · {lengthWords(lengthOf(reservation))}
          <br />
          {nightsWords(site, reservation)}
          <small>{hasSky ? utcWords(reservation) : NO_CLOCK}</small>
        </dd>
        <dt>Telescope</dt>
        <dd>{hasSky ? `${site.code} · ${site.name}` : site.code}</dd>
        {project && <dt>Project</dt>}
        {project && <dd>{project.name}</dd>}
        <dt>Priority</dt>
        <dd>{priorityWords(priority)}</dd>
        {note && <dt>Note</dt>}
        {note && <dd class="note">{note}</dd>}
        {origin === 'lco' && <dt>Origin</dt>}
        {origin === 'lco' && <dd>LCO scheduler</dd>}
      </dl>
      <p class="small">
        {id} · last modified {clockAt(site.timeZone, modified).date} {clockWords(site, modified)}
      </p>
    </>
  )
}
