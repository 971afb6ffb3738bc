import { EquatorFromVector, GeoVector } from 'astronomy-engine'
import type { Instant } from '../domain/interval.ts'
import type { FixedTarget, MovingTarget } from './target.ts'
import { timeOf } from './time.ts'

/** Where a body is among the stars at an instant, in degrees of ICRS: astrometric, as seen from the Earth's centre. */
export function placeOf({ body }: MovingTarget, at: Instant): FixedTarget {
  const { ra, dec } = EquatorFromVector(GeoVector(body, timeOf(at), false))
  return { ra: ra * 15, dec }
}
