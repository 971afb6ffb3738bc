import type { Socket } from 'node:net'

const LINGER_MS = 1000
/** Beyond it, connections are closed at once. */
const MAX_LINGERING = 200
/** The same for refused connections. */
const MAX_REFUSED = 2000

/** Closes connections after their last answer has been read. Closing one with unread bytes would reset it, and the answer would be lost. */
export interface Lingering {
  /** Closes it when the client does, or after a second. */
  closeSoon(socket: Socket): void
  /** Leaves it unread for a second, then answers, if there is an answer, and closes it. Closed at once, the client would reconnect at once. */
  refuse(socket: Socket, answer?: string): void
}

export function openLingering(): Lingering {
  let count = 0
  let refused = 0
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
      if (refused >= MAX_REFUSED) {
        socket.destroy()
        return
      }
      refused += 1
      socket.on('error', () => {})
      setTimeout(() => {
        refused -= 1
        if (answer === undefined) socket.destroy()
        else closeSoon(socket.end(answer))
      }, LINGER_MS)
    },
  }
}
