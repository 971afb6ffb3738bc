import type { Socket } from 'node:net'
import { peerOf } from './address.ts'
import { openFairQueue } from './fair-queue.ts'

/** Connections begun in one event-loop turn: each creates a parser, and its first request follows. */
const ACCEPTS_PER_TURN = 8

export interface AcceptQueueOptions {
  /** How many may wait. Beyond it, the last one of the address with most waiting is dropped. */
  readonly max: number
  /** How many may wait for each address. Beyond it, the new one is dropped. */
  readonly maxPerAddress: number
  /** Called for each connection that is dropped. */
  readonly onDropped: () => void
}

/**
 * Accepted connections that are not read yet. Accepting is cheap and reading is not: all are accepted at once, and the
 * addresses take turns in having one read, so that a client that opens many delays only itself.
 */
export interface AcceptQueue {
  /**
   * @param socket not read yet (`pauseOnConnect`)
   * @param begin called in its turn, to start reading
   */
  add(socket: Socket, begin: () => void): void
  length(): number
}

export function openAcceptQueue({ max, maxPerAddress, onDropped }: AcceptQueueOptions): AcceptQueue {
  const queue = openFairQueue<{ readonly socket: Socket; readonly begin: () => void }>()
  let isScheduled = false

  function beginSome(): void {
    isScheduled = false
    for (let n = 0; n < ACCEPTS_PER_TURN; n += 1) {
      queue.next(() => true)?.begin()
    }
    schedule()
  }
  function schedule(): void {
    if (isScheduled || queue.size() === 0) return
    isScheduled = true
    setImmediate(beginSome)
  }
  function drop(socket: Socket | undefined): void {
    socket?.destroy()
    onDropped()
  }

  return {
    add(socket, begin) {
      // The client has reset it already, so it has no address.
      if (socket.remoteAddress === undefined) return void socket.destroy()
      const peer = peerOf(socket)
      if (queue.of(peer) >= maxPerAddress) return drop(socket)
      queue.add(peer, { socket, begin })
      if (queue.size() > max) drop(queue.dropLast()?.socket)
      schedule()
    },
    length: () => queue.size(),
  }
}
