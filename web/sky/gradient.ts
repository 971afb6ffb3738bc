import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'
import { memoize } from '../../src/sky/memoize.ts'
import { sunOver } from '../../src/sky/sun.ts'
import { shareOf } from '../position.ts'
import { placeKey } from './place-key.ts'
import { samplesOf } from './samples.ts'

/** The altitudes of the Sun in degrees that have a colour of their own, and the tokens of these, from day to dark. */
const COLOURS: readonly (readonly [altitude: number, token: string])[] = [
  [14, '--sky-day'],
  [0, '--sky-0'],
  [-3, '--sky-3'],
  [-6, '--sky-6'],
  [-9, '--sky-9'],
  [-12, '--sky-12'],
  [-15, '--sky-15'],
  [-18, '--sky-18'],
]

/**
 * The sky over a site as a CSS gradient, from the true altitude of the Sun: one stop every 8 minutes, in the theme's colours of
 * the sky. It fills a box whose height (`to bottom`) or width (`to right`) is the interval. The last 512 are remembered.
 */
export const skyGradient = memoize(
  512,
  (site: Site, during: Interval, direction: 'to bottom' | 'to right') => `${placeKey(site, during)} ${direction}`,
  (site, during, direction) => {
    const altitude = sunOver(site)
    const stops = samplesOf(during).map((at): Stop => [skyColour(altitude(at)), shareOf(during, at)])
    return `linear-gradient(${direction}, ${withoutInner(stops).map(formatStop).join(', ')})`
  },
)

/** The colour of the sky at an altitude of the Sun in degrees, straight between the colours of the theme. */
export function skyColour(altitude: number): string {
  const below = COLOURS.findIndex(([limit]) => limit <= altitude)
  const [limit, token] = COLOURS.at(below) as (typeof COLOURS)[number]
  const brighter = below > 0 ? COLOURS[below - 1] : undefined
  const percent = brighter ? Math.round((1000 * (altitude - limit)) / (brighter[0] - limit)) / 10 : 0
  return brighter && percent > 0
    ? `color-mix(in srgb, var(${brighter[1]}) ${percent}%, var(${token}))`
    : `var(${token})`
}

type Stop = readonly [colour: string, share: number]

/** The stops without those between two of the same colour. */
const withoutInner = (stops: readonly Stop[]): Stop[] =>
  stops.filter(([colour], n) => !(stops[n - 1]?.[0] === colour && stops[n + 1]?.[0] === colour))

const formatStop = ([colour, share]: Stop): string => `${colour} ${Math.round(share * 1e4) / 100}%`
