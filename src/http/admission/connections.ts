import type { Socket } from 'node:net'
import { peerOf } from './address.ts'
import { openLingering } from './lingering.ts'
import { rawRejection } from './reject.ts'

/** What is younger than this and has not yet asked is about to: it is no connection to be closed first. */
const REQUEST_GRACE_MS = 1000
const SWEEP_MS = 5000
/** How often a piece is read of headers that come in many. */
const READ_EVERY_MS = 250

const TOO_MANY = rawRejection('429 Too Many Requests', 'Too many connections are open from your address.')

/** Why a connection was closed that its client would have kept. */
export type CloseReason = 'room' | 'too_many' | 'stalled' | 'pipelining'

export interface ConnectionLimits {
  readonly max: number
  /** For each address; Infinity where a proxy stands in front, whose connections all of them are. */
  readonly maxPerAddress: number
  /** Whoever takes nothing of an answer for so long is cut off. */
  readonly stalledMs: number
  /** Whether a peer is not connected at all just now. */
  readonly isRefused: (peer: string) => boolean
  /** Told of each that is closed. */
  readonly onClosed: (why: CloseReason) => void
}

/** How far a request has come, from what is given up first to what never is. */
const STAGES = ['arriving', 'waiting', 'streaming', 'taking', 'running', 'poll'] as const
export type Stage = (typeof STAGES)[number]
const RUNNING = STAGES.indexOf('running')

/** A request that is under way on a connection. */
export interface ConnectionRequest {
  readonly stage: Stage
  /** Room is wanted: answers that there is none, and that the connection ends. Only while it arrives or waits. */
  reject(): void
  /** The connection is closed before all of it was answered. */
  onClosed(): void
}

