import { HOUR, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { ReadingAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { useMedia } from '../live/media.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type ReservationsQuery, useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import type { NetworkRoute } from '../routes.ts'
import { formatHour, hoursIn, positionIn, windowAt, formatWindow } from './network.ts'
import { NetworkRow } from './network-row.tsx'
import { searchedAt } from './next-free.ts'
import './network-page.css'

/** All telescopes over one axis of time, each with its darkness and its reservations. */
export function NetworkPage({ place: route }: { place: NetworkRoute }) {
  const { sites } = useApp()
  const now = useNow(60)
  const length = (useMedia('(max-width: 45rem)') ? 12 : 24) * HOUR
  const window = windowAt(route.from, now, length)
  return (
    <>
      <header class="network-header">
        <h1>All telescopes</h1>
        <Steps place={route} window={window} />
        <p class="network-window">{formatWindow(window)}</p>
      </header>
      {sites.size > 0 ? <Network sites={[...sites.values()]} window={window} now={now} /> : <p>No telescopes are listed here.</p>}
    </>
  )
}

function Steps({ place: route, window }: { place: NetworkRoute; window: Interval }) {
  const { go } = useNavigation()
  const half = (window.end - window.start) / 2
  const show = (from: Instant | undefined) => () => go({ ...route, from })
  return (
    <div class="network-steps">
      <button type="button" onClick={show(window.start - half)}>Earlier</button>
      <button type="button" onClick={show(undefined)}>Now</button>
      <button type="button" onClick={show(window.start + half)}>Later</button>
    </div>
  )
}

interface NetworkProps {
  readonly sites: readonly Site[]
  readonly window: Interval
  readonly now: Instant
}

/** What is read for the next free dark times holds what is shown as well, unless that is far from now. */
function Network({ sites, window, now }: NetworkProps) {
  const codes = sites.map(({ code }) => code)
  const searched = searchedAt(sites, windowAt(undefined, now, 0).start, now)
  const near = useReservations(codes, searched)
  const isNear = searched.start <= window.start && window.end <= searched.end
  const shown = { sites, window, now, near }
  return isNear ? <Picture {...shown} reading={near} /> : <FarPicture {...shown} codes={codes} />
}

interface PictureProps extends NetworkProps {
  /** What the next free dark times are found in. */
  readonly near: ReservationsQuery
  /** What is drawn. */
  readonly reading: ReservationsQuery
}

function FarPicture({ codes, ...shown }: Omit<PictureProps, 'reading'> & { codes: readonly string[] }) {
  return <Picture {...shown} reading={useReservations(codes, shown.window)} />
}

function Picture({ sites, window, now, near, reading }: PictureProps) {
  return (
    <>
      <ReadingAge reading={reading} />
      <div class="network">
        <Axis window={window} />
        <ul class="network-rows" aria-label="Telescopes" aria-busy={reading.reservations === undefined}>
          {sites.map((site) => (
            <NetworkRow key={site.code} {...{ site, window, now }} shown={reading.reservations} known={near.reservations} />
          ))}
        </ul>
      </div>
    </>
  )
}

function Axis({ window }: { window: Interval }) {
  return (
    <div class="network-axis" aria-hidden="true">
      <span class="network-zone">UTC</span>
      <div class="network-hours">
        {hoursIn(window).map((at) => (
          <span key={at} style={{ left: `${positionIn(window, { start: at, end: at + 1 })?.left}%` }}>{formatHour(at, window)}</span>
        ))}
      </div>
    </div>
  )
}
