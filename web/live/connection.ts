import type { SiteCode } from '../../src/domain/site.ts'

/** Milliseconds after which a rejected stream is requested again. */
const RETRY_MS = 15_000
/** The `readyState` of a stream that was rejected and does not reconnect by itself. */
const CLOSED = 2

/** Called with the sites at which reservations have changed, or `any` if the sites are unknown. */
export type ChangeListener = (sites: readonly SiteCode[] | 'any') => void

/** The part of an `EventStream` that is used. */
interface Source {
  readonly readyState: number
  addEventListener(type: string, listener: (event: { readonly data?: string }) => void): void
  close(): void
}

/** A change stream that reconnects whenever it ends. Calls `notify` for each change, and with `any` when changes may have been missed. */
export function connectionTo(openSource: () => Source, notify: ChangeListener) {
  let source: Source | undefined
  let isInterrupted = false
  let retry: ReturnType<typeof setTimeout> | undefined
  const close = () => {
    source?.close()
    source = undefined
    clearTimeout(retry)
  }
  const open = () => {
    if (source) return
    source = openSource()
    source.addEventListener('change', ({ data = '{}' }) => notify(sitesOf(data)))
    source.addEventListener('reset', () => notify('any'))
    source.addEventListener('late', () => notify('any'))
    source.addEventListener('open', () => {
      if (isInterrupted) notify('any')
      isInterrupted = false
    })
    source.addEventListener('error', () => {
      // The next request finds out whether the calendar is reachable. A stream reconnects unless it was rejected.
      const isRejected = source?.readyState === CLOSED
      if (!isInterrupted || isRejected) notify('any')
      isInterrupted = true
      if (!isRejected) return
      close()
      retry = setTimeout(open, RETRY_MS)
    })
  }
  return { open, close }
}

/** The sites of a change: two if it moved a reservation to another site. */
function sitesOf(data: string): SiteCode[] {
  const { before, after } = JSON.parse(data) as Record<'before' | 'after', { readonly site: SiteCode } | null>
  return [before, after].flatMap((event) => event?.site ?? [])
}
