import { useMemo } from 'preact/hooks'
import { useApp } from '../live/app-context.ts'
import { useDebouncedRequest } from '../live/use-request.ts'
import { coordinatesProblem, type NamedTarget, namedTargetOf, targetAtCoordinates } from './named-target.ts'

/** Milliseconds without a key after which a name is asked for. */
const PAUSE_MS = 120
/** The most targets to choose from. */
const MAX_MATCHES = 8

/** The targets that a text names, best first; undefined while they are not known. Coordinates need no question. */
export function useMatches(text: string): readonly NamedTarget[] | undefined {
  const { calendar } = useApp()
  const there = useMemo(() => {
    const target = targetAtCoordinates(text)
    return target && [target]
  }, [text])
  const isAsked = !there && text.trim() !== '' && coordinatesProblem(text) === undefined
  const ask = async () => (await calendar.targets(text)).slice(0, MAX_MATCHES).map(namedTargetOf)
  const found = useDebouncedRequest(isAsked ? ask : undefined, PAUSE_MS, [calendar, text])
  return there ?? found
}
