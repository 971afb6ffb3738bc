import { useEffect, useState } from 'preact/hooks'
import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type TargetLookup, askForTarget, knownTarget } from './known-targets.ts'
import { type NamedTarget, targetAtCoordinates } from './named-target.ts'

/** Milliseconds until a name is asked for again that could not be. */
const RETRY_MS = 5000

/** The target in the address; `unknown` if nothing has its name; undefined if there is none or it is not known yet. */
export function useAddressedTarget(): TargetLookup | undefined {
  const { calendar } = useApp()
  const text = useNavigation().route.target
  const [, setFound] = useState<TargetLookup>()
  const known = text === undefined ? undefined : (targetAtCoordinates(text) ?? knownTarget(text))
  const isAsked = text !== undefined && known === undefined
  useEffect(() => (isAsked ? lookUp(calendar, text, setFound) : undefined), [calendar, text, isAsked])
  return known
}

/** The target in the address; undefined if there is none, or it is not known. */
export function useTarget(): NamedTarget | undefined {
  const target = useAddressedTarget()
  return target === 'unknown' ? undefined : target
}

/** Asks until there is an answer. @returns a function that stops */
function lookUp(calendar: DomainCalendar, text: string, done: (answer: TargetLookup) => void): () => void {
  let timer = 0
  let isOver = false
  const ask = () =>
    void askForTarget(calendar, text).then(
      (answer) => {
        if (!isOver) done(answer)
      },
      () => {
        if (!isOver) timer = window.setTimeout(ask, RETRY_MS)
      },
    )
  ask()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}
