import type { Stops } from '../roving-focus.ts'

/** By how many nights the keys go on. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }

/** The nights of a month. */
export const MONTH_STOPS: Stops = {
  selector: '.month-link',
  usual: (links) => links.find((one) => one.closest('.tonight')) ?? links.find((one) => !one.closest('.other')),
  next: (links, from, event) => links[nextIndex(links.indexOf(from), event)],
}

/** The night to which a key leads; -1 if to none. Home and End go to the ends of the week. */
export function nextIndex(from: number, event: Pick<KeyboardEvent, 'key' | 'altKey' | 'ctrlKey' | 'metaKey'>): number {
  if (event.altKey || event.ctrlKey || event.metaKey) return -1
  if (event.key === 'Home') return from - (from % 7)
  if (event.key === 'End') return from - (from % 7) + 6
  const step = STEPS[event.key]
  return step === undefined ? -1 : from + step
}
