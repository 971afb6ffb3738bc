import type { Socket } from 'node:net'

const LINGER_MS = 1000
/** More are cut off at once. */
const MOST = 200

/** Connections that have been told why they end. Closed at once with bytes on them unread, they would be reset, and the answer lost. */
export interface Lingering {
  /** Closes it when its client has taken what was written last, or does not in time. */
  closeSoon(socket: Socket): void
}

export function openLingering(): Lingering {
  let count = 0
  return {
    closeSoon(socket) {
      if (count >= MOST) {
        socket.destroy()
        return
      }
      count += 1
      const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
      socket.once('close', () => {
        count -= 1
        clearTimeout(timer)
      })
    },
  }
}
