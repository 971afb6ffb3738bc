import type { Site } from '../../src/domain/site.ts'

type OnEarth = Pick<Site, 'latitude' | 'longitude'>

/** Sites sorted by their distance from a place on Earth: those with the most similar sky come first. */
export const nearestFirst = (sites: readonly Site[], to: OnEarth): Site[] =>
  sites.toSorted((a, b) => closeness(b, to) - closeness(a, to))

/** The cosine of the angle between two places, seen from the middle of the Earth. */
function closeness(a: OnEarth, b: OnEarth): number {
  const [one, other, apart] = [radians(a.latitude), radians(b.latitude), radians(a.longitude - b.longitude)]
  return Math.sin(one) * Math.sin(other) + Math.cos(one) * Math.cos(other) * Math.cos(apart)
}

const radians = (degrees: number): number => (degrees * Math.PI) / 180
