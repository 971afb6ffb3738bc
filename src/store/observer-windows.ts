import { Failure } from '../domain/failure.ts'
import { MAX_OF_OBSERVERS, type ObserverWindow } from './port.ts'

/** One window for each observer: the widest. */
export function widestOf(windows: readonly ObserverWindow[]): ObserverWindow[] {
  const byObserver = Map.groupBy(windows, ({ observer }) => observer)
  return [...byObserver].map(([observer, of]) => ({
    observer,
    endingFrom: Math.min(...of.map(({ endingFrom }) => endingFrom)),
  }))
}

/** The Failure for a change that would have to count too many reservations. */
export const tooManyOfObservers = (): Failure =>
  new Failure(
    'too_large',
    `Error: a rule counts the observer's reservations, and there are more than ${MAX_OF_OBSERVERS} ahead; delete some first`,
  )
