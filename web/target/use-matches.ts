import { useEffect, useState } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import { coordinatesProblem, type NamedTarget, namedTargetOf, targetAtCoordinates } from './named-target.ts'

/** Milliseconds without a key after which a name is asked for. */
const PAUSE_MS = 120
/** The most targets to choose from. */
const MAX_MATCHES = 8

/** The targets that a text names, best first; undefined while they are not known. Coordinates need no question. */
export function useMatches(text: string): readonly NamedTarget[] | undefined {
  const { calendar } = useApp()
  const [matches, setMatches] = useState<readonly NamedTarget[]>()
  useEffect(() => {
    const there = targetAtCoordinates(text)
    setMatches(there && [there])
    if (there || text.trim() === '' || coordinatesProblem(text) !== undefined) return undefined
    let isOver = false
    const answer = (found: readonly NamedTarget[] | undefined) => !isOver && setMatches(found)
    const timer = setTimeout(
      () =>
        void calendar.targets(text).then(
          (found) => answer(found.slice(0, MAX_MATCHES).map(namedTargetOf)),
          () => answer(undefined),
        ),
      PAUSE_MS,
    )
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [calendar, text])
  return matches
}
