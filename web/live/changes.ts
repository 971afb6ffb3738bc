import { useEffect, useRef } from 'preact/hooks'
import type { SiteCode } from '../../src/domain/site.ts'
import { useSurroundings } from './surroundings.ts'

/** Milliseconds: many changes at once are one reason to read, and a stream that was refused is asked for again. */
const TOGETHER_MS = 100
const AGAIN_MS = 5000

const HERE = 'calendar-changed'

/** Tells this page that it has changed something itself, for where no stream would. */
export const announceChange = (): void => void dispatchEvent(new Event(HERE))

/** Calls `changed` when something at the sites has changed, or may have. Nothing is asked for while the page is hidden. */
export function useChanges(sites: readonly SiteCode[], changed: () => void): void {
  const { calendar, config } = useSurroundings()
  const tell = useRef(changed)
  tell.current = changed
  const key = sites.join()

  useEffect(() => {
    const stream = config.stream ? follow(calendar.changesAt(key.split(',')), () => tell.current()) : undefined
    // A browser opens only a few connections to an origin, so a page that nobody sees leaves its own to others.
    const look = () => {
      if (document.hidden) return stream?.pause()
      tell.current()
      stream?.resume()
    }
    document.addEventListener('visibilitychange', look)
    addEventListener('online', look)
    addEventListener(HERE, look)
    if (!document.hidden) stream?.resume()
    return () => {
      document.removeEventListener('visibilitychange', look)
      removeEventListener('online', look)
      removeEventListener(HERE, look)
      stream?.pause()
    }
  }, [calendar, config.stream, key])
}

function follow(address: URL, changed: () => void) {
  let source: EventSource | undefined
  let wasCut = false
  let soon = 0
  let again = 0
  const tell = () => {
    clearTimeout(soon)
    soon = window.setTimeout(changed, TOGETHER_MS)
  }
  const pause = () => {
    source?.close()
    source = undefined
    clearTimeout(soon)
    clearTimeout(again)
  }
  const resume = () => {
    if (source) return
    source = new EventSource(address)
    for (const name of ['change', 'reset']) source.addEventListener(name, tell)
    source.addEventListener('open', () => {
      if (wasCut) tell()
      wasCut = false
    })
    source.addEventListener('error', () => {
      // It tries again by itself, unless it was refused. Meanwhile reading tells whether the calendar is there.
      if (!wasCut) tell()
      wasCut = true
      if (source?.readyState !== EventSource.CLOSED) return
      pause()
      again = window.setTimeout(resume, AGAIN_MS)
    })
  }
  return { pause, resume }
}
