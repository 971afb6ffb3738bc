import type { Socket } from 'node:net'

const LINGER_MS = 1000
/** More are cut off at once. */
const MAX_LINGERING = 200
/** The same of those that are refused. */
const MAX_REFUSED = 2000

/** Connections that have been told why they end. Closed at once with bytes on them unread, they would be reset, and the answer lost. */
export interface Lingering {
  /** Closes it when its client has taken what was written last, or does not in time. */
  closeSoon(socket: Socket): void
  /** Leaves it unread for a while, and then closes it, with an answer or none. Closed at once, it would be opened anew at once. */
  refuse(socket: Socket, answer?: string): void
}

export function openLingering(): Lingering {
  let count = 0
  let rejected = 0
  function closeSoon(socket: Socket): void {
    if (count >= MAX_LINGERING) {
      socket.destroy()
      return
    }
    count += 1
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref()
    socket.once('close', () => {
      count -= 1
      clearTimeout(timer)
    })
  }
  return {
    closeSoon,
    refuse(socket, answer) {
      if (rejected >= MAX_REFUSED) {
        socket.destroy()
        return
      }
      rejected += 1
      socket.on('error', () => {})
      setTimeout(() => {
        rejected -= 1
        if (answer === undefined) socket.destroy()
        else closeSoon(socket.end(answer))
      }, LINGER_MS)
    },
  }
}
