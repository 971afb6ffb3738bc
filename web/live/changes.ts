import { useEffect, useRef } from 'preact/hooks'
import type { SiteCode } from '../../src/domain/site.ts'
import { connectionTo, type ChangeListener } from './connection.ts'
import { type Changes, useApp } from './app-context.ts'

/** Milliseconds: many changes at once are one reason to read. */
const DEBOUNCE_MS = 100

const THIS_PAGE = 'calendar-changed'

/** Tells this page that it has changed something itself, for where no stream would. */
export const announceChange = (): void => void dispatchEvent(new Event(THIS_PAGE))

/**
 * The changes at all sites by one stream, however many parts of the page follow them: a browser opens only a few
 * connections to an origin. For the same reason a page that nobody sees gives up its own.
 */
export function changesFrom(stream: URL | undefined): Changes {
  const listeners = new Set<ChangeListener>()
  const notify: ChangeListener = (sites) => {
    for (const listener of listeners) listener(sites)
  }
  const connection = stream && connectionTo(() => new EventSource(stream), notify)
  const check = () => {
    if (document.hidden) return connection?.close()
    connection?.open()
    // It may have missed something meanwhile.
    notify('any')
  }
  document.addEventListener('visibilitychange', check)
  addEventListener('online', check)
  addEventListener(THIS_PAGE, () => notify('any'))
  if (!document.hidden) connection?.open()
  return {
    streams: connection !== undefined,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Calls `changed` when something at the sites has changed, or may have. */
export function useChanges(sites: readonly SiteCode[], changed: () => void): void {
  const { changes } = useApp()
  const notify = useRef(changed)
  notify.current = changed
  const key = sites.join()
  useEffect(() => {
    let soon = 0
    const stop = changes.subscribe((where) => {
      if (where !== 'any' && !where.some((site) => sites.includes(site))) return
      clearTimeout(soon)
      soon = window.setTimeout(() => notify.current(), DEBOUNCE_MS)
    })
    return () => {
      clearTimeout(soon)
      stop()
    }
  }, [changes, key])
}
