import { useEffect, useState } from 'preact/hooks'
import type { Instant } from '../../src/domain/interval.ts'

/** The present instant. */
export const now = (): Instant => Math.floor(Date.now() / 1000)

/** The present instant, updated at every multiple of `step` seconds. */
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
