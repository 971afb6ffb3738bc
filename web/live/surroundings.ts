import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Calendar, Caller, Config } from '../../src/client/calendar.ts'
import type { Site, SiteCode } from '../../src/domain/site.ts'
import type { Changes } from './changes.ts'
import type { Session } from './session.ts'

/** What every part of the page may need: the calendar, its sites, and who looks at it. */
export interface Surroundings {
  readonly calendar: Calendar
  readonly config: Config
  readonly sites: ReadonlyMap<SiteCode, Site>
  readonly caller: Caller
  readonly session: Session
  readonly changes: Changes
}

export const STRANGER: Caller = { id: undefined, name: undefined, role: 'anonymous' }

export const SurroundingsContext = createContext<Surroundings | undefined>(undefined)

export function useSurroundings(): Surroundings {
  const surroundings = useContext(SurroundingsContext)
  if (!surroundings) throw new Error('There is nothing around this.')
  return surroundings
}

/** Whether the caller may change a reservation. The calendar decides it; this is for what is offered. */
export const mayChange = (caller: Caller, observer: string): boolean => caller.role === 'admin' || caller.id === observer
