import { useEffect, useRef, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import { nightAt } from '../../src/sky/zone.ts'
import { useEditing } from '../editor/editing-context.ts'
import { DataAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { Link } from '../live/navigation.tsx'
import { type ReservationsQuery, useOwnReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import { formatKind, formatNight, formatTimes, formatUtc } from '../format.ts'
import { upcoming } from './upcoming.ts'
import './own-reservations.css'

/** The list of the caller's reservations at all telescopes, and how many are to come; undefined for an anonymous caller. */
export function useOwnList() {
  const query = useOwnReservations()
  const now = useNow(60)
  const [isOpen, setOpen] = useState(false)
  if (!query) return undefined
  return {
    count: query.reservations && upcoming(query.reservations, now).length,
    open: () => setOpen(true),
    dialog: isOpen && <OwnDialog query={query} now={now} onClose={() => setOpen(false)} />,
  }
}

type OwnList = NonNullable<ReturnType<typeof useOwnList>>

/** A button that opens the list, with the number of reservations to come. */
export const OwnButton = ({ list: { count, open }, before }: { list: OwnList; before?: () => void }) => (
  <button
    type="button"
    class="plain"
    onClick={() => {
      before?.()
      open()
    }}
  >
    My reservations{' '}
    {count !== undefined && (
      <span class="own-count">
        {count}
        <span class="visually-hidden"> upcoming</span>
      </span>
    )}
  </button>
)

function OwnDialog({ query, now, onClose }: { query: ReservationsQuery; now: Instant; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  const close = () => dialog.current?.close()
  const ahead = query.reservations && upcoming(query.reservations, now)
  return (
    <dialog ref={dialog} class="own-reservations" aria-labelledby="own-heading" onClose={onClose}>
      <header>
        <h2 id="own-heading">My reservations</h2>
        <button type="button" class="plain" onClick={close}>
          Close
        </button>
      </header>
      <DataAge query={query} />
      {ahead?.length === 0 && (
        <p>
          No upcoming reservations. To reserve, choose a telescope and press “New reservation”, or a free time on its
          calendar.
        </p>
      )}
      {ahead && ahead.length > 0 && (
        <ol>
          {ahead.map((one) => (
            <OwnItem key={`${one.id} ${one.start}`} reservation={one} now={now} close={close} />
          ))}
        </ol>
      )}
    </dialog>
  )
}

function OwnItem({ reservation, now, close }: { reservation: Reservation; now: Instant; close: () => void }) {
  const { open } = useEditing()
  const { title, kind, project, start } = reservation
  const show = () => {
    close()
    open({ action: 'show', reservation })
  }
  return (
    <li class={kind}>
      <p class="own-title">
        <button type="button" class="plain" onClick={show}>
          {title}
        </button>
        {start <= now && <strong class="own-now">now</strong>}
      </p>
      {/* Closes the list if the link was followed within this page, not in a new tab. */}
      <p onClick={(event) => event.defaultPrevented && close()}>
        <NightLink reservation={reservation} />
      </p>
      <p class="own-kind">{project ? `${formatKind(kind)}: ${project.name}` : formatKind(kind)}</p>
    </li>
  )
}

/** A link to the night of a reservation, and its times; in UTC if the site is not listed. */
function NightLink({ reservation }: { reservation: Reservation }) {
  const site = useApp().sites.get(reservation.site)
  if (!site)
    return (
      <>
        <Link to={{ page: 'site', site: reservation.site }}>{reservation.site}</Link>, {formatUtc(reservation)}
      </>
    )
  const night = nightAt(site, reservation.start).date
  return (
    <>
      <Link to={{ page: 'site', site: site.code, night }}>{`${site.code} · night of ${formatNight(night)}`}</Link>,{' '}
      {formatTimes(site, reservation)} (site time)
    </>
  )
}
