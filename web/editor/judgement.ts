import { inTheWay } from '../../src/domain/conflict.ts'
import { type Instant, type Interval, lengthOf, overlaps } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { type Light, twilight } from '../../src/sky/sun.ts'
import { nextNight, nightAt } from '../../src/sky/zone.ts'
import { lengthWords } from '../words.ts'

/** What would meet a wish, in order of time. */
export interface Encounter {
  /** What the calendar would refuse it for. */
  readonly blocking: readonly Reservation[]
  /** The observer's own, across which it may be laid. */
  readonly across: readonly Reservation[]
}

/** What a wish would meet among `standing`; `before` is what it replaces. */
export function encounterOf(wish: Reservation, standing: readonly Reservation[], before?: Reservation): Encounter {
  const blocking = inTheWay(wish, standing.map((reservation) => ({ reservation, revision: 0 })), before).map(({ reservation }) => reservation)
  const across = standing.filter(
    (one) => one.id !== wish.id && one.site === wish.site && one.observer === wish.observer && overlaps(one, wish) && !blocking.includes(one),
  )
  return { blocking, across }
}

/** Where it lies to the present: with words for what has begun. */
export function whenIs({ start, end }: Interval, now: Instant): 'past' | 'now' | 'coming' {
  if (end <= now) return 'past'
  return start <= now ? 'now' : 'coming'
}

/** Seconds of each kind of light in a time. */
export interface Lit {
  readonly dark: number
  readonly twilight: number
  readonly day: number
}

const GROUP: Readonly<Record<Light, keyof Lit>> = { day: 'day', civil: 'twilight', nautical: 'twilight', astronomical: 'twilight', dark: 'dark' }

/** How much of a time is dark, in twilight and by day at a site. Costs about a millisecond for each night of it. */
export function lightOf(site: Site, during: Interval): Lit {
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
export function lightWords({ dark, twilight, day }: Lit): string {
  const rest = day > NEGLIGIBLE ? (twilight > NEGLIGIBLE ? 'twilight and daylight' : 'daylight') : 'twilight'
  if (day + twilight <= NEGLIGIBLE) return 'Dark throughout.'
  if (dark === 0) return `In ${rest}.`
  return `Dark for ${lengthWords(roundToMinute(dark))}, the rest in ${rest}.`
}

/** Whether any of it is worth a warning. */
export const isBright = ({ twilight, day }: Lit): boolean => day + twilight > NEGLIGIBLE

const roundToMinute = (seconds: number) => Math.max(60, Math.round(seconds / 60) * 60)

/** Nights long, beyond which nobody asks how dark it is. */
export const isForSky = (reservation: Interval & Pick<Reservation, 'kind'>): boolean =>
  reservation.kind !== 'maintenance' && lengthOf(reservation) <= 2 * 86_400
