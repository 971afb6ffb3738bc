import { useEffect, useRef } from 'preact/hooks'
import { wemasOf } from '../../src/domain/enclosure.ts'
import type { SiteCode } from '../../src/domain/site.ts'
import { connectionTo, type ChangeListener } from './connection.ts'
import { EventStream } from './event-stream.ts'
import { oneConnection } from './one-connection.ts'
import { type Changes, useApp } from './app-context.ts'

/** Several changes within this time, in milliseconds, are reported once. */
const DEBOUNCE_MS = 100

const LOCAL_CHANGE = 'calendar-changed'

/** Reports a change by this page itself, since there may be no change stream. */
export const announceChange = (): void => void dispatchEvent(new Event(LOCAL_CHANGE))

/**
 * The changes at all sites, through one stream for all windows of one identity: a browser opens only a few connections to an
 * origin. For the same reason, a hidden page closes its stream. Without a stream, only changes by this page are reported.
 */
export function changesFrom(stream: URL | undefined, identity: string): Changes {
  const listeners = new Set<ChangeListener>()
  const notify: ChangeListener = (sites) => {
    for (const listener of listeners) listener(sites)
  }
  const connect = (address: URL) => (listener: ChangeListener) => connectionTo(() => new EventStream(address), listener)
  const connection = stream && oneConnection(`changes for ${identity} from ${stream.href}`, connect(stream), notify)
  const update = () => {
    if (document.hidden) return connection?.close()
    connection?.open()
    // Changes may have been missed while there was no stream.
    notify('any')
  }
  document.addEventListener('visibilitychange', update)
  addEventListener('online', update)
  addEventListener(LOCAL_CHANGE, () => notify('any'))
  if (!document.hidden) connection?.open()
  return {
    streams: connection !== undefined,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Calls `changed` when reservations at the sites, or at their enclosures, have changed or may have. */
export function useChanges(sites: readonly SiteCode[], changed: () => void): void {
  const { changes, sites: telescopes } = useApp()
  const latest = useRef(changed)
  latest.current = changed
  const key = sites.join()
  useEffect(() => {
    const codes = [...sites, ...wemasOf(sites, telescopes)]
    let timer = 0
    const stop = changes.subscribe((changedSites) => {
      if (changedSites !== 'any' && !changedSites.some((site) => codes.includes(site))) return
      clearTimeout(timer)
      timer = window.setTimeout(() => latest.current(), DEBOUNCE_MS)
    })
    return () => {
      clearTimeout(timer)
      stop()
    }
  }, [changes, telescopes, key])
}
