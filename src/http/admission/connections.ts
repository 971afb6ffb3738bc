import type { Socket } from 'node:net'
import { peerOf } from './address.ts'
import { rawRefusal } from './refusal.ts'

/** An address that has all it may have does not lose a connection that is younger than this and has not yet asked. */
const TIME_TO_ASK_MS = 1000
const LOOK_EVERY_MS = 5000

const TOO_MANY = rawRefusal('429 Too Many Requests', 'Too many connections are open from your address.')

/** Why a connection was closed that its client would have kept. */
export type ClosedFor = 'room' | 'too_many' | 'stalled' | 'pipelining'

export interface ConnectionLimits {
  readonly most: number
  /** For each address; Infinity where a proxy stands in front, whose connections all of them are. */
  readonly mostEach: number
  /** Whoever takes nothing of an answer for so long is cut off. */
  readonly stalledMs: number
  /** Whether a peer is not connected at all just now. */
  readonly isRefused: (peer: string) => boolean
  /** Told of each that is closed. */
  readonly onClosed: (why: ClosedFor) => void
}

export interface Connection {
  readonly socket: Socket
  /** What is at its other end, as it is counted. */
  readonly peer: string
  readonly opened: number
  /** For each request on it that is not yet answered, what is called when it is closed before. */
  readonly underWay: Set<() => void>
  /** How much of what was answered has been taken, in bytes, and since when no more. */
  taken: number
  since: number
}

/** What a peer has, of each the longest first. A connection is in one of the three. */
interface Peer {
  readonly name: string
  /** Nothing has been asked on them. */
  readonly silent: Set<Connection>
  /** All that was asked is answered. */
  readonly idle: Set<Connection>
  readonly busy: Set<Connection>
}

const sizeOf = ({ silent, idle, busy }: Peer) => silent.size + idle.size + busy.size
const firstOf = <T>(set: ReadonlySet<T>): T | undefined => set.values().next().value

/**
 * All connections. When there are as many as may be, room is made for the next: of the address that has most, the one
 * goes that has asked nothing, else the one that has been idle longest. So a telescope always gets in.
 */
export interface Connections {
  /** @returns false where it was refused, and is closed */
  open(socket: Socket): boolean
  /** Undefined once it is closed. What was sent on it before may still come out of the parser. */
  of(socket: Socket): Connection | undefined
  /** A request has come on it. `onClose` is called where it is closed before that has ended. */
  began(connection: Connection, onClose: () => void): void
  ended(connection: Connection, onClose: () => void): void
  /** Closes it and all others of its peer that wait for no answer: what they send next would be more of the same. */
  cut(connection: Connection, why: ClosedFor): void
  count(): number
  stop(): void
}

export function openConnections({ most, mostEach, stalledMs, isRefused, onClosed }: ConnectionLimits): Connections {
  const connections = new Map<Socket, Connection>()
  const peers = new Map<string, Peer>()
  const looking = setInterval(cutOffStalled, Math.min(LOOK_EVERY_MS, stalledMs / 4)).unref()

  function peerNamed(name: string): Peer {
    const known = peers.get(name)
    if (known) return known
    const peer: Peer = { name, silent: new Set(), idle: new Set(), busy: new Set() }
    peers.set(name, peer)
    return peer
  }
  function close(connection: Connection, why: ClosedFor): void {
    forget(connection)
    connection.socket.destroy()
    onClosed(why)
  }
  function forget(connection: Connection): void {
    if (!connections.delete(connection.socket)) return
    const peer = peerNamed(connection.peer)
    for (const set of [peer.silent, peer.idle, peer.busy]) set.delete(connection)
    if (sizeOf(peer) === 0) peers.delete(peer.name)
    // Node tells of the first alone.
    for (const onClose of connection.underWay) onClose()
  }
  /** @returns false where nothing can be closed for a connection of `newcomer` */
  function makeRoom(newcomer: string): boolean {
    const own = peerNamed(newcomer)
    let greediest = own
    for (const peer of peers.values()) if (sizeOf(peer) > sizeOf(greediest)) greediest = peer
    // Behind a proxy a busy connection is anybody's. Elsewhere it goes where its address still has as many afterwards.
    const busy = mostEach < Infinity && sizeOf(greediest) > sizeOf(own) + 1 ? firstOf(greediest.busy) : undefined
    const closable = firstOf(greediest.silent) ?? firstOf(greediest.idle) ?? busy ?? firstOf(own.silent) ?? firstOf(own.idle)
    if (closable) close(closable, 'room')
    return closable !== undefined
  }
  /** Likewise, where the peer itself has as many as it may. */
  function makeRoomOf(peer: Peer): boolean {
    const silent = firstOf(peer.silent)
    const closable = firstOf(peer.idle) ?? (silent && performance.now() - silent.opened > TIME_TO_ASK_MS ? silent : undefined)
    if (closable) close(closable, 'too_many')
    return closable !== undefined
  }
  function cutOffStalled(): void {
    const now = performance.now()
    for (const { busy } of peers.values()) for (const connection of busy) if (hasStalled(connection, now)) close(connection, 'stalled')
  }
  function hasStalled(connection: Connection, now: number): boolean {
    const { socket } = connection
    const taken = socket.bytesWritten - socket.writableLength
    if (socket.writableLength > 0 && taken === connection.taken) return now - connection.since > stalledMs
    connection.taken = taken
    connection.since = now
    return false
  }

  return {
    open(socket) {
      const name = peerOf(socket)
      const peer = peerNamed(name)
      const fits = !isRefused(name) && (sizeOf(peer) < mostEach || makeRoomOf(peer)) && (connections.size < most || makeRoom(name))
      if (!fits) {
        if (sizeOf(peer) === 0) peers.delete(name)
        // At once, so that nothing is read that it has sent already.
        socket.write(TOO_MANY)
        socket.destroy()
        onClosed('too_many')
        return false
      }
      const now = performance.now()
      const connection: Connection = { socket, peer: name, opened: now, underWay: new Set(), taken: 0, since: now }
      connections.set(socket, connection)
      // Anew: closing another of its own may have left it without any, and forgotten.
      peerNamed(name).silent.add(connection)
      socket.once('close', () => forget(connection))
      return true
    },
    of(socket) {
      return connections.get(socket)
    },
    began(connection, onClose) {
      connection.underWay.add(onClose)
      if (connection.underWay.size > 1) return
      const { silent, idle, busy } = peerNamed(connection.peer)
      silent.delete(connection)
      idle.delete(connection)
      busy.add(connection)
    },
    ended(connection, onClose) {
      connection.underWay.delete(onClose)
      if (connection.underWay.size > 0 || !connections.has(connection.socket)) return
      const { idle, busy } = peerNamed(connection.peer)
      busy.delete(connection)
      idle.add(connection)
    },
    cut(connection, why) {
      const { silent = [], idle = [] } = peers.get(connection.peer) ?? {}
      const others = [...silent, ...idle]
      close(connection, why)
      for (const other of others) close(other, why)
    },
    count: () => connections.size,
    stop: () => clearInterval(looking),
  }
}
