import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { DomainCalendar, Caller, Config } from '../../src/client/domain/calendar.ts'
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

/** What all parts of the page share: the calendar, its sites, and the caller. */
export interface AppContext {
  readonly calendar: DomainCalendar
  readonly config: Config
  readonly sites: ReadonlyMap<SiteCode, Site>
  /** Sites in time zones that this browser has no data of. */
  readonly unshown: readonly Site[]
  readonly caller: Caller
  readonly signInState: SignInState
  readonly changes: Changes
}

/** The caller while nobody is signed in. */
export const ANONYMOUS: Caller = { id: undefined, name: undefined, role: 'anonymous' }

const Context = createContext<AppContext | undefined>(undefined)

/** Provides the context to its children. */
export const AppContextProvider = Context.Provider

/** The context of the page. @throws Error outside an AppContextProvider */
export function useApp(): AppContext {
  const app = useContext(Context)
  if (!app) throw new Error('useApp() needs an AppContextProvider.')
  return app
}

/** Whether the page offers the caller to change an observer's reservation. The calendar decides whether they may. */
export const mayModify = (caller: Caller, observer: string): boolean =>
  caller.role === 'admin' || caller.id === observer
