import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { parseCoordinates } from '../../src/sky/catalogue/coordinates.ts'
import { type FixedTarget, MOVING_BODIES, type Target } from '../../src/sky/target.ts'

/** A target as the calendar lists it. */
export type ListedTarget = Awaited<ReturnType<DomainCalendar['targets']>>[number]

/** A target, and how the page calls it. */
export interface NamedTarget {
  /** What stands for it in an address: a name, or `RA,DEC` in degrees. */
  readonly text: string
  /** `M31` */
  readonly name: string
  /** What else it is called: `Andromeda`; undefined if nothing. */
  readonly alias: string | undefined
  readonly target: Target
}

/** A listed target. Planets and the Moon move, so that only their names stand for them. */
export function namedTargetOf({ name, aliases, kind, ra, dec }: ListedTarget): NamedTarget {
  if (kind === 'coordinates') return targetAt({ ra, dec })
  const body = MOVING_BODIES[(MOVING_BODIES as readonly string[]).indexOf(name)]
  const short = name.replace(/^([MC]) (?=\d)/, '$1')
  const alias = aliases.find((one) => !/\d/.test(one))?.replace(/ Galaxy$/, '')
  return { text: short, name: short, alias, target: body ? { body } : { ra, dec } }
}

/** The target at coordinates as people write them; undefined if a text is none of these, or no place. */
export function targetAtCoordinates(text: string): NamedTarget | undefined {
  const read = parseCoordinates(text)
  return read && 'target' in read ? targetAt(read.target) : undefined
}

/** Why a text that was read as coordinates is no place; undefined if it is one, or no coordinates. */
export function coordinatesProblem(text: string): string | undefined {
  const read = parseCoordinates(text)
  return read && 'problem' in read ? `“${text.trim()}” ${read.problem}.` : undefined
}

const targetAt = (place: FixedTarget): NamedTarget => ({
  text: `${rounded(place.ra)},${rounded(place.dec)}`,
  name: formatCoordinates(place),
  alias: undefined,
  target: place,
})

/** Degrees to 0.04 arc seconds, as the calendar lists them. */
const rounded = (degrees: number): number => Math.round(degrees * 1e5) / 1e5

/** `00:42:44 +41:16`, right ascension in hours and declination in degrees. */
export function formatCoordinates({ ra, dec }: FixedTarget): string {
  const seconds = Math.round(ra * 240) % 86_400
  const minutes = Math.round(Math.abs(dec) * 60)
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits)
  return `${h}:${m}:${s} ${dec < 0 ? '−' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`
}

const twoDigits = (value: number): string => String(value).padStart(2, '0')
