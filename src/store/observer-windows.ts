import { Failure } from '../domain/failure.ts'
import { isReservedId } from '../domain/observer.ts'
import { MAX_OF_OBSERVERS, type ObserverWindow } from './port.ts'

/** One window for each observer: the widest. None for services, which have no quotas. */
export function widestOf(windows: readonly ObserverWindow[]): ObserverWindow[] {
  // No rule counts, as for most sites.
  if (windows.length === 0) return []
  const ofPeople = windows.filter(({ observer }) => !isReservedId(observer))
  const byObserver = Map.groupBy(ofPeople, ({ observer }) => observer)
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
