import { formatClock, minuteBefore } from '../format/clock.ts'
import { Link, useNavigation } from '../live/navigation.tsx'
import { shortName } from '../own-zone.ts'
import { placeOf, type SiteRoute } from '../routes.ts'
import { stateLines } from './format-state.ts'
import { Lane, type LaneProps } from './lane.tsx'
import { ReserveVerb } from './reserve-verb.tsx'
import './telescope-row.css'

interface TelescopeRowProps extends LaneProps {
  /** Whether it is the first with a free time, whose verb is the next thing to do. */
  readonly isFirst: boolean
  /** Whether reservations could not be read. */
  readonly isFailing: boolean
}

/** The row of a telescope: its name and clock, what it does, its next free dark time, and its lane. */
export function TelescopeRow(props: TelescopeRowProps) {
  const { telescope, now, isFailing } = props
  const { site } = telescope
  return (
    <li class="telescope-row">
      <div class="telescope">
        <h2>
          <Link to={useSiteRoute(site.code)}>
            <strong>{site.code}</strong> <bdi>{shortName(site)}</bdi>
          </Link>
        </h2>
        <span class="telescope-clock">
          <span class="visually-hidden">Site time </span>
          {formatClock(site, minuteBefore(now))}
        </span>
      </div>
      <State telescope={telescope} now={now} isFailing={isFailing} />
      <ReserveVerb {...props} />
      <Lane {...props} />
    </li>
  )
}

function useSiteRoute(site: string): SiteRoute {
  const { target, embed = false } = placeOf(useNavigation().route)
  return { page: 'site', site, target, embed }
}

type StateProps = Pick<TelescopeRowProps, 'telescope' | 'now' | 'isFailing'>

function State({ telescope: { site, state }, now, isFailing }: StateProps) {
  if (!state)
    return <p class="telescope-state unknown">{isFailing ? 'Reservations not loaded' : 'Loading reservations …'}</p>
  const [what, why] = stateLines(site, state, now)
  return (
    <p class={`telescope-state ${state.state}`}>
      <strong>{what}</strong> <bdi>{why}</bdi>
    </p>
  )
}
