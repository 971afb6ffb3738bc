import { HOUR, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { DataAge } from '../live/age.tsx'
import { useNow } from '../live/clock.ts'
import { useMedia } from '../live/media.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type ReservationsQuery, useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import type { NetworkRoute } from '../routes.ts'
import { formatHour, hoursIn, positionIn, windowAt, formatWindow } from './network.ts'
import { NetworkRow } from './network-row.tsx'
import { searchWindow } from './next-free.ts'
import './network-page.css'

/** All telescopes along one time axis, each with its darkness and its reservations. */
export function NetworkPage({ route }: { route: NetworkRoute }) {
  const { sites } = useApp()
  const now = useNow(60)
  const length = (useMedia('(max-width: 45rem)') ? 12 : 24) * HOUR
  const window = windowAt(route.at, now, length)
  return (
    <>
      <header class="network-header">
        <h1>All telescopes</h1>
        <TimeSteps route={route} window={window} />
        <p class="network-window">{formatWindow(window)}</p>
      </header>
      {sites.size > 0 ? (
        <Network sites={[...sites.values()]} window={window} now={now} />
      ) : (
        <p>No telescopes are listed here.</p>
      )}
    </>
  )
}

function TimeSteps({ route, window }: { route: NetworkRoute; window: Interval }) {
  const { go } = useNavigation()
  const half = (window.end - window.start) / 2
  const show = (at: Instant | undefined) => () => go({ ...route, at })
  return (
    <div class="network-steps">
      <button type="button" onClick={show(window.start - half)}>
        Earlier
      </button>
      <button type="button" onClick={show(undefined)}>
        Now
      </button>
      <button type="button" onClick={show(window.start + half)}>
        Later
      </button>
    </div>
  )
}

interface NetworkProps {
  readonly sites: readonly Site[]
  readonly window: Interval
  readonly now: Instant
}

/** The reservations read for the next free dark times include those of the window, unless the window is far from now. */
function Network({ sites, window, now }: NetworkProps) {
  const codes = sites.map(({ code }) => code)
  const searched = searchWindow(sites, windowAt(undefined, now, 0).start, now)
  const near = useReservations(codes, searched)
  const isNear = searched.start <= window.start && window.end <= searched.end
  const shown = { sites, window, now, near }
  return isNear ? <Timeline {...shown} query={near} /> : <FarTimeline {...shown} codes={codes} />
}

interface TimelineProps extends NetworkProps {
  /** The reservations in which the next free dark times are searched for. */
  readonly near: ReservationsQuery
  /** The reservations of the window. */
  readonly query: ReservationsQuery
}

function FarTimeline({ codes, ...shown }: Omit<TimelineProps, 'query'> & { codes: readonly string[] }) {
  return <Timeline {...shown} query={useReservations(codes, shown.window)} />
}

function Timeline({ sites, window, now, near, query }: TimelineProps) {
  return (
    <>
      <DataAge query={query} />
      <div class="network">
        <Axis window={window} />
        <ul class="network-rows" aria-label="Telescopes" aria-busy={query.reservations === undefined}>
          {sites.map((site) => (
            <NetworkRow
              key={site.code}
              {...{ site, window, now }}
              shown={query.reservations}
              known={near.reservations}
            />
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
          <span key={at} style={{ left: `${positionIn(window, { start: at, end: at + 1 })?.left}%` }}>
            {formatHour(at, window)}
          </span>
        ))}
      </div>
    </div>
  )
}
