import { useMemo } from 'preact/hooks'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { reservationClass } from '../calendar/reservation-block.tsx'
import { useEditing } from '../editor/editing-context.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { useApp } from '../live/app-context.ts'
import {
  formatDarkness,
  hoursIn,
  type LanedReservation,
  assignLanes,
  lightBandsIn,
  positionIn,
  reservationName,
  reservationsAt,
} from './network.ts'
import { formatFree, NIGHTS, nextFreeDark } from './next-free.ts'
import '../calendar/night-grid.css'

interface NetworkRowProps {
  readonly site: Site
  readonly window: Interval
  readonly now: Instant
  /** The reservations of the window, at all sites; undefined before the first response. */
  readonly shown: readonly Reservation[] | undefined
  /** The reservations in which free time is searched for, at all sites; undefined before the first response. */
  readonly known: readonly Reservation[] | undefined
}

/** The row of a telescope: its name, its next free dark time, and its reservations. */
export function NetworkRow({ site, window, now, shown, known }: NetworkRowProps) {
  const { embed = false } = useNavigation().route
  return (
    <li class="network-row">
      <div class="network-label">
        <h2>
          <Link to={{ page: 'site', site: site.code, embed }}>
            <span class="network-code">{site.code}</span> {site.name}
          </Link>
        </h2>
        <NextFree site={site} known={known} now={now} />
      </div>
      <Bar site={site} window={window} now={now} shown={shown} />
    </li>
  )
}

function NextFree({ site, known, now }: Pick<NetworkRowProps, 'site' | 'known' | 'now'>) {
  const { open } = useEditing()
  const free = useMemo(() => known && nextFreeDark(site, reservationsAt(site, known), now), [site, known, now])
  if (!known) return <p class="network-free">Free and dark: reading …</p>
  if (!free) return <p class="network-free">No free dark time in {NIGHTS} nights</p>
  return (
    <button
      type="button"
      class="network-free plain"
      onClick={() => open({ action: 'reserve', site: site.code, during: { start: free.start } })}
    >
      Free and dark: {formatFree(site, free, now)} (site time)
    </button>
  )
}

function Bar({ site, window, now, shown }: Omit<NetworkRowProps, 'known'>) {
  const bands = useMemo(() => lightBandsIn(site, window), [site, window.start, window.end])
  const here = shown && reservationsAt(site, shown).filter((one) => positionIn(window, one))
  return (
    <div class={shown ? 'network-bar' : 'network-bar loading'}>
      <p class="visually-hidden">{formatDarkness(bands)}</p>
      <div aria-hidden="true">
        {/* Each band extends to the end of the window and covers the rest of the one before: no gaps show between them. */}
        {bands.map(({ start, light }) => (
          <Strip key={start} class={`light ${light}`} window={window} during={{ start, end: window.end }} />
        ))}
        {hoursIn(window).map((at) => (
          <Strip key={at} class="hour" window={window} during={{ start: at, end: at + 1 }} />
        ))}
        <Strip class="now" window={window} during={{ start: now, end: now + 1 }} />
      </div>
      {here?.length === 0 && <p class="visually-hidden">No reservations in this time.</p>}
      {here && here.length > 0 && (
        <ul aria-label={`Reservations at ${site.code}`}>
          {assignLanes(here).map((one) => (
            <Block key={`${one.reservation.id} ${one.reservation.start}`} window={window} {...one} />
          ))}
        </ul>
      )}
    </div>
  )
}

function Strip({ class: className, window, during }: { class: string; window: Interval; during: Interval }) {
  const position = positionIn(window, during)
  return position ? <div class={className} style={percent(position)} /> : null
}

function Block({ window, reservation, lane, lanes }: LanedReservation & { window: Interval }) {
  const { caller } = useApp()
  const { open } = useEditing()
  const position = positionIn(window, reservation) ?? { left: 0, width: 0 }
  const name = reservationName(reservation, reservation.observer === caller.id)
  return (
    <li style={{ ...percent(position), top: `${(100 * lane) / lanes}%`, height: `${100 / lanes}%` }}>
      <button
        type="button"
        class={reservationClass(reservation, caller)}
        aria-label={name}
        title={name}
        onClick={() => open({ action: 'show', reservation })}
      >
        {reservation.title}
      </button>
    </li>
  )
}

const percent = ({ left, width }: { left: number; width: number }) => ({ left: `${left}%`, width: `${width}%` })
