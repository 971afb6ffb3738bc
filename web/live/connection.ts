import type { SiteCode } from '../../src/domain/site.ts'

/** Milliseconds after which a stream that was refused is asked for again. */
const RETRY_MS = 15_000
/** Of an `EventSource`: it was refused, and does not come back by itself. */
const CLOSED = 2

/** Told of the sites where something has changed, or that it may have anywhere. */
export type ChangeListener = (sites: readonly SiteCode[] | 'any') => void

/** What of an `EventSource` is used. */
interface Source {
  readonly readyState: number
  addEventListener(type: string, listener: (event: { readonly data?: string }) => void): void
  close(): void
}

/** A stream of changes that is opened again whenever it ends. Where it is refused one reads in its place. */
export function connectionTo(ask: () => Source, notify: ChangeListener) {
  let source: Source | undefined
  let wasCut = false
  let again: ReturnType<typeof setTimeout> | undefined
  const close = () => {
    source?.close()
    source = undefined
    clearTimeout(again)
  }
  const open = () => {
    if (source) return
    source = ask()
    source.addEventListener('change', ({ data = '{}' }) => notify(sitesOf(data)))
    source.addEventListener('reset', () => notify('any'))
    source.addEventListener('open', () => {
      if (wasCut) notify('any')
      wasCut = false
    })
    source.addEventListener('error', () => {
      // Reading finds out whether the calendar is there. The stream comes back by itself, unless it was refused.
      const isRefused = source?.readyState === CLOSED
      if (!wasCut || isRefused) notify('any')
      wasCut = true
      if (!isRefused) return
      close()
      again = setTimeout(open, RETRY_MS)
    })
  }
  return { open, close }
}

/** Where a change has changed something: a reservation may have moved from one site to another. */
function sitesOf(data: string): SiteCode[] {
  const { before, after } = JSON.parse(data) as Record<'before' | 'after', { readonly site: SiteCode } | null>
  return [before, after].flatMap((event) => event?.site ?? [])
}
