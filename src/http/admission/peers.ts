import type { Connection } from './connection.ts'
import { LinkedList, unlink } from './linked-list.ts'

/** The connections of one address, each in one of three lists, the oldest first. */
export interface Peer {
  readonly name: string
  /** No request has come on them yet. */
  readonly silent: LinkedList<Connection>
  /** All their requests are answered. */
  readonly idle: LinkedList<Connection>
  readonly busy: LinkedList<Connection>
}

/** The peers that have connections, by name. */
export interface Peers {
  /** Adds the peer if it has no connections yet. */
  named(name: string): Peer
  get(name: string): Peer | undefined
  all(): Iterable<Peer>
  count(): number
  /** Removes a connection, and its peer with the last one. */
  remove(connection: Connection): void
  /** Removes the peer if it has no connections. */
  prune(peer: Peer): void
}

export const sizeOf = ({ silent, idle, busy }: Peer): number => silent.size + idle.size + busy.size

export function openPeers(): Peers {
  const peers = new Map<string, Peer>()
  const prune = (peer: Peer) => {
    if (sizeOf(peer) === 0) peers.delete(peer.name)
  }
  return {
    named(name) {
      const known = peers.get(name)
      if (known) return known
      const peer: Peer = { name, silent: new LinkedList(), idle: new LinkedList(), busy: new LinkedList() }
      peers.set(name, peer)
      return peer
    },
    get: (name) => peers.get(name),
    all: () => peers.values(),
    count: () => peers.size,
    remove(connection) {
      const peer = peers.get(connection.peer)
      if (!peer) return
      unlink(connection)
      prune(peer)
    },
    prune,
  }
}
