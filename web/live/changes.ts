import { useEffect, useRef } from 'preact/hooks'
import type { SiteCode } from '../../src/domain/site.ts'
import { connectionTo, type Follower } from './connection.ts'
import { useSurroundings } from './surroundings.ts'

/** Milliseconds: many changes at once are one reason to read. */
const TOGETHER_MS = 100

const HERE = 'calendar-changed'

/** Tells this page that it has changed something itself, for where no stream would. */
export const announceChange = (): void => void dispatchEvent(new Event(HERE))

/** What tells that something has changed. */
export interface Changes {
  /** Whether what others change is told of too; where not, one has to ask now and then. */
  readonly streams: boolean
  /** @returns what ends it */
  readonly follow: (follower: Follower) => () => void
}

/**
 * The changes at all sites by one stream, however many parts of the page follow them: a browser opens only a few
 * connections to an origin. For the same reason a page that nobody sees gives up its own.
 */
export function changesFrom(stream: URL | undefined): Changes {
  const followers = new Set<Follower>()
  const tell: Follower = (sites) => {
    for (const follower of followers) follower(sites)
  }
  const connection = stream && connectionTo(() => new EventSource(stream), tell)
  const look = () => {
    if (document.hidden) return connection?.close()
    connection?.open()
    // It may have missed something meanwhile.
    tell('any')
  }
  document.addEventListener('visibilitychange', look)
  addEventListener('online', look)
  addEventListener(HERE, () => tell('any'))
  if (!document.hidden) connection?.open()
  return {
    streams: connection !== undefined,
    follow(follower) {
      followers.add(follower)
      return () => followers.delete(follower)
    },
  }
}

/** Calls `changed` when something at the sites has changed, or may have. */
export function useChanges(sites: readonly SiteCode[], changed: () => void): void {
  const { changes } = useSurroundings()
  const tell = useRef(changed)
  tell.current = changed
  const key = sites.join()
  useEffect(() => {
    let soon = 0
    const stop = changes.follow((where) => {
      if (where !== 'any' && !where.some((site) => sites.includes(site))) return
      clearTimeout(soon)
      soon = window.setTimeout(() => tell.current(), TOGETHER_MS)
    })
    return () => {
      clearTimeout(soon)
      stop()
    }
  }, [changes, key])
}
