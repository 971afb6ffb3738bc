import type { Socket } from 'node:net'
import { peerOf } from './address.ts'
import { openFairQueue } from './fair-queue.ts'

/** So many are begun in one turn of the event loop: each makes a parser, and the first request follows. */
const ACCEPTS_PER_TURN = 8

export interface AcceptQueueOptions {
  /** How many may wait. Beyond it one of the address that has most waiting is dropped. */
  readonly max: number
  /** For each address. Beyond it the new one is dropped. */
  readonly maxPerAddress: number
  /** Told of each that is dropped. */
  readonly onDropped: () => void
}

/**
 * Connections that are accepted and not yet read. To accept one costs little, to begin one more: so all are accepted at
 * once, and begun in turn, each address after the other. Whoever opens many waits for themselves.
 */
export interface AcceptQueue {
  /**
   * @param socket not read yet (`pauseOnConnect`)
   * @param begin reads it, when its turn has come
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
      // Its client has reset it already, and it has no other end any more.
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
