/** A vector in rectangular equatorial coordinates: x to the equinox, z to the north pole. */
export type Vector = readonly [x: number, y: number, z: number]

const RADIAN = 180 / Math.PI

/** Sine and cosine of degrees. */
export const sin = (degrees: number): number => Math.sin(degrees / RADIAN)
export const cos = (degrees: number): number => Math.cos(degrees / RADIAN)

/** Inverse sine and cosine in degrees. A value that rounding brought outside of [-1, 1] counts as the end of it. */
export const asin = (value: number): number => Math.asin(clamped(value)) * RADIAN
export const acos = (value: number): number => Math.acos(clamped(value)) * RADIAN

/** An angle in degrees, from -180 up to 180. */
export const halfCircle = (degrees: number): number => degrees - 360 * Math.floor((degrees + 180) / 360)

export const dot = (a: Vector, b: Vector): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** The unit vector to a right ascension and a declination, degrees. */
export const directionTo = (ra: number, dec: number): Vector => [cos(dec) * cos(ra), cos(dec) * sin(ra), sin(dec)]

/** Right ascension, from -180 up to 180, and declination of a vector, degrees. */
export const coordinatesOf = (vector: Vector): { readonly ra: number; readonly dec: number } => ({
  ra: Math.atan2(vector[1], vector[0]) * RADIAN,
  dec: Math.atan2(vector[2], Math.hypot(vector[0], vector[1])) * RADIAN,
})

/** The angle between two vectors in degrees, exact for small angles too. */
export function angleBetween(a: Vector, b: Vector): number {
  const cross: Vector = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
  return Math.atan2(Math.sqrt(dot(cross, cross)), dot(a, b)) * RADIAN
}

const clamped = (value: number) => Math.min(1, Math.max(-1, value))
