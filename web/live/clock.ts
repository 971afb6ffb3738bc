import { useEffect, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'

export const now = (): Instant => Math.floor(Date.now() / 1000)

/** The present instant, looked at anew each `step` seconds, on the step. */
export function useNow(step: number): Instant {
  const [at, setAt] = useState(now)
  useEffect(() => {
    let timer = 0
    const tick = () => {
      setAt(now())
      timer = window.setTimeout(tick, step * 1000 - (Date.now() % (step * 1000)))
    }
    tick()
    return () => clearTimeout(timer)
  }, [step])
  return at
}
