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
  const { caller } = useApp()
  const filters = NETWORK_FILTERS.filter((filter) => filter !== 'mine' || caller.id !== undefined)
  return (
    <div class="bar network-bar">
      <h1>{titleOf(route, telescopes.length, now)}</h1>
      <nav aria-label="Filter" class="network-filters">
        <Link to={{ ...placeOf(route), filter: undefined }} class="chip" current={route.filter === undefined}>
          All <span class="count">{telescopes.length}</span>
        </Link>
        {filters.map((filter) => (
          <Link key={filter} to={{ ...placeOf(route), filter }} class="chip" current={route.filter === filter}>
            {filter === 'mine' && <Star />} {NAMES[filter]}{' '}
            {filter !== 'mine' && <span class="count">{countOf(telescopes, filter)}</span>}
          </Link>
        ))}
      </nav>
      <span class="gap" />
      <TargetChip />
      <SearchField placeholder="Telescope, title, observer" />
    </div>
  )
}

const NAMES: Readonly<Record<NetworkFilter, string>> = {
  free: 'Free tonight',
  dark: 'Dark now',
  north: 'North',
  south: 'South',
  mine: 'Mine',
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
