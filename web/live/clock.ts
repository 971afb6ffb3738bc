import { useEffect, useState } from 'preact/hooks'
import { DAY, type Instant, MINUTE } from '../../src/domain/interval.ts'

/** Seconds by which the calendar's clock may be ahead of this browser's before the page goes by the calendar's. */
const TOLERATED = MINUTE / 2

/** Seconds by which the calendar's clock is ahead of this browser's. */
let ahead = 0

/** The present instant, by the calendar's clock. */
export const now = (): Instant => Math.floor(Date.now() / 1000) + ahead

/** By how many seconds this browser's clock is fast; negative if it is slow, 0 if it is right. */
export const clockError = (): number => 0 - ahead

/**
 * Compares the clocks, given the header `Date` of a response that has just arrived. A clock that is off by more than a day is
 * not corrected: it is meant to be so, since it could not even have opened an encrypted connection.
 */
export function noteServerTime(date: string | null): void {
  const difference = Math.round((Date.parse(date ?? '') - Date.now()) / 1000)
  const isWrong = Math.abs(difference) > TOLERATED && Math.abs(difference) < DAY
  ahead = isWrong ? difference : 0
}

/** The present instant, updated at every multiple of `step` seconds. */
export function useNow(step: number): Instant {
  const [at, setAt] = useState(now)
  useEffect(() => {
    let timer = 0
    const tick = () => {
      setAt(now())
      timer = window.setTimeout(tick, step * 1000 - ((Date.now() + ahead * 1000) % (step * 1000)))
    }
    tick()
    return () => clearTimeout(timer)
  }, [step])
  return at
}
