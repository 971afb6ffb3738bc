import type { Instant } from '../../src/domain/interval.ts'
import { SearchField } from '../frame/search-field.tsx'
import { Star } from '../icon.tsx'
import { useApp } from '../live/app-context.ts'
import { Link } from '../live/navigation.tsx'
import { NETWORK_FILTERS, type NetworkFilter, type NetworkRoute, placeOf } from '../routes.ts'
import { TargetChip } from '../target/target-chip.tsx'
import { formatDates, windowAt } from './axis.ts'
import type { Telescope } from './telescopes.ts'

interface NetworkBarProps {
  readonly route: NetworkRoute
  readonly telescopes: readonly Telescope[]
  readonly now: Instant
}

/** The second line of the page of all telescopes: what is shown, and which of them. */
export function NetworkBar({ route, telescopes, now }: NetworkBarProps) {
  return (
    <div class="bar network-bar">
      <h1>{titleOf(route, telescopes.length, now)}</h1>
      <Filters route={route} telescopes={telescopes} />
      <span class="gap" />
      <TargetChip />
      <SearchField placeholder="Telescope, title, observer" />
    </div>
  )
}

function Filters({ route, telescopes }: Pick<NetworkBarProps, 'route' | 'telescopes'>) {
  const { caller } = useApp()
  const all: NetworkRoute = { ...placeOf(route), filter: undefined, mine: false }
  return (
    <nav aria-label="Filter" class="network-filters">
      <Link to={all} class="chip" current={route.filter === undefined && !route.mine}>
        All <span class="count">{telescopes.length}</span>
      </Link>
      {NETWORK_FILTERS.map((filter) => (
        <Link key={filter} to={{ ...all, filter }} class="chip" current={route.filter === filter}>
          {NAMES[filter]} <span class="count">{countOf(telescopes, filter)}</span>
        </Link>
      ))}
      {caller.id !== undefined && (
        <Link to={{ ...all, mine: true }} class="chip" current={route.mine === true}>
          <Star /> Mine
        </Link>
      )}
    </nav>
  )
}

const NAMES: Readonly<Record<NetworkFilter, string>> = {
  free: 'Free tonight',
  dark: 'Dark now',
  north: 'North',
  south: 'South',
}

/** How many telescopes a filter shows. What is free is not known before the reservations are. */
function countOf(telescopes: readonly Telescope[], filter: NetworkFilter): number | undefined {
  if (filter === 'free' && telescopes.some(({ state }) => state === undefined)) return undefined
  return telescopes.filter(({ matches }) => matches.has(filter)).length
}

const NUMBERS = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

/** `Tonight on ten telescopes`, or the dates that are shown instead. */
function titleOf({ at }: NetworkRoute, count: number, now: Instant): string {
  const telescopes = `${NUMBERS[count] ?? count} ${count === 1 ? 'telescope' : 'telescopes'}`
  return `${at === undefined ? 'Tonight' : formatDates(windowAt(at, now, 3600))} on ${telescopes}`
}
