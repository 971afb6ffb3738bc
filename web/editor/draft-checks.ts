import { conflictingWith } from '../../src/domain/conflict.ts'
import { type Instant, type Interval, durationOf, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Light, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt } from '../../src/sky/zone.ts'
import { formatLength } from '../format.ts'

/** What would meet a proposed reservation, in order of time. */
export interface OverlapCheck {
  /** What the calendar would refuse it for. */
  readonly blocking: readonly Reservation[]
  /** The observer's own, across which it may be laid. */
  readonly overlapping: readonly Reservation[]
}

/** What a proposed reservation would meet among `standing`; `before` is what it replaces. */
export function checkOverlaps(proposed: Reservation, stored: readonly Reservation[], before?: Reservation): OverlapCheck {
  const blocking = conflictingWith(proposed, stored.map((reservation) => ({ reservation, revision: 0 })), before).map(({ reservation }) => reservation)
  const overlapping = stored.filter(
    (one) => one.id !== proposed.id && one.site === proposed.site && one.observer === proposed.observer && overlaps(one, proposed) && !blocking.includes(one),
  )
  return { blocking, overlapping }
}

/** Where it lies to the present: with words for what has begun. */
export function startsWhen({ start, end }: Interval, now: Instant): 'past' | 'now' | 'coming' {
  if (end <= now) return 'past'
  return start <= now ? 'now' : 'coming'
}

/** Seconds of each kind of light in a time. */
export interface LightShares {
  readonly dark: number
  readonly twilight: number
  readonly day: number
}

const GROUP: Readonly<Record<Light, keyof LightShares>> = { day: 'day', civil: 'twilight', nautical: 'twilight', astronomical: 'twilight', dark: 'dark' }

/** How much of a time is dark, in twilight and by day at a site. Costs about a millisecond for each night of it. */
export function lightOf(site: Site, during: Interval): LightShares {
  const lit = { dark: 0, twilight: 0, day: 0 }
  const last = nightAt(site, during.end - 1).date
  for (let night = nightAt(site, during.start); night.date <= last; night = nextNight(night)) {
    for (const { start, end, light } of twilight(night)) {
      lit[GROUP[light]] += Math.max(0, Math.min(end, during.end) - Math.max(start, during.start))
    }
  }
  return lit
}

/** Less than this of twilight is not worth a word, seconds. */
const NEGLIGIBLE = 60

/** `Dark throughout.`, or how much of it is not. */
export function formatLight({ dark, twilight, day }: LightShares): string {
  const rest = day > NEGLIGIBLE ? (twilight > NEGLIGIBLE ? 'twilight and daylight' : 'daylight') : 'twilight'
  if (day + twilight <= NEGLIGIBLE) return 'Dark throughout.'
  if (dark === 0) return `In ${rest}.`
  return `Dark for ${formatLength(roundToMinute(dark))}, the rest in ${rest}.`
}

/** Whether any of it is worth a warning. */
export const isBright = ({ twilight, day }: LightShares): boolean => day + twilight > NEGLIGIBLE

const roundToMinute = (seconds: number) => Math.max(60, Math.round(seconds / 60) * 60)

/** Nights long, beyond which nobody asks how dark it is. */
export const isForSky = (reservation: Interval & Pick<Reservation, 'kind'>): boolean =>
  reservation.kind !== 'maintenance' && durationOf(reservation) <= 2 * 86_400
