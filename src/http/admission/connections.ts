import type { Socket } from 'node:net'
import { peerOf } from './address.ts'
import {
  type Connection,
  type ConnectionRequest,
  hasStalled,
  isAnswering,
  newConnection,
  rankOf,
  readOneChunk,
  phaseRank,
} from './connection.ts'
import { evictable, evictableOfPeer } from './eviction.ts'
import { type Lingering, openLingering } from './lingering.ts'
import { openPeers, type Peer, type Peers, sizeOf } from './peers.ts'
import { rawRejection } from './reject.ts'

const SWEEP_MS = 5000
/** How often a chunk is read of headers that arrive in many. */
const READ_EVERY_MS = 250

const TOO_MANY = rawRejection('429 Too Many Requests', 'Too many connections are open from your address.')

/** Why the server closed a connection that its client would have kept. Label values of a metric. */
export type CloseReason = 'room' | 'too_many' | 'stalled' | 'pipelining'

export interface ConnectionLimits {
  readonly max: number
  /** For each address; Infinity behind a proxy, which opens all connections. */
  readonly maxPerAddress: number
  /** Closes a connection whose client takes nothing of an answer for this many milliseconds. */
  readonly stalledMs: number
  /** Whether new connections of a peer are refused for now. */
  readonly isRefused: (peer: string) => boolean
  /** Called for each connection that is closed. */
  readonly onClosed: (reason: CloseReason) => void
}

/** All open connections. At the limit, one is closed for each new one; see `evictable`. If there is none to close, the new one is refused. */
export interface Connections {
  /** @returns whether it was accepted; otherwise it is being closed */
  open(socket: Socket): boolean
  /** Undefined once it is closed. The parser may still deliver requests that were sent before. */
  get(socket: Socket): Connection | undefined
  requestBegan(connection: Connection, request: ConnectionRequest): void
  requestEnded(connection: Connection, request: ConnectionRequest): void
  /** Reads no more of it, and closes it once its requests are answered. @returns whether they are, and the caller closes it */
  end(socket: Socket): boolean
  /** Closes it, and all others of its peer without pending requests, since those would send more of the same. */
  closeFlood(connection: Connection, reason: CloseReason): void
  /** Lets the answers that have not begun end their connections. */
  endAfterAnswers(): void
  count(): number
  stop(): void
}

interface State {
  readonly connections: Map<Socket, Connection>
  readonly peers: Peers
  readonly lingering: Lingering
  readonly limits: ConnectionLimits
}

export function openConnections(limits: ConnectionLimits): Connections {
  const connections = new Map<Socket, Connection>()
  const state: State = { connections, peers: openPeers(), lingering: openLingering(), limits }
  const timers = [
    setInterval(() => closeStalled(state), Math.min(SWEEP_MS, limits.stalledMs / 4)).unref(),
    setInterval(() => readSlowHeaders(state), READ_EVERY_MS).unref(),
  ]
  return {
    open: (socket) => open(state, socket),
    get: (socket) => connections.get(socket),
    requestBegan: (connection, request) => requestBegan(state, connection, request),
    requestEnded: (connection, request) => requestEnded(state, connection, request),
    end: (socket) => end(connections.get(socket)),
    closeFlood(connection, reason) {
      const { silent = [], idle = [] } = state.peers.get(connection.peer) ?? {}
      const others = [...silent, ...idle]
      close(state, connection, reason)
      for (const other of others) close(state, other, reason)
    },
    endAfterAnswers() {
      for (const { requests } of connections.values()) for (const request of requests) request.endConnection()
    },
    count: () => connections.size,
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}

function open(state: State, socket: Socket): boolean {
  const { connections, peers, lingering, limits } = state
  const name = peerOf(socket)
  if (limits.isRefused(name)) {
    // Unread: parsing the requests it has sent is what costs.
    lingering.refuse(socket)
    limits.onClosed('pipelining')
    return false
  }
  if (!makeRoom(state, peers.named(name))) {
    lingering.refuse(socket, TOO_MANY)
    limits.onClosed('too_many')
    return false
  }
  const connection = newConnection(socket, name)
  connections.set(socket, connection)
  // Looked up again: closing its last connection has removed the peer.
  peers.named(name).silent.add(connection)
  socket.once('close', () => remove(state, connection))
  return true
}

/** @returns whether there is room for another connection of this peer, after closing others if need be */
function makeRoom(state: State, peer: Peer): boolean {
  const { connections, peers, limits } = state
  const hasRoom =
    (sizeOf(peer) < limits.maxPerAddress || closeIfAny(state, evictableOfPeer(peer), 'too_many')) &&
    (connections.size < limits.max || closeIfAny(state, evictable(peers, limits.max), 'room'))
  if (!hasRoom) peers.prune(peer)
  return hasRoom
}

function closeIfAny(state: State, connection: Connection | undefined, reason: CloseReason): boolean {
  if (connection) close(state, connection, reason)
  return connection !== undefined
}

function close(state: State, connection: Connection, reason: CloseReason): void {
  const { socket, requests } = connection
  const isEviction = reason === 'room' || reason === 'too_many'
  if (isEviction && requests.length > 0 && rankOf(connection) <= phaseRank('waiting')) {
    for (const request of requests) request.reject()
    state.lingering.closeSoon(socket)
  } else socket.destroy()
  remove(state, connection)
  state.limits.onClosed(reason)
}

function remove({ connections, peers }: State, connection: Connection): void {
  if (!connections.delete(connection.socket)) return
  peers.remove(connection)
  // Node emits `close` on the response of the first request only.
  for (const request of connection.requests) request.onClosed()
}

function requestBegan({ peers }: State, connection: Connection, request: ConnectionRequest): void {
  connection.bytesOfRequests = connection.socket.bytesRead
  if (connection.requests.push(request) === 1) peers.named(connection.peer).busy.add(connection)
}

function requestEnded({ connections, peers }: State, connection: Connection, request: ConnectionRequest): void {
  const { requests } = connection
  const index = requests.indexOf(request)
  if (index !== -1) requests.splice(index, 1)
  if (connection.isEnding && !isAnswering(connection)) return connection.socket.destroySoon()
  if (requests.length > 0 || !connections.has(connection.socket)) return
  connection.bytesOfRequests = connection.socket.bytesRead
  peers.named(connection.peer).idle.add(connection)
}

function end(connection: Connection | undefined): boolean {
  if (!connection || !isAnswering(connection)) return true
  const { socket, requests } = connection
  if (requests.some(({ phase }) => phase === 'streaming')) {
    socket.destroy()
    return false
  }
  connection.isEnding = true
  socket.pause()
  return false
}

function closeStalled(state: State): void {
  for (const { busy } of state.peers.all()) {
    for (const connection of busy)
      if (hasStalled(connection, state.limits.stalledMs)) close(state, connection, 'stalled')
  }
}

function readSlowHeaders({ peers }: State): void {
  for (const { silent, idle } of peers.all()) for (const connection of [...silent, ...idle]) readOneChunk(connection)
}
