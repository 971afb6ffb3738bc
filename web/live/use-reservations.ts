import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { ApiError } from '../../src/client/problem.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { type AppContext, useApp } from './app-context.ts'
import { useChanges } from './changes.ts'
import { now } from './clock.ts'
import { UNREACHABLE } from './format-age.ts'
import { withResult } from './recent-results.ts'
import { remember } from './reservation-cache.ts'

/** Seconds between requests: while the calendar is unreachable, without a change stream, and with one. */
const REFRESH_SECONDS = { unreachable: 5, polling: 15, streaming: 60 }

/** The latest successful response. It stays while the calendar is unreachable. */
export interface ReservationsQuery {
  /** Undefined before the first response. */
  readonly reservations: readonly Reservation[] | undefined
  /** When the response arrived; undefined before the first one. */
  readonly readAt: Instant | undefined
  /** Why the last request failed; undefined if it succeeded. */
  readonly problem: string | undefined
  /** Sends a request now. */
  readonly refresh: () => void
}

/** The reservations at `sites` that overlap `during`, refreshed for as long as the component is mounted. */
export function useReservations(sites: readonly SiteCode[], during: Interval): ReservationsQuery {
  const { calendar } = useApp()
  const read = useCallback(
    () => calendar.reservations(sites, during),
    [calendar, sites.join(), during.start, during.end],
  )
  return useQuery(sites, read, `${sites.join()} ${during.start} ${during.end}`)
}

/** The caller's own reservations that have not ended, sorted by end; undefined for an anonymous caller. */
export function useOwnReservations(): ReservationsQuery | undefined {
  const { calendar, caller, sites } = useApp()
  const { id } = caller
  const read = useCallback(
    () => (id === undefined ? Promise.resolve([]) : calendar.reservationsOf(id, now())),
    [calendar, id],
  )
  const query = useQuery([...sites.keys()], read, `of ${id}`)
  return id === undefined ? undefined : query
}

type LastResult = Required<Pick<ReservationsQuery, 'reservations' | 'readAt'>>

/** Calls `read` at once, after each change at `sites`, and at intervals. Results are cached by `name` and caller. */
function useQuery(
  sites: readonly SiteCode[],
  read: () => Promise<readonly Reservation[]>,
  name: string,
): ReservationsQuery {
  const { changes, caller } = useApp()
  const key = `${name} for ${caller.id}`
  const [results, setResults] = useState<ReadonlyMap<string, LastResult>>(new Map())
  const [problem, setProblem] = useState<string>()
  const requests = useRef(0)

  const refresh = useCallback(() => {
    const request = (requests.current += 1)
    // Only the newest request counts: responses may arrive in another order.
    const isNewest = () => request === requests.current
    read().then(
      (reservations) => {
        if (!isNewest()) return
        remember(reservations)
        setResults((last) => withResult(last, key, { reservations, readAt: now() }))
        setProblem(undefined)
      },
      (error: unknown) => isNewest() && setProblem(error instanceof ApiError ? error.message : UNREACHABLE),
    )
  }, [read, key])

  // Layout effects run before the effects in which the grid is drawn: the request is on its way meanwhile.
  useLayoutEffect(refresh, [refresh])
  useChanges(sites, refresh)
  const seconds = REFRESH_SECONDS[refreshMode(problem, changes)]
  // A layout effect, so that no timer of the previous query is left to send the newest request.
  useLayoutEffect(() => {
    const timer = setInterval(refresh, seconds * 1000)
    return () => clearInterval(timer)
  }, [refresh, seconds])

  const last = results.get(key)
  return { reservations: last?.reservations, readAt: last?.readAt, problem, refresh }
}

function refreshMode(problem: string | undefined, { streams }: AppContext['changes']): keyof typeof REFRESH_SECONDS {
  if (problem !== undefined) return 'unreachable'
  return streams ? 'streaming' : 'polling'
}
