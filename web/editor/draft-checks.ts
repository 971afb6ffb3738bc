import { conflictingWith } from '../../src/domain/conflict.ts'
import type { Telescopes } from '../../src/domain/enclosure.ts'
import { DAY, type Instant, type Interval, durationOf, MINUTE, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Light, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt } from '../../src/sky/zone.ts'
import { formatLength } from '../format/length.ts'

/** The reservations that a proposed one overlaps. */
export interface OverlapCheck {
  /** Conflicts, for which the calendar rejects the proposed reservation unless it only warns of them. */
  readonly blocking: readonly Reservation[]
  /** Overlaps that are allowed: the observer's own reservations. */
  readonly overlapping: readonly Reservation[]
}

/** Compares a proposed reservation with the stored ones; `before` is the reservation that it changes. */
export function checkOverlaps(
  proposed: Reservation,
  stored: readonly Reservation[],
  before?: Reservation,
  telescopes?: Telescopes,
): OverlapCheck {
  const blocking = conflictingWith(
    proposed,
    stored.map((reservation) => ({ reservation, revision: 0 })),
    before,
    telescopes,
  ).map(({ reservation }) => reservation)
  const overlapping = stored.filter(
    (one) =>
      one.id !== proposed.id &&
      one.site === proposed.site &&
      one.observer === proposed.observer &&
      overlaps(one, proposed) &&
      !blocking.includes(one),
  )
  return { blocking, overlapping }
}

/** Whether an interval is over, running or still ahead. */
export function timingOf({ start, end }: Interval, now: Instant): 'past' | 'now' | 'upcoming' {
  if (end <= now) return 'past'
  return start <= now ? 'now' : 'upcoming'
}

/** How long an interval is dark, in twilight and by day, in seconds. */
export interface LightSeconds {
  readonly dark: number
  readonly twilight: number
  readonly day: number
}

const GROUP: Readonly<Record<Light, keyof LightSeconds>> = {
  day: 'day',
  civil: 'twilight',
  nautical: 'twilight',
  astronomical: 'twilight',
  dark: 'dark',
}

/** Calculates the light of an interval at a site. Takes about a millisecond for each night. */
export function lightSecondsOf(site: Site, during: Interval): LightSeconds {
  const seconds = { dark: 0, twilight: 0, day: 0 }
  const last = nightAt(site, during.end - 1).date
  for (let night = nightAt(site, during.start); night.date <= last; night = nextNight(night)) {
    for (const { start, end, light } of twilight(night)) {
      seconds[GROUP[light]] += Math.max(0, Math.min(end, during.end) - Math.max(start, during.start))
    }
  }
  return seconds
}

/** Twilight and daylight up to this many seconds are ignored. */
const NEGLIGIBLE_SECONDS = MINUTE

/** `Dark throughout.`, or `Dark for 2 h, the rest in twilight.` */
export function formatLight({ dark, twilight: twilightSeconds, day }: LightSeconds): string {
  const rest =
    day > NEGLIGIBLE_SECONDS
      ? twilightSeconds > NEGLIGIBLE_SECONDS
        ? 'twilight and daylight'
        : 'daylight'
      : 'twilight'
  if (day + twilightSeconds <= NEGLIGIBLE_SECONDS) return 'Dark throughout.'
  if (dark === 0) return `In ${rest}.`
  return `Dark for ${formatLength(roundToMinute(dark))}, the rest in ${rest}.`
}

/** Whether an interval has more than a minute of twilight and daylight. */
export const isBright = (light: LightSeconds): boolean => light.day + light.twilight > NEGLIGIBLE_SECONDS

const roundToMinute = (seconds: number) => Math.max(MINUTE, Math.round(seconds / MINUTE) * MINUTE)

/** Whether to show the light of a reservation: not for maintenance, nor for more than two days. */
export const isSkyRelevant = (reservation: Interval & Pick<Reservation, 'kind'>): boolean =>
  reservation.kind !== 'maintenance' && durationOf(reservation) <= 2 * DAY
