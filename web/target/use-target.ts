import { useEffect, useState } from 'preact/hooks'
import type { DomainCalendar } from '../../src/client/domain/calendar.ts'
import { useApp } from '../live/app-context.ts'
import { useNavigation } from '../live/navigation.tsx'
import { type NamedTarget, namedTargetOf, targetAtCoordinates } from './named-target.ts'

/** The targets of the names in addresses, as far as they have been asked for. `unknown`: there is none of that name. */
const found = new Map<string, NamedTarget | 'unknown'>()
/** The most names that are remembered. */
const MAX_NAMES = 64
/** Milliseconds until a name is asked for again that could not be. */
const RETRY_MS = 5000

/** The target in the address; `unknown` if nothing has its name; undefined if there is none or it is not known yet. */
export function useAddressedTarget(): NamedTarget | 'unknown' | undefined {
  const { calendar } = useApp()
  const text = useNavigation().route.target
  const [, setFound] = useState<NamedTarget | 'unknown'>()
  const known = text === undefined ? undefined : (targetAtCoordinates(text) ?? found.get(text))
  const isAsked = text !== undefined && known === undefined
  useEffect(() => (isAsked ? lookUp(calendar, text, setFound) : undefined), [calendar, text, isAsked])
  return known
}

/** The target in the address; undefined if there is none, or it is not known. */
export function useTarget(): NamedTarget | undefined {
  const target = useAddressedTarget()
  return target === 'unknown' ? undefined : target
}

/** Remembers a target that was chosen from a list, so that its name needs no question. */
export const rememberTarget = (target: NamedTarget): void => remember(target.text, target)

function remember(text: string, answer: NamedTarget | 'unknown'): void {
  if (found.size >= MAX_NAMES) found.clear()
  found.set(text, answer)
}

/** Asks until there is an answer. @returns a function that stops */
function lookUp(calendar: DomainCalendar, text: string, done: (answer: NamedTarget | 'unknown') => void): () => void {
  let timer = 0
  let isOver = false
  const ask = () =>
    void calendar.targets(text).then(
      ([first]) => {
        if (isOver) return
        const answer = first ? namedTargetOf(first) : 'unknown'
        remember(text, answer)
        done(answer)
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
