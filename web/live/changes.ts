import { useEffect, useRef } from 'preact/hooks'
import type { SiteCode } from '../../src/domain/site.ts'
import { useSurroundings } from './surroundings.ts'

/** Milliseconds: many changes at once are one reason to read, and a stream that was refused is asked for again. */
const TOGETHER_MS = 100
const AGAIN_MS = 5000

const HERE = 'calendar-changed'

/** Tells this page that it has changed something itself, for where no stream would. */
export const announceChange = (): void => void dispatchEvent(new Event(HERE))

type Follower = (sites: readonly SiteCode[] | 'any') => void

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
  const connection = stream && connectionTo(stream, tell)
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

function connectionTo(address: URL, tell: Follower) {
  let source: EventSource | undefined
  let wasCut = false
  let again = 0
  const close = () => {
    source?.close()
    source = undefined
    clearTimeout(again)
  }
  const open = () => {
    if (source) return
    source = new EventSource(address)
    source.addEventListener('change', ({ data }) => tell(sitesOf(data as string)))
    source.addEventListener('reset', () => tell('any'))
    source.addEventListener('open', () => {
      if (wasCut) tell('any')
      wasCut = false
    })
    source.addEventListener('error', () => {
      // Reading finds out whether the calendar is there. The stream comes back by itself, unless it was refused.
      if (!wasCut) tell('any')
      wasCut = true
      if (source?.readyState !== EventSource.CLOSED) return
      close()
      again = window.setTimeout(open, AGAIN_MS)
    })
  }
  return { open, close }
}

/** Where a change has changed something: a reservation may have moved from one site to another. */
function sitesOf(data: string): SiteCode[] {
  const { before, after } = JSON.parse(data) as Record<'before' | 'after', { readonly site: SiteCode } | null>
  return [before, after].flatMap((event) => event?.site ?? [])
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
