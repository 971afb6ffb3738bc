import { useMemo } from 'preact/hooks'
import type { Caller } from '../../src/client/domain/calendar.ts'
import { telescopesIn } from '../../src/domain/enclosure.ts'
import { DAY, type Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { Site } from '../../src/domain/site.ts'
import { searchedSpan } from '../../src/sky/free-time.ts'
import { useNow } from '../live/clock.ts'
import { useReservations } from '../live/use-reservations.ts'
import { useApp } from '../live/app-context.ts'
import type { Draft } from './draft.ts'
import { checkOverlaps, isSkyRelevant } from './draft-checks.ts'
import { NIGHTS } from '../nights-searched.ts'
import { freeNear } from './free-slots.ts'

interface OverlapQuery {
  readonly site: Site
  readonly hasSky: boolean
  readonly draft: Draft
  /** The reservation that the draft changes, if any. */
  readonly before: Reservation | undefined
  readonly caller: Caller
}

/** What a draft overlaps among the reservations read so far, and the nearest free times if its own is taken. */
export function useOverlaps({ site, hasSky, draft, before, caller }: OverlapQuery) {
  const { config, sites } = useApp()
  const now = useNow(60)
  // Maintenance at an enclosure is compared with the reservations of its telescopes.
  const codes = [site.code, ...telescopesIn(site.code, sites)]
  const { reservations, problem, refresh } = useReservations(codes, useWindow(site, draft))
  const otherReservations = useMemo(() => reservations?.filter(({ id }) => id !== before?.id), [reservations, before])
  const proposed = {
    ...reservationFrom(draft, site),
    id: before?.id ?? '',
    observer: before?.observer ?? caller.id ?? '',
  }
  const overlaps = reservations && checkOverlaps(proposed, reservations, before, sites)
  const isTaken = (overlaps?.blocking.length ?? 0) > 0
  const free = useMemo(
    () =>
      isTaken && hasSky && otherReservations && isSkyRelevant(draft)
        ? freeNear({ site, wanted: draft, taken: otherReservations, earliest: now })
        : [],
    [isTaken, hasSky, site, draft.start, draft.end, draft.kind, otherReservations, now],
  )
  return {
    now,
    otherReservations,
    overlaps,
    problem,
    refresh,
    isTaken,
    isRejected: isTaken && config.conflicts === 'deny',
    free,
  }
}

/** The reservation that a draft proposes, without an id and an observer. */
const reservationFrom = (draft: Draft, site: Site): Omit<Reservation, 'id' | 'observer'> => ({
  ...draft,
  site: site.code,
  creator: '',
  origin: 'ptr',
  resource: site.code,
  modified: 0,
  extra: {},
})

/** The interval whose reservations are needed to check a draft and to find another time for it. */
function useWindow(site: Site, draft: Draft): Interval {
  const { maxWindowDays } = useApp().config
  const span = searchedSpan(site, draft, NIGHTS)
  const end = Math.min(Math.max(span.end, draft.end), span.start + maxWindowDays * DAY)
  return { start: span.start, end }
}
