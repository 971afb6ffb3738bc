import { useState } from 'preact/hooks'
import { isPreemptible, type Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { timingOf } from '../editor/draft-checks.ts'
import type { Anchor } from '../editor/editing-context.ts'
import { siteFor } from '../editor/site-for.ts'
import { formatKind } from '../format/kind.ts'
import { formatDistance } from '../format/length.ts'
import { isOwn, reservationClass } from '../grid/reservation-label.ts'
import { mayModify, useApp } from '../live/app-context.ts'
import { Star } from '../icon.tsx'
import { useNow } from '../live/clock.ts'
import { lazy } from '../live/lazy.tsx'
import { shortName } from '../own-zone.ts'
import { useOpenedCard } from '../editor/opened-slot.ts'
import { Popover } from '../popover/popover.tsx'
import { Actions, type Panel } from './actions.tsx'
import { Facts } from './facts.tsx'
import { ByWhom } from './phrases.tsx'
import { type LiveReservation, useLiveReservation } from './use-live-reservation.ts'
import './card.css'

const HistoryPanel = lazy(() => import('./history-panel.tsx').then((module) => module.HistoryPanel))
const MovePanel = lazy(() => import('./move-panel.tsx').then((module) => module.MovePanel))

interface CardProps {
  readonly id: string
  /** What is known of it already. */
  readonly shown: Reservation | undefined
  readonly anchor: Anchor | undefined
  readonly close: () => void
}

/** All that is known of a reservation, and all that the caller can do to it. Follows its changes. */
export function Card({ id, shown, anchor, close }: CardProps) {
  const live = useLiveReservation(id, shown)
  useOpenedCard(id)
  const { reservation } = live
  if (reservation) return <KnownCard {...{ reservation, live, anchor, close }} />
  const title = live.isGone ? 'There is no such reservation' : 'Loading the reservation …'
  return (
    <Popover class="card" title={title} anchor={anchor} close={close} leave={close}>
      {live.isGone && <p>It may have been deleted. Your own deleted reservations are under “My reservations”.</p>}
      {live.isUnreachable && <p role="alert">The calendar is not available. Trying again …</p>}
    </Popover>
  )
}

interface KnownCardProps extends Pick<CardProps, 'anchor' | 'close'> {
  readonly reservation: Reservation
  readonly live: LiveReservation
}

function KnownCard({ reservation, live, anchor, close }: KnownCardProps) {
  const { caller, sites } = useApp()
  const [panel, setPanel] = useState<Panel>()
  const { site, hasSky } = siteFor(sites, reservation.site)
  const mayDelete = !mayModify(caller, reservation.observer) && caller.id !== undefined && isPreemptible(reservation)
  return (
    <Popover
      class={`card ${reservation.kind}`}
      title={<CardTitle reservation={reservation} />}
      aside={<SiteName site={site} />}
      anchor={anchor}
      close={close}
      leave={close}
    >
      <KindLine reservation={reservation} />
      <LiveNotice live={live} />
      <Facts {...{ reservation, site, hasSky }} />
      {mayDelete && <p class="hint">Low priority: you may delete it to use the time. You cannot undo that.</p>}
      <Actions {...{ reservation, anchor, close, panel, setPanel, isGone: live.isGone }} />
      {panel === 'move' && <MovePanel reservation={reservation} close={close} />}
      {panel === 'history' && <HistoryPanel reservation={reservation} />}
    </Popover>
  )
}

const CardTitle = ({ reservation }: { reservation: Reservation }) => (
  <>
    {isOwn(reservation, useApp().caller) && <Star />}
    <bdi>{reservation.title || reservation.creator}</bdi>
  </>
)

const SiteName = ({ site }: { site: Site }) => (
  <span class="card-site">{site.name === site.code ? site.code : `${site.code}, ${shortName(site)}`}</span>
)

const capitalized = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

/** `Real-time session, yours. Starts in 48 min.` */
function KindLine({ reservation }: { reservation: Reservation }) {
  const { caller } = useApp()
  const now = useNow(60)
  const { kind, start, end } = reservation
  const words = {
    upcoming: () => `Starts ${formatDistance(start, now)}.`,
    now: () => `Ends ${formatDistance(end, now)}.`,
    past: () => `Ended ${formatDistance(end, now)}.`,
  }
  return (
    <p class="card-kind">
      <span class={`card-swatch ${reservationClass(reservation, caller)}`} aria-hidden="true" />
      <span>
        {capitalized(formatKind(kind))}
        <ByWhom reservation={reservation} />. {words[timingOf(reservation, now)]()}
      </span>
    </p>
  )
}

function LiveNotice({ live: { isGone, changes, isUnreachable } }: Pick<KnownCardProps, 'live'>) {
  return (
    <div role="status" class="card-live">
      {isGone && <p>Someone has deleted this.</p>}
      {!isGone && changes.length > 0 && <p>Someone changed this: {changes.join('; ')}.</p>}
      {isUnreachable && <p class="hint">The calendar is not available: this may have changed.</p>}
    </div>
  )
}
