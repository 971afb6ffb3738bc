import type { ChangeListener } from './connection.ts'

/** Something that reports changes while it is open. */
export interface Connection {
  readonly open: () => void
  readonly close: () => void
}

/** Milliseconds; who has waited longer for its turn may have missed changes. */
const WAITED_MS = 1000

/**
 * One connection for all windows of a browser profile that have the same name: browsers open only a few to an origin. The one
 * whose turn it is tells the others; when it closes, the next takes over. Without Web Locks each window has its own.
 */
export function oneConnection(
  name: string,
  connect: (notify: ChangeListener) => Connection,
  notify: ChangeListener,
): Connection {
  if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined') return connect(notify)
  const channel = new BroadcastChannel(name)
  channel.addEventListener('message', ({ data }: MessageEvent<Parameters<ChangeListener>[0]>) => notify(data))
  let turn: AbortController | undefined
  let release: (() => void) | undefined
  const hold = (askedAt: number) =>
    new Promise<void>((resolve) => {
      const connection = connect((sites) => {
        notify(sites)
        channel.postMessage(sites)
      })
      connection.open()
      if (performance.now() - askedAt > WAITED_MS) notify('any')
      release = () => {
        connection.close()
        resolve()
      }
    })
  return {
    open() {
      if (turn) return
      turn = new AbortController()
      const { signal } = turn
      const askedAt = performance.now()
      // It rejects when the window is hidden before its turn comes.
      const take = () => (signal.aborted ? undefined : hold(askedAt))
      navigator.locks.request(name, { signal }, take).catch(() => undefined)
    },
    close() {
      turn?.abort()
      turn = undefined
      release?.()
      release = undefined
    },
  }
}
