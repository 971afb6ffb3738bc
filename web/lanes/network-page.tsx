import { useMemo } from 'preact/hooks'
import { HOUR, type Instant, type Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { Legend } from '../grid/legend.tsx'
import { DataAge } from '../live/age.tsx'
import { useApp } from '../live/app-context.ts'
import { useNow } from '../live/clock.ts'
import { useMedia } from '../live/media.ts'
import { type ReservationsQuery, useReservations } from '../live/use-reservations.ts'
import { NoTelescope } from '../nothing-found/no-telescope.tsx'
import type { NetworkRoute } from '../routes.ts'
import { useTarget } from '../target/use-target.ts'
import { windowAt } from './axis.ts'
import { LaneAxis, WIDE } from './lane-axis.tsx'
import { LaneList } from './lane-list.tsx'
import { NetworkBar } from './network-bar.tsx'
import { searchWindow } from './next-free.ts'
import { bySoonest, type Telescope, telescopeAt } from './telescopes.ts'
import { TimeSteps } from './time-steps.tsx'
import { useShownTelescopes } from './use-shown-telescopes.ts'
import './network-page.css'

interface NetworkPageProps {
  readonly route: NetworkRoute
}

/** All telescopes along one time axis: what each does now, its next free dark time, and its lane. */
export function NetworkPage({ route }: NetworkPageProps) {
  const { sites } = useApp()
  const now = useNow(60)
  const window = windowAt(route.at, now, useLength())
  const all = useMemo(() => [...sites.values()], [sites])
  if (all.length === 0) return <p class="network-empty">No telescopes are listed here.</p>
  return <Network route={route} sites={all} window={window} now={now} />
}

/** How much time the lanes show, in seconds. */
function useLength(): number {
  const isNarrow = useMedia('(max-width: 45rem)')
  const isWide = useMedia(WIDE)
  if (isNarrow) return 12 * HOUR
  return (isWide ? 24 : 16) * HOUR
}

interface NetworkProps extends NetworkPageProps {
  readonly sites: readonly Site[]
  readonly window: Interval
  readonly now: Instant
}

/** The reservations that are read for the next free dark times include those of the window, unless that is far from now. */
function Network({ sites, window, now, route }: NetworkProps) {
  const codes = sites.map(({ code }) => code)
  const searched = useMemo(() => searchWindow(sites, windowAt(undefined, now, 0).start, now), [sites, now])
  const near = useReservations(codes, searched)
  const isNear = searched.start <= window.start && window.end <= searched.end
  const shown = { route, sites, window, now, near }
  return isNear ? <Lanes {...shown} query={near} /> : <FarLanes {...shown} codes={codes} />
}

interface LanesProps extends NetworkProps {
  /** The reservations in which the next free dark times are searched for. */
  readonly near: ReservationsQuery
  /** The reservations of the window. */
  readonly query: ReservationsQuery
}

function FarLanes({ codes, ...shown }: Omit<LanesProps, 'query'> & { codes: readonly string[] }) {
  return <Lanes {...shown} query={useReservations(codes, shown.window)} />
}

function Lanes({ route, sites, window, now, near, query }: LanesProps) {
  const telescopes = useTelescopes(sites, near.reservations, now)
  const shown = useShownTelescopes(telescopes, query.reservations, route)
  const isKnown = near.reservations !== undefined && query.reservations !== undefined
  const target = useTarget()
  return (
    <>
      <NetworkBar route={route} telescopes={telescopes} now={now} />
      <div class="network" style={{ '--rows': telescopes.length }}>
        <DataAge query={query} />
        <LaneAxis window={window} now={now} />
        <LaneList
          telescopes={shown}
          {...{ window, now, query }}
          isRanked={near.reservations !== undefined}
          isFailing={near.problem !== undefined}
          target={target?.target}
        />
        <NoTelescope route={route} findsNone={isKnown && shown.length === 0} />
      </div>
      <div class="network-foot">
        <p>
          <strong>Drag on a lane</strong> to reserve there, or a reservation to move it. Dashed: the next free and dark
          time. The strip above each lane shows the Moon{target && ` and ${target.name}`} from horizon to zenith.
        </p>
        <TimeSteps route={route} window={window} />
      </div>
      <div class="grid-foot">
        <Legend target={target?.name} hasAirmass={false} />
      </div>
    </>
  )
}

/** All telescopes at `now`, the soonest free first. */
function useTelescopes(
  sites: readonly Site[],
  reservations: readonly Reservation[] | undefined,
  now: Instant,
): readonly Telescope[] {
  const { id } = useApp().caller
  return useMemo(
    () => sites.map((site) => telescopeAt(site, reservations, now, id)).toSorted(bySoonest),
    [sites, reservations, now, id],
  )
}
