import { useCallback, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Refusal } from '../../src/client/problem.ts'
import type { Instant, Interval } from '../../src/domain/interval.ts'
import type { Reservation } from '../../src/domain/reservation.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { useChanges } from './changes.ts'
import { now } from './clock.ts'
import { useSurroundings } from './surroundings.ts'

/** Seconds between readings: while the calendar cannot be reached, where it streams no changes, and where it does. */
const PAUSES = { unreachable: 5, polling: 15, streaming: 60 }

/** What was last read, which stays when nothing newer can be had. */
export interface Reading {
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
export function useReservations(sites: readonly SiteCode[], during: Interval): Reading {
  const { calendar } = useSurroundings()
  const read = useCallback(() => calendar.reservations(sites, during), [calendar, sites.join(), during.start, during.end])
  return useReading(sites, read, `${sites.join()} ${during.start} ${during.end}`)
}

/** The caller's own reservations that have not ended, by end; undefined for a stranger. */
export function useOwnReservations(): Reading | undefined {
  const { calendar, caller, sites } = useSurroundings()
  const { id } = caller
  const read = useCallback(() => (id === undefined ? Promise.resolve([]) : calendar.reservationsOf(id, now())), [calendar, id])
  const reading = useReading([...sites.keys()], read, `of ${id}`)
  return id === undefined ? undefined : reading
}

interface Last {
  readonly name: string
  readonly reservations: readonly Reservation[]
  readonly readAt: Instant
}

function useReading(sites: readonly SiteCode[], read: () => Promise<readonly Reservation[]>, name: string): Reading {
  const { changes, caller } = useSurroundings()
  const named = `${name} for ${caller.id}`
  const known = useRef(new Map<string, Last>())
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
        if (turn === latest.current) setProblem(error instanceof Refusal ? error.message : 'The calendar cannot be reached.')
      },
    )
  }, [read, named])

  // While rendering and not after it: to draw what shows it takes longer than to ask.
  useMemo(refresh, [refresh])
  useChanges(sites, refresh)
  const pause = problem === undefined ? (changes.streams ? PAUSES.streaming : PAUSES.polling) : PAUSES.unreachable
  // As soon as there is another refresh: an older one that still came would overtake it, and answer for somebody else.
  useLayoutEffect(() => {
    const timer = setInterval(refresh, pause * 1000)
    return () => clearInterval(timer)
  }, [refresh, pause])

  const last = known.current.get(named)
  return { reservations: last?.reservations, readAt: last?.readAt, problem, refresh }
}