export interface Connection {
  readonly socket: Socket
  /** What is at its other end, as it is counted. */
  readonly peer: string
  readonly opened: number
  /** The requests on it that are not yet answered. */
  readonly requests: Set<ConnectionRequest>
  /** How much had come on it when it was last asked something: what has come since is a part of the next. */
  read: number
  /** What came last is not HTTP. It is closed when what was asked before is answered. */
  isEnding: boolean
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
const rankOf = ({ requests }: Connection) => Math.max(...[...requests].map(({ stage }) => STAGES.indexOf(stage)))
const isPastGrace = ({ opened }: Connection) => performance.now() - opened > REQUEST_GRACE_MS

const isAnswering = ({ requests }: Connection) => [...requests].some(({ stage }) => stage !== 'arriving')
const isMidway = ({ socket, read }: Connection) => socket.bytesRead > read

/** The one that has waited longest without need: it asks nothing, though it had time to, or has been answered. */
function idleOf({ silent, idle }: Peer): Connection | undefined {
  const first = firstOf(silent)
  return first && isPastGrace(first) ? first : firstOf(idle)
}

/** The busy one that is given up most easily, and how easily. Of several the one whose peer has most, and that has been so longest. */
function leastBusyOf(peers: Iterable<Peer>): { readonly connection: Connection; readonly rank: number } | undefined {
  let least: { connection: Connection; rank: number; size: number } | undefined
  for (const peer of peers) {
    const size = sizeOf(peer)
    for (const connection of peer.busy) {
      const rank = rankOf(connection)
      if (!least || rank < least.rank || (rank === least.rank && size > least.size)) least = { connection, rank, size }
    }
  }
  return least && least.rank < STAGES.indexOf('poll') ? least : undefined
}

/**
 * All connections. When there are as many as may be, one is closed for the next: one that rests, else one whose request
 * is given up most easily (see {@link STAGES}), of the address that has most. Only where all that is connected are polls
 * being answered, the next is refused.
 */
export interface Connections {
  /** @returns false where it was refused, and is being closed */
  open(socket: Socket): boolean
  /** Undefined once it is closed. What was sent on it before may still come out of the parser. */
  ofPeer(socket: Socket): Connection | undefined
  /** A request has come on it. */
  began(connection: Connection, request: ConnectionRequest): void
  ended(connection: Connection, request: ConnectionRequest): void
  /** Reads no more of it, and closes it when all that has arrived is answered. @returns whether that is so already: then it is the caller who closes it */
  end(socket: Socket): boolean
  /** Closes it and all others of its peer that wait for no answer: what they send next would be more of the same. */
  cut(connection: Connection, why: CloseReason): void
  count(): number
  stop(): void
}

export function openConnections({ max, maxPerAddress, stalledMs, isRefused, onClosed }: ConnectionLimits): Connections {
  const connections = new Map<Socket, Connection>()
  const peers = new Map<string, Peer>()
  const lingering = openLingering()
  const sweepTimer = setInterval(cutOffStalled, Math.min(SWEEP_MS, stalledMs / 4)).unref()
  const dripping = setInterval(readSlowly, READ_EVERY_MS).unref()

  function peerNamed(name: string): Peer {
    const known = peers.get(name)
    if (known) return known
    const peer: Peer = { name, silent: new Set(), idle: new Set(), busy: new Set() }
    peers.set(name, peer)
    return peer
  }
  function close(connection: Connection, why: CloseReason): void {
    const { socket, requests } = connection
    const frees = why === 'room' || why === 'too_many'
    if (frees && requests.size > 0 && rankOf(connection) <= STAGES.indexOf('waiting')) {
      for (const request of requests) request.reject()
      lingering.closeSoon(socket)
    } else socket.destroy()
    forget(connection)
    onClosed(why)
  }
  function forget(connection: Connection): void {
    if (!connections.delete(connection.socket)) return
    const peer = peerNamed(connection.peer)
    for (const set of [peer.silent, peer.idle, peer.busy]) set.delete(connection)
    if (sizeOf(peer) === 0) peers.delete(peer.name)
    // Node tells of the first alone.
    for (const request of connection.requests) request.onClosed()
  }
  /** What `choice` finds with the peer that has most, of those with whom it finds any. */
  function fromGreediest(choice: (peer: Peer) => Connection | undefined): Connection | undefined {
    let [found, most]: [Connection | undefined, number] = [undefined, 0]
    for (const peer of peers.values()) {
      const size = sizeOf(peer)
      const one = size > most ? choice(peer) : undefined
      if (one) [found, most] = [one, size]
    }
    return found
  }
  /** A peer that has more than others, and asks nothing on half of it, does not need the time to. */
  function floodOf(peer: Peer): Connection | undefined {
    const size = sizeOf(peer)
    return size > 1 && size >= max / peers.size && peer.silent.size * 2 >= size ? firstOf(peer.silent) : undefined
  }
  /** @returns false where nothing can be closed */
  function makeRoom(): boolean {
    const idle = fromGreediest(floodOf) ?? fromGreediest(idleOf)
    const busy = idle ? undefined : leastBusyOf(peers.values())
    const closable = idle ?? (busy && busy.rank < RUNNING ? busy.connection : (fromGreediest(({ silent }) => firstOf(silent)) ?? busy?.connection))
    if (closable) close(closable, 'room')
    return closable !== undefined
  }
  /** Likewise, where the peer itself has as many as it may: what is being worked on for it stays. */
  function makeRoomFor(peer: Peer): boolean {
    const busy = leastBusyOf([peer])
    const closable = idleOf(peer) ?? (busy && busy.rank < RUNNING ? busy.connection : undefined)
    if (closable) close(closable, 'too_many')
    return closable !== undefined
  }
  /** Headers that come in many pieces are read a piece at a time: else each byte would take a turn of its own. */
  function readSlowly(): void {
    for (const { silent, idle } of peers.values()) {
      for (const connection of silent) readPiece(connection)
      for (const connection of idle) readPiece(connection)
    }
  }
  function readPiece(connection: Connection): void {
    const { socket, requests } = connection
    if (!isMidway(connection)) return
    socket.resume()
    setImmediate(() => setImmediate(() => requests.size === 0 && isMidway(connection) && socket.pause()))
  }
  function cutOffStalled(): void {
    const now = performance.now()
    for (const { busy } of peers.values()) for (const connection of busy) if (hasStalled(connection, now)) close(connection, 'stalled')
  }
  function hasStalled(connection: Connection, now: number): boolean {
    const { socket } = connection
    const answered = socket.bytesWritten - socket.writableLength
    if (socket.writableLength > 0 && answered === connection.taken) return now - connection.since > stalledMs
    connection.taken = answered
    connection.since = now
    return false
  }

  return {
    open(socket) {
      const name = peerOf(socket)
      if (isRefused(name)) {
        // Nothing is read that it has sent already: to make requests of that is what costs.
        lingering.refuse(socket)
        onClosed('pipelining')
        return false
      }
      const peer = peerNamed(name)
      const hasRoom = (sizeOf(peer) < maxPerAddress || makeRoomFor(peer)) && (connections.size < max || makeRoom())
      if (!hasRoom) {
        if (sizeOf(peer) === 0) peers.delete(name)
        lingering.refuse(socket, TOO_MANY)
        onClosed('too_many')
        return false
      }
      const now = performance.now()
      const connection: Connection = { socket, peer: name, opened: now, requests: new Set(), read: 0, isEnding: false, taken: 0, since: now }
      connections.set(socket, connection)
      // Anew: closing another of its own may have left it without any, and forgotten.
      peerNamed(name).silent.add(connection)
      socket.once('close', () => forget(connection))
      return true
    },
    ofPeer(socket) {
      return connections.get(socket)
    },
    began(connection, request) {
      connection.requests.add(request)
      connection.read = connection.socket.bytesRead
      if (connection.requests.size > 1) return
      const { silent, idle, busy } = peerNamed(connection.peer)
      silent.delete(connection)
      idle.delete(connection)
      busy.add(connection)
    },
    ended(connection, request) {
      connection.requests.delete(request)
      if (connection.isEnding && !isAnswering(connection)) return connection.socket.destroySoon()
      if (connection.requests.size > 0 || !connections.has(connection.socket)) return
      const { idle, busy } = peerNamed(connection.peer)
      connection.read = connection.socket.bytesRead
      busy.delete(connection)
      idle.add(connection)
    },
    end(socket) {
      const connection = connections.get(socket)
      if (!connection || !isAnswering(connection)) return true
      if ([...connection.requests].some(({ stage }) => stage === 'streaming')) {
        socket.destroy()
        return false
      }
      connection.isEnding = true
      socket.pause()
      return false
    },
    cut(connection, why) {
      const { silent = [], idle = [] } = peers.get(connection.peer) ?? {}
      const others = [...silent, ...idle]
      close(connection, why)
      for (const other of others) close(other, why)
    },
    count: () => connections.size,
    stop() {
      clearInterval(sweepTimer)
      clearInterval(dripping)
    },
  }
}
