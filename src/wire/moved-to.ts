import { canonical } from '../domain/canonical.ts'
import type { Instant, Interval } from '../domain/interval.ts'
import { MOVED_FROM, withoutMovedFrom } from '../domain/moved-from.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { applyChanges } from './event-input.ts'
import { writeTime } from './time.ts'

type Place = Interval & { readonly site: SiteCode }

/**
 * `before` at another place, with `moved_from`, the place that its observer knows: one that is moved again keeps the first, and
 * one that is moved back there has none.
 */
export function movedTo(before: Reservation, { site, start, end }: Place, now: Instant): Reservation {
  const after = applyChanges(before, { site, start, end }, now)
  const known = before.extra[MOVED_FROM] ?? placeOf(before)
  if (canonical(known) === canonical(placeOf(after))) return withoutMovedFrom(after)
  return { ...after, extra: { ...after.extra, [MOVED_FROM]: known } }
}

const placeOf = ({ site, start, end }: Place) => ({
  site,
  start: writeTime(start),
  end: writeTime(end),
})
