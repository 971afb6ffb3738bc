import { canonical } from '../domain/canonical.ts'
import type { Instant, Interval } from '../domain/interval.ts'
import { MOVED_FROM, withoutMovedFrom } from '../domain/moved-from.ts'
import type { Reservation } from '../domain/reservation.ts'
import type { SiteCode } from '../domain/site.ts'
import { applyChanges } from './event-input.ts'
import { writeTime } from './time.ts'

type MoveDestination = Interval & { readonly site: SiteCode }

/**
 * `before` at another site or time, with `moved_from`, which its observer knows: one that is moved again keeps the first, and
 * one that is moved back there has none.
 */
export function movedTo(before: Reservation, { site, start, end }: MoveDestination, now: Instant): Reservation {
  const after = applyChanges(before, { site, start, end }, now)
  const known = before.extra[MOVED_FROM] ?? movedFromOf(before)
  if (canonical(known) === canonical(movedFromOf(after))) return withoutMovedFrom(after)
  return { ...after, extra: { ...after.extra, [MOVED_FROM]: known } }
}

const movedFromOf = ({ site, start, end }: MoveDestination) => ({
  site,
  start: writeTime(start),
  end: writeTime(end),
})
