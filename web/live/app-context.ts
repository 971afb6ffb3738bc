import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { Calendar, Caller, Config } from '../../src/client/calendar.ts'
import type { Site, SiteCode } from '../../src/domain/site.ts'
import type { ChangeListener } from './connection.ts'
import type { SignInState } from './sign-in.ts'

/** Reports when reservations have changed. */
export interface Changes {
  /** Whether changes by other clients are reported too. If not, the page has to poll. */
  readonly streams: boolean
  /** @returns a function that ends the subscription */
  readonly subscribe: (listener: ChangeListener) => () => void
}

/** What every part of the page may need: the calendar, its sites, and who looks at it. */
export interface AppContext {
  readonly calendar: Calendar
  readonly config: Config
  readonly sites: ReadonlyMap<SiteCode, Site>
  readonly caller: Caller
  readonly session: SignInState
  readonly changes: Changes
}

export const ANONYMOUS: Caller = { id: undefined, name: undefined, role: 'anonymous' }

export const AppContextProvider = createContext<AppContext | undefined>(undefined)

export function useApp(): AppContext {
  const app = useContext(AppContextProvider)
  if (!app) throw new Error('useApp() needs an AppContextProvider.')
  return app
}

/** Whether the caller may change a reservation. The calendar decides it; this is for what is offered. */
export const mayModify = (caller: Caller, observer: string): boolean => caller.role === 'admin' || caller.id === observer
