import { useEffect, useRef, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { useEditing } from '../editor/editing-context.ts'
import { ReadingAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { Link } from '../live/navigation.tsx'
import { type ReservationsQuery, useOwnReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { formatKind, formatNight, formatTimes, formatUtc } from '../format.ts'
import { upcoming } from './upcoming.ts'
import './own-reservations.css'

/** What the caller has reserved at any telescope, behind a button. */
export function OwnReservations() {
  const reading = useOwnReservations()
  const now = useNow(60)
  const [shown, setShown] = useState(false)
  if (!reading) return null
  const count = reading.reservations && upcoming(reading.reservations, now).length
  return (
    <>
      <button type="button" aria-describedby="own-count" onClick={() => setShown(true)}>
        My reservations {count !== undefined && <span class="own-count" aria-hidden="true">{count}</span>}
      </button>
      <span id="own-count" hidden>{count === undefined ? '' : `${count} to come`}</span>
      {shown && <OwnDialog reading={reading} now={now} closed={() => setShown(false)} />}
    </>
  )
}

function OwnDialog({ reading, now, closed }: { reading: ReservationsQuery; now: Instant; closed: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const close = () => dialog.current?.close()
  const mine = reading.reservations && upcoming(reading.reservations, now)
  return (
    <dialog ref={dialog} class="own-reservations" aria-labelledby="own-heading" onClose={closed}>
      <h2 id="own-heading">My reservations</h2>
      <ReadingAge reading={reading} />
      {mine?.length === 0 && <p>You have none to come. To reserve, choose a telescope and press “New reservation”, or a free time on its calendar.</p>}
      {mine && mine.length > 0 && (
        <ol>
          {mine.map((one) => <Own key={`${one.id} ${one.start}`} reservation={one} now={now} left={close} />)}
        </ol>
      )}
      <button type="button" onClick={close}>Close</button>
    </dialog>
  )
}

function Own({ reservation, now, left }: { reservation: Reservation; now: Instant; left: () => void }) {
  const { open } = useEditing()
  const { title, kind, project, start } = reservation
  const check = () => {
    left()
    open({ action: 'show', reservation })
  }
  return (
    <li class={kind}>
      <p class="own-title">
        <button type="button" class="plain" onClick={check}>{title}</button>
        {start <= now && <strong class="own-now">now</strong>}
      </p>
      {/* The link prevents the browser's own way only where it leads away within this page. */}
      <p onClick={(event) => event.defaultPrevented && left()}><Where reservation={reservation} /></p>
      <p class="own-what">{project ? `${formatKind(kind)}: ${project.name}` : formatKind(kind)}</p>
    </li>
  )
}

/** A site that is not listed has no nights, and no clock but UTC. */
function Where({ reservation }: { reservation: Reservation }) {
  const site = useApp().sites.get(reservation.site)
  if (!site) return <><Link to={{ page: 'site', site: reservation.site }}>{reservation.site}</Link>, {formatUtc(reservation)}</>
  const night = nightAt(site, reservation.start).date
  return (
    <>
      <Link to={{ page: 'site', site: site.code, night }}>{`${site.code} · night of ${formatNight(night)}`}</Link>, {formatTimes(site, reservation)} (site time)
    </>
  )
}
