import type { Interval } from '../../src/domain/interval.ts'
import type { Site } from '../../src/domain/site.ts'

/** A site at a location in degrees and metres. */
export const place = (latitude: number, longitude: number, timeZone = 'UTC', elevation = 0): Site => ({
  code: 'there',
  name: 'There',
  latitude,
  longitude,
  elevation,
  timeZone,
  enclosure: 'dome',
})

export const saf = place(35.554298, -105.870197, 'America/Denver', 2194)
export const sydney = place(-33.87, 151.21, 'Australia/Sydney')
export const quito = place(-0.18, -78.47, 'America/Guayaquil', 2850)
export const tromso = place(69.65, 18.96, 'Europe/Oslo')
export const northPole = place(90, 0)
export const southPole = place(-90, 0, 'Antarctica/McMurdo', 2835)

/** The instant of an ISO 8601 text. */
export const at = (time: string): number => Date.parse(time) / 1000

/** The boundaries between the parts of an interval. */
export const edgesWithin = (parts: readonly Interval[], { start, end }: Interval): number[] =>
  parts.flatMap((part) => [part.start, part.end]).filter((edge) => edge !== start && edge !== end)

/** The dates of a year in steps of a number of days. */
export function datesOf(year: number, step: number): string[] {
  const first = at(`${year}-01-01T00:00Z`)
  return Array.from({ length: Math.ceil(365 / step) }, (_, count) =>
    new Date((first + count * step * 86_400) * 1000).toISOString().slice(0, 10),
  )
}
