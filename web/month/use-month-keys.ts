import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/** By how many nights the keys go on. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

/** Makes the nights of a month one stop of the Tab key, and lets the arrow keys go on from there. Returns the key handler. */
export function useMonthKeys(month: RefObject<HTMLElement>): (event: KeyboardEvent) => void {
  const current = useRef<Element>()
  useLayoutEffect(() => {
    const links = linksIn(month.current)
    if (!current.current || !links.includes(current.current as HTMLElement))
      current.current = links.find((link) => link.closest('.tonight')) ?? links.find((link) => !link.closest('.other'))
    setStops(links, current.current)
  })
  return (event) => {
    const links = linksIn(month.current)
    const index = links.indexOf(event.target as HTMLElement)
    const to = links[nextIndex(index, event)]
    if (index < 0 || !to) return
    event.preventDefault()
    current.current = to
    setStops(links, to)
    to.focus()
  }
}

/** The night to which a key leads; -1 if to none. Home and End go to the ends of the week. */
export function nextIndex(from: number, event: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>): number {
  if (event.altKey || event.ctrlKey || event.metaKey) return -1
  if (event.key === 'Home') return from - (from % 7)
  if (event.key === 'End') return from - (from % 7) + 6
  const step = STEPS[event.key]
  return step === undefined ? -1 : from + step
}

const linksIn = (month: HTMLElement | null): HTMLElement[] => [
  ...(month?.querySelectorAll<HTMLElement>('.month-link') ?? []),
]

function setStops(links: readonly HTMLElement[], stop: Element | undefined): void {
  for (const link of links) link.tabIndex = link === stop ? 0 : -1
}
