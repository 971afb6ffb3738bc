import { asin, sin } from './vector.ts'

/**
 * Airmass at an altitude in degrees, between 38.75 at the horizon and 1 at the zenith; undefined below the horizon.
 * Source: Pickering, "The Southern Limits of the Ancient Star Catalog", DIO 12 (2002), page 20: it follows the tabulated
 * airmass to the horizon, where the secant of the zenith distance does not.
 *
 * The formula takes apparent altitudes. With geometric ones, without refraction, the airmass comes out at most 0.002 too
 * large up to airmass 2, and 0.007 up to 3.
 */
export function airmassAt(altitude: number): number | undefined {
  return altitude < 0 ? undefined : Math.max(1, 1 / sin(apparent(altitude)))
}

/** The angle whose cosecant is the airmass, degrees. */
const apparent = (altitude: number): number => Math.min(90, altitude + 244 / (165 + 47 * altitude ** 1.1))

/**
 * The altitude in degrees at and above which airmass is at most `airmass` (from 1), the inverse of {@link airmassAt} to 1e-9
 * degrees; 0 beyond the airmass of the horizon.
 */
export function altitudeOfAirmass(airmass: number): number {
  const wanted = asin(1 / airmass)
  // The angle grows with the altitude, and exceeds it by less than 1.5 degrees: 40 halvings leave 2e-12 degrees.
  let [low, high] = [Math.max(0, wanted - 1.5), wanted]
  if (apparent(low) >= wanted) return low
  for (let halvings = 0; halvings < 40; halvings++) {
    const middle = (low + high) / 2
    if (apparent(middle) < wanted) low = middle
    else high = middle
  }
  return high
}
