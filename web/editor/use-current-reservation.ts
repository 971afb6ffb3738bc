import { useCallback, useLayoutEffect, useRef } from 'preact/hooks'
import type { ReservationId } from '../../src/domain/reservation.ts'
import { useApp } from '../live/app-context.ts'
import { useChanges } from '../live/changes.ts'
import { readCurrent, type CurrentReservation } from './current-reservation.ts'
import { ownWrites } from './write-queue.ts'

/**
 * Reads a reservation at once and after each change, and passes on what the newest request finds: undefined if there is none.
 * Without an id it reads nothing. `fail` is called when that request fails.
 */
export function useCurrentReservation(
  id: ReservationId | undefined,
  take: (seen: CurrentReservation | undefined) => void,
  fail?: () => void,
): void {
  const { calendar, sites } = useApp()
  const latest = useRef({ take, fail })
  latest.current = { take, fail }
  const requests = useRef(0)
  const read = useCallback(() => {
    // While this page changes it, it may be gone already: the end of the change is announced.
    if (id === undefined || ownWrites.isChanging(id)) return
    const request = (requests.current += 1)
    const ifNewest = (act: () => void) => request === requests.current && act()
    readCurrent(calendar, id).then(
      (seen) => ifNewest(() => latest.current.take(seen)),
      () => ifNewest(() => latest.current.fail?.()),
    )
  }, [calendar, id])
  useLayoutEffect(() => {
    read()
    return () => void (requests.current += 1)
  }, [read])
  useChanges([...sites.keys()], read)
}
