import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { ApiError } from '../../src/client/problem.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { useChanges } from './changes.ts'
import { now } from './clock.ts'
import { useApp } from './app-context.ts'

/** Seconds between readings: while the calendar cannot be reached, where it streams no changes, and where it does. */
const RETRY_PAUSES = { unreachable: 5, polling: 15, streaming: 60 }

/** What was last read, which stays when nothing newer can be had. */
export interface ReservationsQuery {
  /** Undefined until the first reading: no list is not an empty one. */
  readonly reservations: readonly Reservation[] | undefined
  /** When this was so. */
  readonly readAt: Instant | undefined
  /** Why there is nothing newer, where that is so. */
  readonly problem: string | undefined
  /** Reads again at once. */
  readonly refresh: () => void
}

/** A window's reservations, kept up to date for as long as they are shown. */
export function useReservations(sites: readonly SiteCode[], during: Interval): ReservationsQuery {
  const { calendar } = useApp()
  const read = useCallback(() => calendar.reservations(sites, during), [calendar, sites.join(), during.start, during.end])
  return useQuery(sites, read, `${sites.join()} ${during.start} ${during.end}`)
}

/** The caller's own reservations that have not ended, by end; undefined for an anonymous caller. */
export function useOwnReservations(): ReservationsQuery | undefined {
  const { calendar, caller, sites } = useApp()
  const { id } = caller
  const read = useCallback(() => (id === undefined ? Promise.resolve([]) : calendar.reservationsOf(id, now())), [calendar, id])
  const reading = useQuery([...sites.keys()], read, `of ${id}`)
  return id === undefined ? undefined : reading
}

interface LastResult {
  readonly name: string
  readonly reservations: readonly Reservation[]
  readonly readAt: Instant
}

function useQuery(sites: readonly SiteCode[], read: () => Promise<readonly Reservation[]>, name: string): ReservationsQuery {
  const { changes, caller } = useApp()
  const named = `${name} for ${caller.id}`
  const known = useRef(new Map<string, LastResult>())
  const [, redraw] = useState(0)
  const [problem, setProblem] = useState<string>()
  const latest = useRef(0)

  const refresh = useCallback(() => {
    const turn = (latest.current += 1)
    read().then(
      (reservations) => {
        // An answer that was overtaken by a later one says less.
        if (turn !== latest.current) return
        known.current.set(named, { name: named, reservations, readAt: now() })
        setProblem(undefined)
        redraw(turn)
      },
      (error: unknown) => {
        if (turn === latest.current) setProblem(error instanceof ApiError ? error.message : 'The calendar cannot be reached.')
      },
    )
  }, [read, named])

  // While rendering and not after it: to draw what shows it takes longer than to ask.
  useMemo(refresh, [refresh])
  useChanges(sites, refresh)
  const pause = problem === undefined ? (changes.streams ? RETRY_PAUSES.streaming : RETRY_PAUSES.polling) : RETRY_PAUSES.unreachable
  // As soon as there is another refresh: an older one that still came would overtake it, and answer for somebody else.
  useLayoutEffect(() => {
    const timer = setInterval(refresh, pause * 1000)
    return () => clearInterval(timer)
  }, [refresh, pause])

  const last = known.current.get(named)
  return { reservations: last?.reservations, readAt: last?.readAt, problem, refresh }
}
